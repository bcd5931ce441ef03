"""Inclusive times by callgrind's call graph and perf's samples: nothing of lprof is used.

Callgrind knows who calls whom for how many instructions, exactly, but instructions differ in how long they take. So
the time of each function by itself is perf's, and the graph hands it on: of the time T(g) of a function with all that
it calls, a caller f has the part that f's calls have of g's instructions,

    T(f) = own time of f + sum over calls of T(g) * instructions(f -> g) / instructions(g)

Recursive functions stand twice in the graph, as f for the outermost call and f'2 for those inside.
"""
import collections
import re
import subprocess

VARIANT = re.compile(r"_(sse|avx|evex)\w*$")  # libc's copies of one function for different processors
COPY = re.compile(r"\.(isra|constprop|part|cold)\b.*")
ALIASES = {"__memcpy": "__memmove", "cfree@GLIBC_2.2.5": "free", "__libc_free": "free", "__libc_malloc": "malloc"}


def run(folder, argv):
    path = folder + "/callgrind.out"
    subprocess.run(["valgrind", "-q", "--tool=callgrind", "--callgrind-out-file=" + path, *argv], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return path


def plain(name):
    """One name for what perf and callgrind name after different symbols of the same code."""
    name = VARIANT.sub("", COPY.sub("", name)).removeprefix("__GI_")
    return ALIASES.get(name, name)


def read(path):
    """(instructions of each function by itself, instructions of each pair of caller and called)."""
    own, calls, names = collections.Counter(), collections.Counter(), {}

    def name_of(text):  # "(12) name" the first time, then "(12)"
        number, _, name = text.partition(" ")
        if name:
            level = re.search(r"'\d+$", name)
            names[number] = plain(name[:level.start()]) + "'2" if level else plain(name)
        return names[number]

    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("fn="):
                function = name_of(line[3:].strip())
                called = None
            elif line.startswith("cfn="):
                callee = name_of(line[4:].strip())
            elif line.startswith("calls="):
                called = callee
            elif line[0] in "0123456789+-*":
                count = int(line.split()[1])
                if called is None:
                    own[function] += count
                else:
                    calls[function, called] += count
                called = None
    return own, calls


def own_shares(folder, argv):
    """perf's share of each function by itself."""
    data = folder + "/perf.data"
    subprocess.run(["perf", "record", "-q", "-e", "cpu-clock:u", "-F", "999", "-o", data, "--", *argv], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    text = subprocess.run(["perf", "script", "-i", data, "-F", "ip,sym"], check=True, capture_output=True,
                          text=True).stdout
    counts = collections.Counter(plain(line.split()[1]) for line in text.splitlines() if len(line.split()) > 1)
    total = sum(counts.values())
    return {name: count / total for name, count in counts.items()}


def inclusive_shares(path, shares):
    """{function: share with all that it calls}; recursive functions have a second entry NAME'2."""
    own, calls = read(path)
    instructions = collections.Counter(own)
    for (caller, _), count in calls.items():
        instructions[caller] += count
    both = collections.Counter()
    for function, count in own.items():
        both[function.removesuffix("'2")] += count
    base = {}
    for function in instructions:
        name = function.removesuffix("'2")
        base[function] = shares.get(name, 0) * own[function] / both[name] if both[name] else 0
    times = dict(base)
    for _ in range(3000):
        next_times = dict(base)
        for (caller, callee), count in calls.items():
            if instructions[callee]:
                next_times[caller] += times[callee] * count / instructions[callee]
        change = max(abs(next_times[f] - times[f]) for f in times)
        times = next_times
        if change < 1e-6:
            break
    return times
