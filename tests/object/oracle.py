#!/usr/bin/env python3
"""Compare what lprof reads of a binary's debug info with what llvm-symbolizer reads.

    oracle.py FRAMES FILE [--every N] [--plain OTHER]

FRAMES is the test program `frames`. Every instruction of FILE (or every N-th) is looked up by both; llvm-symbolizer may
be given OTHER, the same program in a form that it can read. Differences that follow from what lprof does on purpose are recognised by their structure and counted; any other fails.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys

# What compilers add to the parts and copies of a function; lprof tells the function that they come from.
CLONE = re.compile(r"\.(cold|part|isra|constprop|lto_priv|llvm|abi0)\b.*|\.\d+(\.cold)?$")
# Constructors and destructors have one name in the source and several symbols.
STRUCTOR = re.compile(r"([CD]I?)[0-5](?=E|I|N|v|i)")


def instructions(path, every):
    """The addresses of a file's instructions in .text, as text."""
    out = subprocess.run(["objdump", "-d", "-j", ".text", "--no-show-raw-insn", path],
                         check=True, capture_output=True, text=True).stdout
    found = re.findall(r"^ +([0-9a-f]+):\t", out, re.M)
    return [f"0x{addr}" for addr in found[::every]]


def ask(command, addrs):
    """Per address a list of (function, file, line, column, is_approximate)."""
    out = subprocess.run(command, check=True, capture_output=True, text=True, input="\n".join(addrs) + "\n").stdout
    answers = []
    for block in out.strip("\n").split("\n\n"):
        lines = block.split("\n")
        frames = []
        for function, place in zip(lines[::2], lines[1::2]):
            approximate = place.endswith(" (approximate)")
            place = place.removesuffix(" (approximate)")
            file, line, column = place.rsplit(":", 2)
            frames.append((function, file, int(line), int(column), approximate))
        answers.append(frames)
    return answers


def plain(function):
    return STRUCTOR.sub(r"\1", CLONE.sub("", function))


def tidy(frame):
    function, file, line, column, _ = frame
    return plain(function), os.path.normpath(file), line, column


def is_same_function(mine, other):
    """GCC leaves out the linkage name of what a C++ unit keeps to itself, and Clang that of destructors with -g1: there
    lprof tells the symbol, else the namespaces too."""
    if other.startswith("~") and mine.startswith("_Z"):
        return f"{len(other) - 1}{other[1:]}" in mine and mine.endswith("DEv")
    return mine == other or mine.startswith("_Z") and f"{len(other)}{other}" in mine or mine.endswith("::" + other)


def is_same_place(mine, other):
    """A call of no line is of no file to lprof."""
    return mine == other or mine == ("??", 0, 0) and other[1] == 0


def is_same_frame(mine, other):
    return mine[1:] == other[1:] and is_same_function(mine[0], other[0])


def is_same_caller(mine, other):
    return is_same_place(mine[1:], other[1:]) and is_same_function(mine[0], other[0])


def symbols_of(path):
    """(address, end, name) of the functions of a file."""
    out = subprocess.run(["nm", "-S", "--defined-only", path], capture_output=True, text=True).stdout
    found = re.findall(r"^([0-9a-f]+) ([0-9a-f]+) [tTwW] (.*)$", out, re.M)
    return [(int(addr, 16), int(addr, 16) + int(size, 16), plain(name)) for addr, size, name in found]


def is_same(mine, other):
    return len(mine) == len(other) and all(map(is_same_frame, mine, other))


def difference(ours, theirs, names=()):
    """None when both say the same, else the name of the recognised reason, or "unexplained". `names` are those of the
    functions that have the address."""
    mine = [tidy(frame) for frame in ours]
    other = [tidy(frame) for frame in theirs]
    if is_same(mine, other):
        return None
    callers_agree = len(mine) == len(other) and all(map(is_same_caller, mine[1:], other[1:]))
    if callers_agree and is_same_function(mine[0][0], other[0][0]) and other[0][2] == 0 and ours[0][4]:
        return "line 0: lprof tells the nearest line of the scope"
    if callers_agree and other[0][0] == "??" and mine[0][0].startswith("[") and mine[0][2] == other[0][2]:
        return "padding between functions: lprof names the file"
    if len(mine) == len(other) == 1 and mine[0][1:] == ("??", 0, 0) and other[0][2] == 0:
        return "no debug info: llvm-symbolizer tells the file of the symbol"
    if len(mine) == len(other) == 1 and mine[0][1:] == other[0][1:] and mine[0][1] == "??":
        return "several symbols of one address"
    if len(mine) == len(other) and callers_agree and is_same_frame(mine[0], other[0]):
        return "a call of line 0: lprof tells no file"
    if is_same(mine[:-1], other[:-1]) and mine[-1][1:] == other[-1][1:] and other[-1][0] == "MAIN__":
        return "Fortran's main program: lprof tells its name in the source"
    if len(set(names)) > 1 and {mine[-1][0], other[-1][0]} <= set(names):
        return "folded: several functions share this code"
    return "unexplained"


SYMBOLIZER = ["llvm-symbolizer", "--inlines", "--functions=linkage", "--no-demangle", "-e"]


class Comparison:
    """What both say of the same addresses of a file; `plain` is the file that llvm-symbolizer reads."""

    def __init__(self, frames, path, plain=None, every=1):
        self.addrs = instructions(path, every)
        self.ours = ask([frames, path], self.addrs)
        theirs = ask([*SYMBOLIZER, plain or path], self.addrs)
        assert len(self.ours) == len(theirs) == len(self.addrs) > 100, (len(self.ours), len(theirs), len(self.addrs))
        symbols = symbols_of(plain or path)
        self.reasons = {}
        for addr, mine, other in zip(self.addrs, self.ours, theirs):
            reason = difference(mine, other)
            if reason == "unexplained":
                at = int(addr, 16)
                reason = difference(mine, other, [name for begin, end, name in symbols if begin <= at < end])
            if reason:
                self.reasons.setdefault(reason, []).append((addr, mine, other))

    @property
    def with_line(self):
        return sum(1 for answer in self.ours if answer[0][2])

    @property
    def deepest(self):
        return max(len(answer) for answer in self.ours)

    @property
    def is_good(self):
        return "unexplained" not in self.reasons and self.with_line > 0

    def show_unexplained(self, most=10):
        for addr, mine, other in self.reasons.get("unexplained", [])[:most]:
            print(f"{addr}\n  lprof {mine}\n  llvm  {other}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("frames")
    parser.add_argument("path")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--plain")
    args = parser.parse_args()
    if not shutil.which("llvm-symbolizer") or not shutil.which("objdump"):
        print("skipped: llvm-symbolizer or objdump is missing")
        return 77
    found = Comparison(args.frames, args.path, args.plain, args.every)
    print(f"{len(found.addrs)} instructions, {found.with_line} with a line, {found.deepest} frames at most")
    for reason, cases in found.reasons.items():
        print(f"{len(cases)} x {reason}")
    found.show_unexplained()
    return 0 if found.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
