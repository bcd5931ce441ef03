#!/usr/bin/env python3
"""A program that throws while signals interrupt it, counted again and again: every launch is right.

usage: launches.py LPROF LAUNCHES
"""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROUNDS = 50000
KINDS = [["-O2", "-no-pie", "-fno-pie"], ["-O0", "-no-pie", "-fno-pie"], ["-Os", "-no-pie", "-fno-pie"],
         ["-O2"], ["-O3", "-no-pie", "-fno-pie"]]


def count(lprof, program, folder):
    """Calls of leaf(), what it printed, its status, and the ticks of its timer."""
    saved = os.path.join(folder, "x.lprof")
    run = subprocess.run([lprof, "record", "-q", "-x", "-F", "0", "-o", saved, program, str(ROUNDS)],
                         capture_output=True, timeout=120)
    if run.returncode != 6:
        return None, run.stdout, run.returncode, (0, 0)
    shown = subprocess.run([lprof, "report", "--format", "json", saved], capture_output=True, check=True,
                           timeout=60).stdout
    calls = [f["ncalls"] for f in json.loads(shown)["functions"] if f["name"].startswith("leaf") and f["counted"]]
    return calls, run.stdout, run.returncode, tuple(int(n) for n in run.stderr.split()[-2:])


def main():
    lprof, launches = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    failed = all_ticks = all_whole = 0
    calls = None  # Of leaf(): the same in all builds.
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TMPDIR"] = folder
        for number, flags in enumerate(KINDS):
            program = os.path.join(folder, f"storm{number}")
            subprocess.run(["g++", "-g", *flags, os.path.join(HERE, "storm.cc"), "-o", program], check=True)
            alone = subprocess.run([program, str(ROUNDS)], capture_output=True, timeout=60)
            assert alone.returncode == 6, alone
            share = launches // (2 if number == 0 else 2 * (len(KINDS) - 1)) or 1
            for i in range(share):
                found, out, status, (ticks, whole) = count(lprof, program, folder)
                calls = calls or found
                all_ticks += ticks
                all_whole += whole
                if (out, status) != (alone.stdout, alone.returncode) or found != calls or not found:
                    failed += 1
                    print(f"FAILED: {flags}, launch {i}: {found} calls, {out!r}, {status}; "
                          f"not {calls}, {alone.stdout!r}, {alone.returncode}")
            print(f"{' '.join(flags)}: {share} launches, {calls} calls")
    print(f"{failed} failed; {all_whole} of {all_ticks} stacks went up to main()")
    return 1 if failed or all_whole * 100 < all_ticks * 98 else 0


if __name__ == "__main__":
    sys.exit(main())
