#!/usr/bin/env python3
"""What --mode exact counts is what --mode step counts, for programs built in many ways.

usage: compare_with_steps.py LPROF COMPILER SOURCE...

Each source is built at every level of optimization, as PIE and not, and run in both modes: every line of
every function of the source must have the same hits, every function the same number of calls, and the
program must behave as it does alone. A function may be refused, if a note says why; few are.
"""
import os
import shutil
import subprocess
import sys
import tempfile

from counts import base_name, counts_of, differences, missing_of, record, refused_of

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = os.path.join(HERE, "..", "..", "include")
LEVELS = ["-O0", "-O1", "-O2", "-O3", "-Os"]
KINDS = [[], ["-no-pie", "-fno-pie"]]


def check(lprof, compiler, source, flags, folder):
    program = os.path.join(folder, "program")
    subprocess.run([compiler, "-g", "-w", "-pthread", "-I", INCLUDE, *flags, source, "-o", program], check=True)
    alone = subprocess.run([program], capture_output=True, timeout=60)
    chosen, saved = ["--source", "*" + base_name(source)], os.path.join(folder, "program.lprof")
    exact, exact_report = record(lprof, "exact", chosen, program, saved)
    assert (exact.stdout, exact.returncode) == (alone.stdout, alone.returncode), (exact, alone)
    step, step_report = record(lprof, "step", chosen, program, saved)
    counts, truth = counts_of(exact_report, source), counts_of(step_report, source)
    missing = missing_of(counts, truth)
    # Of constructors and destructors, one copy may be counted and the other not.
    partial = {f["name"] for f in exact_report["functions"] if f["counted"] == "partial"}
    refused = missing | partial
    assert len(missing) == refused_of(exact_report) or partial, exact_report["notes"]
    assert len(missing) <= refused_of(exact_report), exact_report["notes"]
    assert exact_report["meta"]["mode"] == ("mixed" if refused else "exact"), exact_report["meta"]["mode"]
    wrong = differences(counts, truth, refused)
    assert not wrong, "\n" + "\n".join(text for texts in wrong.values() for text in texts)
    return len(counts[0]), refused


def main():
    lprof, compiler, *sources = sys.argv[1:]
    if not shutil.which(compiler):
        print(f"skipped: {compiler} is not installed")
        return 0
    passed = failed = lines = 0
    refused = []
    for source in sources:
        for flags in [[level, *kind] for level in LEVELS for kind in KINDS]:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    more, without = check(os.path.abspath(lprof), compiler, source, flags, folder)
                    lines += more
                    refused += sorted(without)
                    passed += 1
                except AssertionError as error:
                    failed += 1
                    print(f"FAILED {compiler} {os.path.basename(source)} {' '.join(flags)}: {error}")
    print(f"{passed} builds agree in {lines} lines, {failed} do not; refused: {', '.join(refused) or 'none'}")
    return 1 if failed or not lines or len(refused) > 2 * passed else 0


if __name__ == "__main__":
    sys.exit(main())
