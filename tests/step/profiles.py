"""Counted profiles as files: merging adds up, and pprof shows the same hits.

    profiles.py LPROF PROGRAM SOURCE
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

lprof, program, source = map(os.path.abspath, sys.argv[1:])
failures = 0


def expect(what, found, wanted):
    global failures
    print(f"{'ok' if found == wanted else 'FAILED'}: {what}{'' if found == wanted else f': {found!r}, not {wanted!r}'}")
    failures += found != wanted


def run(*command, status=0):
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == status, f"{command}: {done.returncode}\n{done.stderr}"
    return done


def load(*files):
    return json.loads(run(lprof, "report", "--format", "json", *files).stdout)


def doubled(table):
    return {key: 2 * n for key, n in table.items()}


def check_merged(folder, single):
    merged = folder + "/all.lprof"
    run(lprof, "merge", "-o", merged, folder + "/a.lprof", folder + "/b.lprof")
    for name, report in (("merged file", load(merged)), ("two files", load(folder + "/b.lprof", folder + "/a.lprof"))):
        for key in ("hits", "instr", "branches", "taken"):
            expect(f"{name}: {key} are added up", numbers_of(report, key), doubled(numbers_of(single, key)))
        expect(f"{name}: calls are added up", calls_of(report), [(n, 2 * c, 2 * p) for n, c, p in calls_of(single)])
        expect(f"{name}: mode", report["meta"]["mode"], "step")
        expect(f"{name}: processes", report["meta"]["processes"], 2 * single["meta"]["processes"])


def numbers_of(report, key):
    return {(f["name"], line["line"]): line[key] for f in report["functions"] if f["counted"] for line in f["lines"]
            if line.get(key) is not None}


def calls_of(report):
    return sorted((f["name"], f["ncalls"], f["pcalls"]) for f in report["functions"] if f["counted"])


def check_mixed(folder, single):
    sampled = folder + "/s.lprof"
    run(lprof, "record", "-F", "0", "-o", sampled, program)
    mixed = load(folder + "/a.lprof", sampled)
    expect("with a profile that was not counted: hits", numbers_of(mixed, "hits"), numbers_of(single, "hits"))
    expect("with a profile that was not counted: mode", mixed["meta"]["mode"], "mixed")


def check_pprof(folder, single):
    if not shutil.which("go"):
        print("skipped: no go tool pprof here")
        return
    for index, key in (("hits", "hits"), ("instructions", "instr")):
        shown = run("go", "tool", "pprof", "-top", f"-sample_index={index}", "-nodecount=1000", "-nodefraction=0",
                    "-edgefraction=0", "-lines", folder + "/a.lprof").stdout
        total = sum(numbers_of(single, key).values())
        found = re.search(r"of (\d+) total", shown)
        expect(f"pprof's total of {index}", int(found.group(1)) if found else None, total)
        rows = re.findall(r"^ +(\d+) .*? (\S+) \S*?" + re.escape(os.path.basename(source)) + r":(\d+)", shown, re.M)
        by_line = {}
        for n, _, line in rows:
            by_line[int(line)] = by_line.get(int(line), 0) + int(n)
        ours = {}
        for (_, line), n in numbers_of(single, key).items():
            if n:
                ours[line] = ours.get(line, 0) + n
        expect(f"pprof's {index} of each line", by_line, ours)


def main():
    with tempfile.TemporaryDirectory() as folder:
        for name in "ab":
            run(lprof, "record", "--mode", "step", "--source", "*" + os.path.basename(source), "-o",
                f"{folder}/{name}.lprof", program)
        single = load(folder + "/a.lprof")
        expect("runs are equal", numbers_of(load(folder + "/b.lprof"), "hits"), numbers_of(single, "hits"))
        check_merged(folder, single)
        check_mixed(folder, single)
        check_pprof(folder, single)
    return 1 if failures else 0


sys.exit(main())
