#!/usr/bin/env python3
"""Inclusive times of a real program, against callgrind's call graph: see callgrind.py.

Compared are the functions of at least 3 % of which there is one copy, not inlined and not recursive: of others, lprof
and callgrind count different things. Callgrind runs a small part of the same work, chosen so that a function's
instructions take about the same time wherever it is called from.

usage: test_callgrind.py LPROF CACHE lua|zstd|sqlite3
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import callgrind  # noqa: E402
from lprof_json import Checks, record, report, skip  # noqa: E402
from workloads import text_file, workload  # noqa: E402

POINTS = 0.05
LEAST = 0.03


def repeated_sql(folder, times):
    """Arguments of a run of work.sql with fewer rows, several times over: a larger table goes other ways."""
    with open(os.path.join(HERE, "work.sql"), encoding="ascii") as file:
        text = file.read().replace("750000", "60000")
    path = os.path.join(folder, f"work{times}.sql")
    with open(path, "w", encoding="ascii") as out:
        out.write((text + "drop table item;\n") * times)
    return [":memory:", f".read {path}"]


def works(name, cache, folder):
    """Arguments of a run of seconds, and of one that does a small part of the same."""
    if name == "lua":
        script = os.path.join(HERE, "calls.lua")
        return [script, "900"], [script, "45"]
    if name == "sqlite3":
        return [repeated_sql(folder, 10), repeated_sql(folder, 1)]
    # Copies of one file: further into a longer one, zstd goes other ways.
    path = os.path.join(folder, "small")
    with open(text_file(cache), "rb") as file, open(path, "wb") as out:
        out.write(file.read(2 << 20))
    options = workload(name, cache)[0][:-1]
    return [*options, *[path] * 12], [*options, path]


def inlined_functions(program):
    """Names of the functions that are inlined somewhere."""
    text = subprocess.run(["llvm-dwarfdump", "--debug-info", program], check=True, capture_output=True, text=True).stdout
    found = re.findall(r"DW_TAG_inlined_subroutine\n\s+DW_AT_abstract_origin\t\(0x\w+ \"([^\"]+)\"", text)
    return set(found)


def main():
    lprof, cache, name = sys.argv[1:4]
    for tool in ("valgrind", "perf", "llvm-dwarfdump"):
        if not shutil.which(tool):
            skip(f"{tool} is not installed")
    program = os.path.join(cache, "bin", name)
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        large, small = works(name, cache, folder)
        _, path = record(lprof, folder, [program, *large])
        profile = report(lprof, path)
        shares = callgrind.own_shares(folder, [program, *large])
        theirs = callgrind.inclusive_shares(callgrind.run(folder, [program, *small]), shares)
    known = sum(share for function, share in shares.items() if function in theirs)
    checks.check(known >= 0.98, f"{known:.1%} of perf's samples are in functions that callgrind knows")
    inlined = inlined_functions(program)
    compared = 0
    for f in profile.functions:
        share = f["cumtime_ns"] / profile.meta["sampled_ns"]
        function = f["linkage_name"]
        alike = f["module"] == name and function in theirs and function + "'2" not in theirs and function not in inlined
        if share >= LEAST and alike:
            compared += 1
            checks.check(abs(share - theirs[function]) <= POINTS,
                         f"{function}: {share:.1%}, by callgrind's calls {theirs[function]:.1%}")
    checks.check(compared >= 5, f"{compared} functions compared, at least 5")
    checks.finish()


if __name__ == "__main__":
    main()
