#!/usr/bin/env python3
"""What lprof --mode exact counts in whole programs at -O0, beside gcov.

usage: hits_by_gcov.py LPROF CACHE lua|zstd gcc|clang LEAST_EQUAL

Over the lines that both know: whether a line ran is equal but for lines that are only a jump; at least LEAST_EQUAL %
of the lines that ran have equal counts; and every other line is of a kind that gcov counts otherwise (gcov.py). gcov
is gcc's, whatever compiler built what lprof counts.
"""
import collections
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import gcov  # noqa: E402
import programs  # noqa: E402
from counts import base_name, record, refused_of  # noqa: E402

LEAST_COUNTED = 0.98
LEAST_HITS = 10**6

def count(lprof, program, runs, folder):
    """({file: {line: hits}}, functions counted as gcov.py takes them, functions refused)."""
    hits, functions = collections.defaultdict(collections.Counter), {}
    for arguments in runs:
        alone = subprocess.run([program, *arguments], cwd=folder, capture_output=True)
        done, report = record(lprof, "exact", ("--all",), program, folder + "/x.lprof", arguments, cwd=folder)
        assert (done.stdout, done.returncode) == (alone.stdout, alone.returncode), done
        for function in (f for f in report["functions"] if f["counted"]):
            for line in function["lines"]:
                hits[base_name(line.get("file") or function["file"])][line["line"]] += line["hits"] or 0
            one = gcov.Function(function)
            before = functions.setdefault((one.name, one.file, one.line), one)
            if before is not one:
                before.calls += one.calls
                before.inlined = (before.inlined or one.inlined) and not before.calls
    return hits, list(functions.values()), refused_of(report)


def main():
    lprof, cache, name, compiler, least = sys.argv[1:]
    if not shutil.which(compiler):
        print(f"skipped: {compiler} is not installed")
        return 77
    sources, headers, flags, runs = getattr(programs, name)(os.path.abspath(cache))
    with tempfile.TemporaryDirectory() as top:
        # Both run in the same folder: what a program does may hang on its name.
        folder = top + "/run"
        os.mkdir(folder)
        programs.make_text(folder + "/text")
        program = programs.build(compiler, folder, sources, flags, "-O0")
        hits, functions, refused = count(os.path.abspath(lprof), program, runs, folder)
        programs.build("gcc", folder, sources, flags, "-O0", "--coverage")
        for arguments in runs:
            subprocess.run([program, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        truth = gcov.counted_lines(folder)
    comparison = gcov.Comparison(gcov.macros(sources + headers), functions, compiler)
    for path in sources + headers:
        comparison.file(path, hits[base_name(path)], truth[base_name(path)])
    failures = comparison.finish(float(least))
    total = sum(sum(lines.values()) for lines in hits.values())
    print(f"{len(functions)} functions counted, {refused} refused, {total} hits")
    if refused > (1 - LEAST_COUNTED) * len(functions) or total < LEAST_HITS:
        failures.append("too little was counted to prove anything")
    print("\n".join(failures))
    return 1 if failures else 0


sys.exit(main())
