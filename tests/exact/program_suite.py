#!/usr/bin/env python3
"""A program that runs its own tests, with all its functions counted: they end as they do alone.

usage: program_suite.py LPROF PROGRAM [ARG...]

What it prints must be the same, and its status.
"""
import os
import subprocess
import sys
import tempfile

from counts import record, refused_of

LEAST_COUNTED = 0.98
LEAST_HITS = 10**6


def main():
    lprof, program, *arguments = sys.argv[1:]
    lprof, program = os.path.abspath(lprof), os.path.abspath(program)
    with tempfile.TemporaryDirectory() as folder:
        alone = subprocess.run([program, *arguments], cwd=folder, capture_output=True, stdin=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        run, report = record(lprof, "exact", ("-q", "--all"), program, folder + "/x.lprof", arguments, cwd=folder)
    failures = []
    if (run.stdout, run.stderr, run.returncode) != (alone.stdout, alone.stderr, alone.returncode):
        failures.append(f"status {run.returncode}, not {alone.returncode}, or other output:\n"
                        + (run.stdout + run.stderr).decode(errors="replace")[-2000:])
    functions = sum(1 for f in report["functions"] if f["counted"])
    hits = sum(line["hits"] or 0 for f in report["functions"] for line in f["lines"])
    print(f"status {alone.returncode}, {len(alone.stdout.splitlines())} lines of output; {functions} functions counted, "
          f"{refused_of(report)} refused, {hits} hits")
    if refused_of(report) > (1 - LEAST_COUNTED) * functions or hits < LEAST_HITS:
        failures.append("too little was counted to prove anything")
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
