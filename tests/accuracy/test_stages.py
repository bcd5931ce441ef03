#!/usr/bin/env python3
"""A part of a run: --inside FUNC keeps what runs in it and what it calls, --delay leaves the beginning out.

usage: test_stages.py LPROF PROGRAM
"""
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from lprof_json import Checks, record, report  # noqa: E402

SERVE_NS = 600e6
PREPARE_S = 0.3


def measured(lprof, program, *options):
    with tempfile.TemporaryDirectory() as folder:
        run, path = record(lprof, folder, [program], options)
        assert run.returncode == 0, run.stderr.decode()
        return report(lprof, path)


def note(profile, code):
    return sum(note["count"] for note in profile.data["notes"] if note["code"] == code)


def main():
    lprof, program = sys.argv[1:3]
    checks = Checks()

    inside = measured(lprof, program, "--inside", "serve")
    inside.check_sums(checks)
    sampled = inside.meta["sampled_ns"]
    checks.check(abs(sampled - SERVE_NS) < 0.03 * SERVE_NS, f"{sampled / 1e6:.0f} ms inside of serve()")
    checks.check(not inside.named("prepare"), "nothing of prepare()")
    checks.check(inside.share("work") > 0.9, f"work() has {inside.share('work'):.1%}, called there")
    checks.check(note(inside, "left-out") > 0, f"{note(inside, 'left-out')} samples were left out, and that is noted")

    late = measured(lprof, program, "--delay", str(PREPARE_S + 0.1))
    late.check_sums(checks)
    checks.check(not late.named("prepare"), "nothing of the first stage")
    checks.check(0.7 * SERVE_NS < late.meta["sampled_ns"] < SERVE_NS,
                 f"{late.meta['sampled_ns'] / 1e6:.0f} ms of the second stage, which had begun before")
    checks.check(note(late, "after-delay") == 1, "the delay is noted")
    checks.finish()


main()
