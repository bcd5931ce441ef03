#!/usr/bin/env python3
"""Every instruction is counted as often as callgrind sees it executed.

usage: blocks_by_callgrind.py BLOCK_COUNTS CACHE lua|zstd|sqlite3|library
       blocks_by_callgrind.py BLOCK_COUNTS --run PROGRAM [ARG...]

BLOCK_COUNTS prints the counters of the program, all of whose functions are counted. What a counter says of each
instruction of its block must be callgrind's count: of every one up to the block's next call, and behind that at
least as much. (Of string instructions with a prefix callgrind counts the rounds.) The program must do the same each
time, at other addresses too.
"""
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile

import programs

HERE = os.path.dirname(os.path.abspath(__file__))
LEAST_COUNTED = 0.98
LEAST_EXECUTED = 10**6  # Instructions.


def run(command, **kwargs):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=280, **kwargs)


def callgrind(argv, folder):
    """(the run, executions by address of the program's own code, as in the file)."""
    out = folder + "/callgrind.out"
    done = run(["setarch", "-R", "valgrind", "-q", "--tool=callgrind", "--dump-instr=yes", "--compress-pos=no",
                "--skip-plt=no", "--callgrind-out-file=" + out, *argv])
    counts, names = collections.Counter(), {}
    mine = called = False

    def name(key, text):
        number, _, rest = text.partition(" ")
        if rest:
            names[key, number] = rest
        return names[key, number]

    with open(out, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith("0x"):
                # The line behind calls= is the cost of what was called.
                if mine and not called:
                    addr, _, cost = line.split()
                    counts[int(addr, 16)] += int(cost)
                called = False
                continue
            key, _, value = line.rstrip("\n").partition("=")
            if key == "ob":
                mine = os.path.realpath(name("ob", value)) == os.path.realpath(argv[0])
            elif key == "cob":
                name("ob", value)
            elif key == "calls":
                called = True
    return done, counts


def string_instructions(program):
    text = run(["objdump", "-d", "--no-show-raw-insn", program]).stdout.decode()
    return {int(addr, 16) for addr in re.findall(r"^ *([0-9a-f]+):\s+(?:\w+ )*rep\w* ", text, re.M)}


def exact(block_counts, argv, folder):
    """(the run, {address: (count, sure)}, functions counted, functions refused)."""
    out = folder + "/blocks"
    done = run(["setarch", "-R", block_counts, out, *argv])
    counts, functions = {}, (0, 0)
    with open(out, encoding="ascii") as lines:
        for line in lines:
            first, second, third = line.split()
            if first == "functions":
                functions = int(second), int(third)
            else:
                counts[int(second, 16)] = int(third), first == "="
    return done, counts, functions


def compare(counts, truth, skipped):
    wrong = []
    for addr, (count, sure) in sorted(counts.items()):
        true = truth[addr]
        if addr not in skipped and (count != true if sure else count < true):
            wrong.append(f"0x{addr:x}: {count}, callgrind {true}")
    return wrong


def check(block_counts, argv):
    """What is wrong, as lines of text; what was compared is printed."""
    with tempfile.TemporaryDirectory() as folder:
        alone = run(argv)
        counted, counts, (n_counted, n_refused) = exact(block_counts, argv, folder)
        emulated, truth = callgrind(argv, folder)
    failures = [f"{what}: another output or status: {found.returncode}\n{found.stderr.decode(errors='replace')[:2000]}"
                for what, found in (("counted", counted), ("callgrind", emulated))
                if (found.stdout, found.returncode) != (alone.stdout, alone.returncode)]
    skipped = string_instructions(argv[0])
    wrong = compare(counts, truth, skipped)
    ran = sum(1 for addr, (count, _) in counts.items() if count and addr not in skipped)
    executed = sum(count for count, _ in counts.values())
    unknown = sum(1 for addr in truth if addr not in counts)
    print(f"{n_counted} functions counted, {n_refused} refused; {len(counts)} instructions, {ran} of them ran, "
          f"{executed} times; {len(wrong)} are not as callgrind says; {unknown} that ran are of no counted function")
    if n_counted < LEAST_COUNTED * (n_counted + n_refused) or executed < LEAST_EXECUTED:
        failures.append("too little was counted to prove anything")
    return failures + wrong


def command(cache, name, folder):
    """Argument list of a run of one of the programs."""
    if name == "lua":
        sources, _, flags, runs = programs.lua(cache)
        return [programs.build("gcc", folder, sources, flags, "-O2"), *runs[0]]
    if name == "library":
        return [programs.build("g++", folder, [os.path.join(HERE, "library.cc")], [], "-O2")]
    program = os.path.join(cache, "bin", name)
    if name == "sqlite3":
        return [program, ":memory:", ".read " + os.path.join(HERE, "blocks.sql")]
    programs.make_text(folder + "/text")
    return [program, "-7", "--single-thread", "--no-asyncio", "-q", "-c", folder + "/text"]


def main():
    block_counts, *rest = sys.argv[1:]
    if not shutil.which("valgrind"):
        print("skipped: valgrind is not installed")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        argv = rest[1:] if rest[0] == "--run" else command(os.path.abspath(rest[0]), rest[1], folder)
        failures = check(os.path.abspath(block_counts), [os.path.abspath(argv[0]), *argv[1:]])
    print("\n".join(failures[:30]))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
