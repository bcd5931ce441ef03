#!/usr/bin/env python3
"""Profiles a program, writes the profile for pstats, and lets Python read it: every function's own and
cumulative time, and every caller's, must be those of the JSON report; `python3 -m pstats` must print them.

usage: check_pstats.py LPROF PROGRAM
"""
import json
import os
import pstats
import subprocess
import sys
import tempfile

lprof, program = map(os.path.abspath, sys.argv[1:3])


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def seconds(ns):
    return (ns or 0) * 1e-9


def close(a, b):
    return abs(a - b) < 1e-9


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    run(lprof, "record", "-o", "p.lprof", program)
    report = json.loads(run(lprof, "report", "--format", "json", "p.lprof"))
    run(lprof, "report", "--format", "pstats", "-o", "p.prof", "p.lprof")
    stats = pstats.Stats("p.prof").stats
    browser = run("python3", "-m", "pstats", "p.prof", input="sort tottime\nstats 1\nquit\n")

functions = report["functions"]
assert len(stats) == len(functions) > 3, (len(stats), len(functions))
edges = 0
for function in functions:
    file = function["file"] or function["module"] or "~"
    keys = [k for k in stats if k[0] == file and k[1] == function["line"] and
            k[2].startswith(function["name"])]
    assert keys, function["name"]
    matches = [stats[k] for k in keys if close(stats[k][2], seconds(function["tottime_ns"])) and
               close(stats[k][3], seconds(function["cumtime_ns"]))]
    assert matches, (function["name"], [stats[k] for k in keys])
    assert any(sorted(round(c[3], 9) for c in m[4].values()) ==
               sorted(round(seconds(c["time_ns"]), 9) for c in function["callers"])
               for m in matches), function["name"]
    edges += len(function["callers"])
assert edges > 3, edges
hottest = max(functions, key=lambda f: f["tottime_ns"])
assert f"{seconds(hottest['tottime_ns']):.3f}" in browser and hottest["name"] in browser, browser
print(f"{len(functions)} functions, {edges} callers: pstats reads what the report says")
print("1 passed, 0 failed")
