"""What is counted only in part is said to be: a chosen function that is inlined where nothing can be counted.

    partial.py LPROF PROGRAM SOURCE
"""
import json
import os
import re
import subprocess
import sys
import tempfile

lprof, program, source = map(os.path.abspath, sys.argv[1:])
failures = 0


def expect(what, found, wanted):
    global failures
    print(f"{'ok' if found == wanted else 'FAILED'}: {what}: {found!r}{'' if found == wanted else f', not {wanted!r}'}")
    failures += found != wanted


def run(*command, status=0):
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == status, f"{command}: {done.returncode}\n{done.stderr}"
    return done.stdout


def load(*files):
    functions = json.loads(run(lprof, "report", "--format", "json", *files))["functions"]
    return {f["name"].partition("(")[0]: f for f in functions}


with open(source, encoding="utf-8") as lines:
    truth = {n: int(found.group(1)) for n, line in enumerate(lines, 1) if (found := re.search(r"// hits: (\d+)", line))}
with tempfile.TemporaryDirectory() as folder:
    for mode in "step", "exact":
        saved = f"{folder}/{mode}.lprof"
        run(lprof, "record", "--mode", mode, "-f", "chosen_*", "-o", saved, program)
        found = load(saved)
        expect(f"{mode}: inlined where nothing can be counted", found["chosen_inlined"]["counted"], "partial")
        expect(f"{mode}: counted wherever it is", found["chosen_whole"]["counted"], True)
        hits = {line["line"]: line["hits"] for name in ("chosen_inlined", "chosen_whole") for line in found[name]["lines"]}
        expect(f"{mode}: hits where they can be told", {n: hits.get(n) for n in truth}, truth)
        shown = run(lprof, "report", saved)
        expect(f"{mode}: it is said in the heading", re.findall(r"^(\w+) .* counted in part$", shown, re.M), ["chosen_inlined"])
        expect(f"{mode}: and why", bool(re.search(r"note: .*unsure.*: the call at 0x[0-9a-f]+ leads into its own function", shown)), True)
    merged = load(f"{folder}/step.lprof", f"{folder}/step.lprof")
    expect("merged: it stays so", merged["chosen_inlined"]["counted"], "partial")
sys.exit(1 if failures else 0)
