#!/usr/bin/env python3
"""Known shares of work inside of regions and outside: the samples have to say so within 2 points.

usage: check_shares.py LPROF
"""
import sys

import regions

RATE = "4000"
POINTS = 0.02


def share(made, path):
    return regions.by_path(made)[path]["cpu_ns"] / made["meta"]["sampled_ns"]


def check(lprof, rounds, units, depth, threads=1):
    regions.compile("shares.c", "shares", "-O2")
    arguments = [str(n) for n in (rounds, units, depth, threads)]
    made = regions.record(lprof, "p.lprof", "./shares", *arguments, options=["-F", RATE])
    found = {path: share(made, path) for path in ("a", "a/b")}
    for path, expected in (("a", 0.7), ("a/b", 0.2)):
        assert abs(found[path] - expected) < POINTS, f"{path}: {found}, {regions.notes(made)}"
    calls = {path: region["calls"] for path, region in regions.by_path(made).items()}
    assert calls == {"a": rounds * threads, "a/b": rounds * threads}, calls
    # Two twelfths were not to be measured.
    left_out = regions.notes(made)["left-out"]
    all_samples = made["meta"]["samples"] + left_out
    assert abs(left_out / all_samples - 2 / 12) < POINTS, (left_out, all_samples)
    assert regions.notes(made).get("regions-unsure", 0) < 0.02 * all_samples, regions.notes(made)
    return made


def test_long_regions(lprof):
    check(lprof, 200, 10000, 0)


def test_short_regions(lprof):
    check(lprof, 150000, 10, 0)


def test_deep_below_their_region(lprof):
    check(lprof, 20000, 100, 100000)


def test_threads(lprof):
    check(lprof, 100000, 20, 0, threads=3)


def test_one_region_alone(lprof):
    check(lprof, 20000, 100, 0)
    whole = regions.report(lprof, "p.lprof")
    inside = regions.report(lprof, "p.lprof", "--region", "b")
    assert inside["meta"]["samples"] == regions.by_path(whole)["a/b"]["samples"]
    assert inside["meta"]["sampled_ns"] == regions.by_path(whole)["a/b"]["cpu_ns"]
    nothing = regions.run(lprof, "report", "--region", "nothing", "p.lprof", status=1).stderr
    assert "no region that matches 'nothing'" in nothing and "a/b" in nothing, nothing


def test_percentiles_are_those_of_the_clock(lprof):
    regions.compile("durations.c", "durations", "-O2")
    done = regions.run(lprof, "record", "-q", "-o", "p.lprof", "./durations")
    clock = [int(word) for word in done.stdout.split()]
    region = regions.by_path(regions.report(lprof, "p.lprof"))["work"]
    own = [region[key] for key in ("min_ns", "p50_ns", "p99_ns", "max_ns", "total_ns")]
    # The clock is read outside of the region, so it adds its own time to each.
    calls = region["calls"]
    for ours, theirs, times in zip(own, clock, (1, 1, 1, 1, calls)):
        assert ours <= theirs * 1.03 and ours >= theirs * 0.95 - 200 * times, (own, clock)


if __name__ == "__main__":
    sys.exit(regions.Tests(sys.modules[__name__]).run())
