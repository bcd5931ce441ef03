#!/usr/bin/env python3
"""Times of calls by the time stamp counter: against what a program says that times its own calls.

usage: times.py LPROF
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
LPROF = os.path.abspath(sys.argv[1])
failures = []


def expect(what, found, wanted):
    print(f"{'ok' if found == wanted else 'FAILED'}: {what}: {found!r:.100}"
          + ("" if found == wanted else f", not {wanted!r}"))
    if found != wanted:
        failures.append(what)


def expect_near(what, found, wanted, most_off):
    """Both clocks are read for each call, one around the other."""
    near = found is not None and abs(found - wanted) <= most_off
    print(f"{'ok' if near else 'FAILED'}: {what}: {found}, truth {wanted}")
    if not near:
        failures.append(what)


def timed(program, *words, options=("-x",)):
    """What the program says, the functions, and the notes."""
    saved = os.path.join(folder, "x.lprof")
    run = subprocess.run([LPROF, "record", "-q", "--time", "calls", *options, "-o", saved, program, *words],
                         capture_output=True, text=True, timeout=120)
    expect(f"status {words}", (run.returncode, run.stderr), (0, ""))
    shown = subprocess.run([LPROF, "report", "--format", "json", saved], capture_output=True, check=True, timeout=60)
    report = json.loads(shown.stdout)
    truth = {line.split()[0]: [int(n) for n in line.split()[1:]] for line in run.stdout.splitlines()}
    return truth, {f["name"]: f for f in report["functions"] if f["counted"]}, report["notes"]


def check_truth(what, truth, functions):
    for name, (calls, total, least, most) in truth.items():
        found = functions[name]
        expect(f"{what}: calls of {name}", found["pcalls"], calls)
        # A thread that is stopped between the two clocks is off by what it waits.
        expect_near(f"{what}: time of {name}", found["call_total_ns"], total, total // 50 + calls * 1000)
        if name != "deep":
            expect_near(f"{what}: shortest of {name}", found["call_min_ns"], least, least // 20 + 3000)
        expect_near(f"{what}: longest of {name}", found["call_max_ns"], most, most // 10 + 20000)


def check(compiler, flags):
    what = f"{compiler} {' '.join(flags)}"
    program = os.path.join(folder, "times")
    subprocess.run([compiler, "-g", "-pthread", *flags, os.path.join(HERE, "times.c"), "-o", program], check=True)
    truth, functions, notes = timed(program)
    over = truth.pop("hand_over")
    check_truth(what, truth, functions)
    deep = functions["deep"]
    expect(f"{what}: calls of deep", deep["ncalls"], 10)
    expect(f"{what}: shortest of deep", 100000 <= deep["call_min_ns"] < deep["call_max_ns"] // 4, True)
    # What is jumped to in place of a return is no part of a call, and what longjmp() leaves ends soon.
    last, both = functions["last"]["call_total_ns"], functions["hand_over"]["call_total_ns"]
    expect_near(f"{what}: time of hand_over", both + (last if "-O2" in flags else 0), over[1], over[1] // 20)
    first = functions["hand_over"]["call_min_ns"] < functions["last"]["call_min_ns"]
    expect(f"{what}: hand_over is left before last", first, "-O2" in flags)
    leap, tries = functions["leap"]["call_total_ns"], functions["try_to_leap"]["call_total_ns"]
    expect_near(f"{what}: time of leap", leap, tries, 200000)
    print([n["text"] for n in notes if n["code"] == "not-timed"])
    expect(f"{what}: notes", {n["code"] for n in notes} & {"timing-cost", "times-approximate"}, {"timing-cost"})
    truth, functions, _ = timed(program, "_exit")
    truth.pop("hand_over")
    check_truth(what + " _exit", truth, functions)
    expect(f"{what}: main that never returns is timed", functions["main"]["call_total_ns"] > 100000000, True)


def check_fast():
    truth, functions, notes = timed(os.path.join(folder, "times"), "tiny")
    tiny = functions["tiny"]
    expect("calls of tiny", tiny["ncalls"], 5000000)
    expect("tiny is not timed", (tiny["call_total_ns"], tiny["call_min_ns"], tiny["pcalls"]), (None, None, None))
    fast = [n["text"] for n in notes if n["code"] == "not-timed"]
    expect("note", fast, ["tiny was called more than 500 000 times a second: its calls are not timed, its time is "
                          "sampled"])
    truth.pop("hand_over")
    check_truth("beside tiny", truth, functions)


def check_usage():
    for words in (["--mode", "step", "-f", "work"], ["--mode", "sample"], ["--inside", "work"], []):
        run = subprocess.run([LPROF, "record", "--time", "calls", *words, os.path.join(folder, "times")],
                             capture_output=True, text=True)
        expect(f"usage {words}", (run.returncode, "--time calls is for functions that are counted" in run.stderr),
               (2, True))


with tempfile.TemporaryDirectory() as folder:
    for compiler in ("gcc", "clang"):
        if not shutil.which(compiler):
            print(f"skipped: {compiler} is not installed")
            continue
        for flags in (["-O0"], ["-O2"]):
            check(compiler, flags)
    check_fast()
    check_usage()
print(f"{len(failures)} failed")
sys.exit(1 if failures else 0)
