"""Runs the cases of one area, each in a scratch folder of its own.

usage: run.py AREA LPROF FIXTURES [CASE...]

A case is a function `case_<what holds>(t)` in area_<AREA>.py; `t` is a harness.Case. It fails by an
assertion, and is skipped by t.skip(reason).
"""
import importlib
import inspect
import os
import sys
import traceback

import harness


def cases_of(module, wanted):
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if name.startswith("case_") and (not wanted or name in wanted or name[5:] in wanted):
            yield name[5:].replace("_", " "), function


def run_case(name, function, lprof, fixtures):
    with harness.scratch() as folder:
        try:
            function(harness.Case(lprof, fixtures, folder))
        except harness.Skip as reason:
            print(f"skip  {name}: {reason}")
            return "skipped"
        except AssertionError as failure:
            print(f"FAIL  {name}\n      {failure}")
            where = traceback.extract_tb(failure.__traceback__)[1]
            print(f"      at {where.filename}:{where.lineno}: {where.line}")
            return "failed"
    print(f"ok    {name}")
    return "passed"


def main():
    area, lprof, fixtures, *wanted = sys.argv[1:]
    lprof, fixtures = os.path.abspath(lprof), os.path.abspath(fixtures)
    module = importlib.import_module(f"area_{area}")
    tally = {"passed": 0, "failed": 0, "skipped": 0}
    for name, function in cases_of(module, wanted):
        tally[run_case(name, function, lprof, fixtures)] += 1
        sys.stdout.flush()
    print(", ".join(f"{count} {what}" for what, count in tally.items()))
    if tally["failed"] or not sum(tally.values()):
        return 1
    return 0 if tally["passed"] else 77


sys.exit(main())
