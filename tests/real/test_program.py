#!/usr/bin/env python3
"""A real program under lprof: undisturbed, fully placed, and hot where perf says it is.

usage: test_program.py LPROF CACHE lua|zstd|sqlite3
"""
import hashlib
import math
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import oracle  # noqa: E402
from lprof_json import Checks, record, report  # noqa: E402
from workloads import workload  # noqa: E402

ATTEMPTS = 3  # at shares: one in forty runs is off by three standard errors by chance alone


def has_line_table(path):
    run = subprocess.run(["readelf", "-SW", path], capture_output=True, text=True)
    return ".debug_line" in run.stdout


def check_placed(checks, profile):
    """Nearly all time in modules with line tables has a line; nearly none is unknown."""
    with_lines = {os.path.basename(m["path"]) for m in profile.meta["modules"] if has_line_table(m["path"])}
    rows = [line for f in profile.functions if f["module"] in with_lines for line in f["lines"]]
    total = sum(line["self_ns"] for line in rows)
    placed = sum(line["self_ns"] for line in rows if line["line"])
    checks.check(total and placed >= 0.98 * total, f"{placed / max(total, 1):.2%} of the time in {with_lines} has a line")
    unknown = profile.share("[unknown]")
    checks.check(unknown < 0.01, f"{unknown:.2%} of the time is [unknown]")


def check_hottest_function(checks, profile, module, theirs):
    """`theirs` are out-of-line functions: what is inlined counts for the function that it is inlined in. Two functions
    whose samples differ by less than three standard errors are equally hot."""
    totals = {name: profile.total_ns(name) for name in theirs}
    ours = max(totals, key=totals.get)
    perfs, count = theirs.most_common(1)[0]
    program_ns, samples = sum(profile.self_by_line(module).values()), sum(theirs.values())
    tied = (count - theirs[ours]) / samples <= 3 * math.sqrt(2 * count) / samples
    checks.check(tied, f"hottest function: {ours} {totals[ours] / program_ns:.1%}, by perf {theirs[ours] / samples:.1%}; "
                       f"perf's hottest: {perfs} {count / samples:.1%}")


def lines_agree(profile, module, theirs):
    """[(holds, what)] for the three hottest lines of lprof against perf's; shares are of the program's own code."""
    ours = profile.self_by_line(module)
    our_total, their_total = sum(ours.values()), sum(theirs.values())
    our_samples = sum(line["samples"] for f in profile.functions if f["module"] == module for line in f["lines"]
                      if line["self_ns"])
    six = [line for line, _ in theirs.most_common(6)]
    results = []
    for line in sorted(ours, key=ours.get, reverse=True)[:3]:
        share, other = ours[line] / our_total, theirs[line] / their_total
        pooled = (share + other) / 2
        error = math.sqrt(pooled * (1 - pooled) * (1 / max(our_samples, 1) + 1 / their_total))
        results.append((line in six, f"{line[0]}:{line[1]} is among perf's six hottest lines"))
        results.append((abs(share - other) <= 3 * error,
                        f"{line[0]}:{line[1]}: {share:.2%}, perf {other:.2%}, standard error {error:.2%}"))
    return results


def run_once(lprof, folder, argv, stdin_path):
    """(the run under lprof, its report, perf's samples by line, and by function).

    Both sample the same run: where another program on the machine slows the caches, a next run has other shares.
    """
    perf, data = oracle.perf_command(folder)
    with open(stdin_path, "rb") as stdin:
        run, path = record(lprof, folder, argv, under=perf, stdin=stdin)
    return run, report(lprof, path), *oracle.place(argv[0], oracle.perf_samples(data, argv[0]))


def main():
    lprof, cache, name = sys.argv[1:]
    program = os.path.join(cache, "bin", name)
    arguments, stdin_path = workload(name, cache)
    argv = [program, *arguments]
    checks = Checks()

    with open(stdin_path, "rb") as stdin:
        bare = subprocess.run(argv, stdin=stdin, capture_output=True)
    with tempfile.TemporaryDirectory() as folder:
        run, profile, by_line, by_function = run_once(lprof, folder, argv, stdin_path)
        checks.check(run.stdout == bare.stdout, f"same output: {len(bare.stdout)} bytes, "
                                                f"{hashlib.sha1(bare.stdout).hexdigest()[:12]}")
        checks.check(run.returncode == bare.returncode, f"same exit status: {bare.returncode}")
        profile.check_sums(checks)
        check_placed(checks, profile)
        check_hottest_function(checks, profile, name, by_function)

        for attempt in range(1, ATTEMPTS + 1):
            results = lines_agree(profile, name, by_line)
            if all(holds for holds, _ in results) or attempt == ATTEMPTS:
                break
            print("\n".join(what for holds, what in results if not holds), "(profiled again)")
            _, profile, by_line, _ = run_once(lprof, folder, argv, stdin_path)
        for holds, what in results:
            checks.check(holds, what)
    checks.finish()


if __name__ == "__main__":
    main()
