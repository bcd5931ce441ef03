"""What the real programs are asked to do: the same each time, 2 to 4 s."""
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))


def workload(name, cache):
    """(arguments, path of its standard input) of a run of a program."""
    if name == "lua":
        return [os.path.join(HERE, "work.lua")], os.devnull
    if name == "sqlite3":
        return [":memory:"], os.path.join(HERE, "work.sql")
    return ["-12", "--single-thread", "--no-asyncio", "-q", "-c", text_file(cache)], os.devnull


def text_file(cache):
    """24 MB of random words, made once."""
    path = os.path.join(cache, "words.txt")
    if not os.path.exists(path):
        draw = random.Random(1)
        words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 9))) for _ in range(5000)]
        with open(path + ".new", "w", encoding="ascii") as file:
            while file.tell() < 24 << 20:
                file.write(" ".join(draw.choices(words, k=1000)) + f"{draw.random()}\n")
        os.rename(path + ".new", path)
    return path
