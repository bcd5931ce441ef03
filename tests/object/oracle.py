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
CLONE = re.compile(r"\.(cold|part|isra|constprop|lto_priv|llvm)\b.*|\.\d+(\.cold)?$")
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
    return plain(function), os.path.normpath(file) if file.startswith("/") else file, line, column


def is_same_function(mine, other):
    """GCC leaves out the linkage name of what a C++ unit keeps to itself: there lprof tells the symbol, else the
    namespaces too."""
    return mine == other or mine.startswith("_Z") and f"{len(other)}{other}" in mine or mine.endswith("::" + other)


def is_same_frame(mine, other):
    return mine[1:] == other[1:] and is_same_function(mine[0], other[0])


def is_same(mine, other):
    return len(mine) == len(other) and all(map(is_same_frame, mine, other))


def difference(ours, theirs):
    """None when both say the same, else the name of the recognised reason, or "unexplained"."""
    mine = [tidy(frame) for frame in ours]
    other = [tidy(frame) for frame in theirs]
    if is_same(mine, other):
        return None
    callers_agree = is_same(mine[1:], other[1:])
    if callers_agree and is_same_function(mine[0][0], other[0][0]) and other[0][2] == 0 and ours[0][4]:
        return "line 0: lprof tells the nearest line of the scope"
    if callers_agree and other[0][0] == "??" and mine[0][0].startswith("[") and mine[0][2] == other[0][2]:
        return "padding between functions: lprof names the file"
    if len(mine) == len(other) == 1 and mine[0][1:] == ("??", 0, 0) and other[0][2] == 0:
        return "no debug info: llvm-symbolizer tells the file of the symbol"
    if len(mine) == len(other) == 1 and mine[0][1:] == other[0][1:] and mine[0][1] == "??":
        return "several symbols of one address"
    return "unexplained"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("frames")
    parser.add_argument("path")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--plain")
    args = parser.parse_args()
    symbolizer = shutil.which("llvm-symbolizer")
    if not symbolizer or not shutil.which("objdump"):
        print("skipped: llvm-symbolizer or objdump is missing")
        return 77
    addrs = instructions(args.path, args.every)
    ours = ask([args.frames, args.path], addrs)
    theirs = ask([symbolizer, "--inlines", "--functions=linkage", "--no-demangle", "-e", args.plain or args.path], addrs)
    assert len(ours) == len(theirs) == len(addrs) > 100, (len(ours), len(theirs), len(addrs))
    reasons = {}
    for addr, mine, other in zip(addrs, ours, theirs):
        reason = difference(mine, other)
        if reason:
            reasons.setdefault(reason, []).append((addr, mine, other))
    deepest = max(len(answer) for answer in ours)
    with_line = sum(1 for answer in ours if answer[0][2])
    print(f"{len(addrs)} instructions, {with_line} with a line, {deepest} frames at most")
    for reason, cases in reasons.items():
        print(f"{len(cases)} x {reason}")
    for addr, mine, other in reasons.get("unexplained", [])[:10]:
        print(f"{addr}\n  lprof {mine}\n  llvm  {other}")
    return 1 if "unexplained" in reasons or not with_line else 0


sys.exit(main())
