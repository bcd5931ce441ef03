#!/usr/bin/env python3
"""Intervals: of 100 short runs whose long-run shares are known, at least 90 have an interval of 95 % that covers it.

usage: test_chance.py LPROF PROGRAM MEAN_ROUNDS: 1 = every round is drawn, so samples are independent; more = long phases
"""
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from lprof_json import Checks, marked_lines, record, report  # noqa: E402

RUNS = 100
CPU_MS = "300"
OFTEN = 0.6  # of the time that both functions take; what is left is the program's start


def interval(lprof, folder, argv, line):
    """(share, half-width, the share by truth) of a line of one run."""
    run, path = record(lprof, folder, argv)
    assert run.returncode == 0, run.stderr.decode()
    profile = report(lprof, path)
    (found,) = [entry for f in profile.named("often") for entry in f["lines"] if entry["line"] == line]
    sampled = profile.meta["sampled_ns"]
    truth = OFTEN * (profile.share("often") + profile.share("seldom"))
    return found["time_ns"] / sampled, found["ci_ns"] / sampled, truth


def main():
    lprof, program, mean_rounds = sys.argv[1:4]
    (line,) = marked_lines(os.path.join(HERE, "..", "..", "fixtures", "stacks", "chance.c"), "OFTEN")
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        found = [interval(lprof, folder, [program, mean_rounds, str(seed), CPU_MS], line) for seed in range(RUNS)]
    covered = sum(abs(share - truth) <= half for share, half, truth in found)
    mean = sum(share for share, _, _ in found) / RUNS
    spread = (sum((share - mean) ** 2 for share, _, _ in found) / (RUNS - 1)) ** 0.5
    halves = sorted(half for _, half, _ in found)
    print(f"mean share {mean:.2%}, 1.96 standard deviations {1.96 * spread:.2%}, median half-width {halves[RUNS // 2]:.2%}")
    checks.check(covered >= 90, f"{covered} of {RUNS} intervals cover {OFTEN:.0%} of the work")
    # An interval of everything would cover it too.
    checks.check(halves[RUNS // 2] <= 1.6 * 1.96 * spread, "intervals are not much wider than the runs differ")
    checks.finish()


if __name__ == "__main__":
    main()
