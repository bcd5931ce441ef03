#!/usr/bin/env python3
"""Who called each function how often, counted exactly: against what the source says, and against callgrind.

usage: callers.py LPROF
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
LPROF = os.path.abspath(sys.argv[1])
failures = []

# Of callers.c. What a library calls, or a place that calls more than 8 functions by a pointer, is [other].
TRUTH = {
    "leaf": {"directly": 50, "at_the_end": 10, "by_pointer": 400},
    "directly": {"main": 10},
    "at_the_end": {"main": 10},
    "recursive": {"main": 1, "recursive": 176},
    "one": {"by_pointer": 1600},
    "two": {"by_pointer": 400},
    "by_pointer": {"run_thread": 1200},
    "by_many_pointers": {"main": 30},
    "run_thread": {"[other]": 4},
    "main": {"[other]": 1},
    **{f"many_{i}": {"by_many_pointers" if i < 8 else "[other]": 3} for i in range(10)},
}


def expect(what, found, wanted):
    print(f"{'ok' if found == wanted else 'FAILED'}: {what}: {found!r:.100}"
          + ("" if found == wanted else f", not {wanted!r}"))
    if found != wanted:
        failures.append(what)


def build(name, *flags):
    program = os.path.join(folder, "callers")
    subprocess.run([name, "-g", "-pthread", *flags, os.path.join(HERE, "callers.c"), "-o", program], check=True)
    return program


def counted(program, *words):
    """{callee: {caller: calls}} of an exact run, and the calls of each."""
    saved = os.path.join(folder, "x.lprof")
    subprocess.run([LPROF, "record", "-q", *words, "-o", saved, program], check=True, capture_output=True, timeout=60)
    shown = subprocess.run([LPROF, "report", "--format", "json", saved], check=True, capture_output=True, timeout=60)
    functions = [f for f in json.loads(shown.stdout)["functions"] if f["counted"]]
    calls = {f["name"]: f["ncalls"] for f in functions}
    callers = {f["name"]: {c["name"]: c["ncalls"] for c in f["callers"] if c["ncalls"]} for f in functions}
    return calls, callers


def called(program):
    """The same by callgrind, which knows no [other]: what is not of the program is left out."""
    out = os.path.join(folder, "callgrind.out")
    subprocess.run(["valgrind", "-q", "--tool=callgrind", "--skip-plt=no", f"--callgrind-out-file={out}", program],
                   check=True, capture_output=True, timeout=120)
    names, callers, caller, callee = {}, {}, None, None
    with open(out) as file:
        for line in file:
            at = re.match(r"(fn|cfn)=\((\d+)\)(?: (.*))?$", line)
            if at:
                name = names.setdefault(at[2], (at[3] or "").split("'")[0])
                caller, callee = (name, callee) if at[1] == "fn" else (caller, name)
            elif line.startswith("calls="):
                of = callers.setdefault(callee, {})
                of[caller] = of.get(caller, 0) + int(line[6:].split()[0])
    return callers


def check(compiler, flags):
    program = build(compiler, *flags)
    for words in (["-x"], ["-x", "-F", "0"]):
        calls, callers = counted(program, *words)
        what = f"{compiler} {' '.join(flags)} {' '.join(words)}"
        for callee, wanted in TRUTH.items():
            expect(f"{what}: callers of {callee}", callers.get(callee), wanted)
            expect(f"{what}: calls of {callee}", calls.get(callee), sum(wanted.values()))
    if not shutil.which("valgrind"):
        print("skipped: valgrind is not installed")
        return
    truth = called(program)
    for callee, found in callers.items():
        known = {caller: n for caller, n in truth.get(callee, {}).items() if caller in TRUTH}
        shown = {caller: n for caller, n in found.items() if caller != "[other]"}
        many = callee.startswith("many_") and "[other]" in found
        expect(f"{compiler} {' '.join(flags)}: {callee} as callgrind says", {} if many else known, shown)


def check_chosen():
    """Calls by functions that are not counted are told, but not who made them."""
    _, callers = counted(build("gcc", "-O2"), "--mode", "exact", "-f", "leaf", "-f", "directly")
    expect("callers that are not counted", callers, {"leaf": {"directly": 50, "[other]": 410},
                                                     "directly": {"[other]": 10}})


def check_views():
    program = build("gcc", "-O1")
    counted(program, "-x")
    shown = subprocess.run([LPROF, "report", "--view", "callers", "-n", "leaf", os.path.join(folder, "x.lprof")],
                           check=True, capture_output=True, text=True).stdout
    for caller, n in TRUTH["leaf"].items():
        expect(f"the view of callers: {caller}", bool(re.search(rf"\s{n} .*\({caller}\)", shown)), True)
    shown = subprocess.run([LPROF, "report", "--view", "callers", "-n", "compare", os.path.join(folder, "x.lprof")],
                           check=True, capture_output=True, text=True).stdout
    expect("the view of callers: [other]", bool(re.search(r"\s3 .*\[other\]$", shown, re.M)), True)


with tempfile.TemporaryDirectory() as folder:
    for compiler in ("gcc", "clang"):
        if not shutil.which(compiler):
            print(f"skipped: {compiler} is not installed")
            continue
        for flags in (["-O0"], ["-O2"], ["-O2", "-no-pie", "-fno-pie"], ["-O2", "-fPIC", "-fcf-protection"]):
            check(compiler, flags)
    check_chosen()
    check_views()
print(f"{len(failures)} failed")
sys.exit(1 if failures else 0)
