#!/usr/bin/env python3
"""What --mode exact counts is what --mode step counts, for programs built in many ways.

usage: compare_with_steps.py LPROF COMPILER SOURCE...

Each source is built at every level of optimization, as PIE and not, and run in both modes: every line of
every function of the source must have the same hits, every function the same number of calls, and the
program must behave as it does alone. A function may be refused, if a note says why; few are.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = os.path.join(HERE, "..", "..", "include")
LEVELS = ["-O0", "-O1", "-O2", "-O3", "-Os"]
KINDS = [[], ["-no-pie", "-fno-pie"]]


def report_of(lprof, mode, program, source, folder):
    saved = os.path.join(folder, mode + ".lprof")
    run = subprocess.run([lprof, "record", "--mode", mode, "--source", "*" + os.path.basename(source),
                          "-o", saved, program], capture_output=True, timeout=120)
    shown = subprocess.run([lprof, "report", "--format", "json", saved], capture_output=True, timeout=60,
                           check=True).stdout
    return run, json.loads(shown)


def counts_of(report, source):
    """Hits by line, and calls by function."""
    hits, calls = {}, {}
    for function in report["functions"]:
        if not function["counted"]:
            continue
        if os.path.basename(function["file"] or "") == os.path.basename(source):
            calls[function["name"]] = function["ncalls"]
        for line in function["lines"]:
            file = line.get("file") or function["file"] or ""
            if os.path.basename(file) == os.path.basename(source) and line["hits"] is not None:
                key = (function["name"], line["line"])
                hits[key] = hits.get(key, 0) + line["hits"]
    return hits, calls


def refused_of(report):
    texts = [note["text"] for note in report["notes"] if note["code"] == "not-counted"]
    return {re.match("(.*) is not counted: ", text).group(1) for text in texts}


def check(lprof, compiler, source, flags, folder):
    program = os.path.join(folder, "program")
    subprocess.run([compiler, "-g", "-w", "-pthread", "-I", INCLUDE, *flags, source, "-o", program], check=True)
    alone = subprocess.run([program], capture_output=True, timeout=60)
    exact, exact_report = report_of(lprof, "exact", program, source, folder)
    assert (exact.stdout, exact.returncode) == (alone.stdout, alone.returncode), (exact, alone)
    step, step_report = report_of(lprof, "step", program, source, folder)
    refused = refused_of(exact_report)
    assert exact_report["meta"]["mode"] == ("mixed" if refused else "exact"), exact_report["meta"]["mode"]
    hits, calls = counts_of(exact_report, source)
    true_hits, true_calls = counts_of(step_report, source)
    wrong = [f"{name}:{line}: {hits.get((name, line))} hits, not {true_hits.get((name, line))}"
             for name, line in sorted(set(hits) | set(true_hits)) if name not in refused
             if hits.get((name, line)) != true_hits.get((name, line))]
    wrong += [f"{name}: {calls.get(name)} calls, not {true_calls.get(name)}"
              for name in sorted(set(calls) | set(true_calls))
              if name not in refused and calls.get(name) != true_calls.get(name)]
    assert not wrong, "\n" + "\n".join(wrong)
    return len(hits), refused


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
