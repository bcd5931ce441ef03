"""lprof --mode step follows a program through exec, fork, vfork and dlopen, or does not when told so.

    worlds.py LPROF PROGRAM SOURCE PLUGIN_SOURCE
"""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

lprof, program, *sources = map(os.path.abspath, sys.argv[1:])
failures = 0


def expect(what, found, wanted):
    global failures
    print(f"{'ok' if found == wanted else 'FAILED'}: {what}: {found!r}{'' if found == wanted else f', not {wanted!r}'}")
    failures += found != wanted


def truth(source):
    with open(source) as lines:
        return {n: int(found.group(1)) for n, line in enumerate(lines, 1)
                if (found := re.search(r"// hits: (\d+)", line))}


ALL = ("-f", "*_work", "-f", "counted_inlined")


def record(*options, said=()):
    with tempfile.TemporaryDirectory() as folder:
        saved = folder + "/worlds.lprof"
        run = subprocess.run([lprof, "record", "--mode", "step", *options, "-o", saved, program], capture_output=True,
                             timeout=100, check=False)
        shown = subprocess.run([lprof, "report", "--format", "json", saved], capture_output=True, timeout=60,
                               check=True).stdout
    plain = subprocess.run([program], capture_output=True, timeout=60, check=False)
    expect("status", run.returncode, plain.returncode)
    expect("output", run.stdout, plain.stdout)
    notes = [line for line in run.stderr.decode().splitlines() if ": note: " in line]
    expect("notes before the run", notes, [f"lprof: note: {text}" for text in said])
    return json.loads(shown)


def hits_of(report, source):
    hits = collections.Counter()
    for function in report["functions"]:
        for line in function["lines"]:
            file = line.get("file") or function["file"] or ""
            if os.path.basename(file) == os.path.basename(source) and line["hits"] is not None:
                hits[line["line"]] += line["hits"]
    return hits


def by_name(report, name):
    return next(f for f in report["functions"] if f["name"].partition("(")[0] == name)


report = record(*ALL)
for source in sources:
    hits = hits_of(report, source)
    for line, wanted in truth(source).items():
        expect(f"{os.path.basename(source)}:{line}", hits[line], wanted)
work = by_name(report, "counted_work")
inlined = by_name(report, "counted_inlined")
expect("calls in all programs", (work["ncalls"], work["pcalls"]), (6, 6))
expect("callers", [(c["name"], c["ncalls"]) for c in work["callers"]], [("main", 6)])
expect("calls of the library's function", by_name(report, "plugin_work")["ncalls"], 2)
expect("an inlined function has no calls", (inlined["counted"], inlined["ncalls"]), (True, None))
expect("the host of inlined code is not counted",
       [f["counted"] for f in report["functions"] if f["name"].startswith("host")], [])
expect("processes, threads", (report["meta"]["processes"], report["meta"]["threads"]), (4, 5))

alone = record(*ALL, "--no-children")
expect("calls without the children's", by_name(alone, "counted_work")["ncalls"], 3)
expect("processes without the children", alone["meta"]["processes"], 1)

SO_FAR = f"no function of {program} matches '%s' so far; a library that it loads may bring one"
later = record("-f", "plugin_work", said=[SO_FAR % "plugin_work"])
expect("chosen before its library was loaded", by_name(later, "plugin_work")["ncalls"], 2)
expect("nothing is said of it then", [n["code"] for n in later["notes"]], [])
never = record("-f", "counted_work", "-f", "plugin_wrok", said=[SO_FAR % "plugin_wrok"])
expect("chosen, and never there", [(n["code"], "'plugin_wrok'" in n["text"]) for n in never["notes"]], [("not-found", True)])
sys.exit(1 if failures else 0)
