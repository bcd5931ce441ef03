#!/usr/bin/env python3
"""Records real stacks of programs built without frame pointers, and compares lprof's walk of each with
that of elfutils' libdw, address by address.

What must hold for each program: at least 500 samples, of which 99.5 % are walked to the outermost frame
by both, through the same addresses. Samples that libdw cannot finish prove nothing and may be 2 % at most; among
them are those that it calls complete after the first frames of a walk that goes on to the outermost one.

usage: compare_stacks.py FOLDER_OF_THE_TOOLS FOLDER_FOR_PROGRAMS
"""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
COMMON = ["-O2", "-g", "-fomit-frame-pointer"]
PROGRAMS = [
    ("deep.c", ["gcc", *COMMON]),
    ("throws.cc", ["g++", *COMMON]),
    ("throws.cc", ["clang++", *COMMON]),
    ("waves.f90", ["gfortran", *COMMON]),
    ("trees.rs", ["rustc", "-g", "-C", "opt-level=2", "-C", "force-frame-pointers=no"]),
]
RATE = "2000"


def stacks(tool, events):
    """The stacks in order, as (time, tid, end, addresses)."""
    done = subprocess.run([tool, events], capture_output=True, text=True, check=True)
    rows = [line.split() for line in done.stdout.splitlines()]
    return [(row[0], row[1], row[2], row[3:]) for row in rows]


def compare(ours, theirs):
    """Prints the first differences; returns (samples, equal and complete, unfinished by the oracle)."""
    assert [s[:2] for s in ours] == [s[:2] for s in theirs], "the two saw different samples"
    equal = unfinished = shown = 0
    for our, their in zip(ours, theirs):
        ended_early = our[2] == "complete" and their[3] != our[3] and their[3] == our[3][:len(their[3])]
        if their[2] != "complete" or ended_early:
            unfinished += 1
        if our[3] == their[3] and our[2] == "complete":
            equal += 1
        elif shown < 5:
            shown += 1
            print(f"  differs: ours {our[2]} {' '.join(our[3])}\n         theirs {their[2]} {' '.join(their[3])}")
    return len(ours), equal, unfinished


def check(source, compiler, tools, folder):
    name = f"{source}.{compiler[0]}"
    program = os.path.join(folder, name)
    subprocess.run([*compiler, os.path.join(HERE, source), "-o", program], check=True, cwd=folder)
    with tempfile.TemporaryDirectory() as scratch:
        events = os.path.join(scratch, "events")
        subprocess.run([os.path.join(tools, "record_events"), events, RATE, program], check=True,
                       stdout=subprocess.DEVNULL)
        ours = stacks(os.path.join(tools, "our_stacks"), events)
        theirs = stacks(os.path.join(tools, "dw_stacks"), events)
    samples, equal, unfinished = compare(ours, theirs)
    depth = sum(len(s[3]) for s in ours) / max(samples, 1)
    print(f"{name}: {samples} samples, {depth:.1f} frames deep, {equal} equal and complete, "
          f"{unfinished} not finished by libdw")
    known = samples - unfinished
    return samples >= 500 and unfinished <= 0.02 * samples and equal >= 0.995 * known


def main():
    tools, folder = map(os.path.abspath, sys.argv[1:3])
    passed = failed = skipped = 0
    for source, compiler in PROGRAMS:
        if not shutil.which(compiler[0]):
            print(f"skipped: {source}: {compiler[0]} is not installed")
            skipped += 1
        elif check(source, compiler, tools, folder):
            passed += 1
        else:
            print(f"FAILED: {source} by {compiler[0]}")
            failed += 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
