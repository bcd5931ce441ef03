#!/usr/bin/env python3
"""Hits and calls that were counted exactly have to be exact by region too, and those while measuring is off are none.

usage: check_counts.py LPROF
"""
import sys

import regions

# Of each round: units of work and calls of below(), in all, in "a" with "b", in "b".
SHARES = {"*": (10, 4), "a": (7, 3), "b": (2, 1)}
SOURCE = open(f"{regions.HERE}/shares.c").read().splitlines()


def line_of(text):
    return next(i for i, line in enumerate(SOURCE, 1) if text in line)


def function(made, name):
    return next(one for one in made["functions"] if one["name"] == name)


def hits(made, name, line):
    return next(one["hits"] for one in function(made, name)["lines"] if one["line"] == line)


def check(lprof, rounds, units, threads, *flags):
    regions.compile("shares.c", "shares", *flags)
    arguments = [str(n) for n in (rounds, units, 0, threads)]
    made = regions.record(lprof, "p.lprof", "./shares", *arguments, options=["-x", "-F", "0"])
    assert made["meta"]["mode"] in ("exact", "mixed"), made["meta"]
    for glob, (work, calls) in SHARES.items():
        part = made if glob == "*" else regions.report(lprof, "p.lprof", "--region", glob)
        found = hits(part, "work", line_of("1664525u"))
        assert found == work * units * 100 * rounds * threads, (glob, found)
        found = hits(part, "below", line_of("x = work(n, x)"))
        assert found == calls * rounds * threads, (glob, found)
        for name in ("work", "below"):
            assert function(part, name)["ncalls"] == calls * rounds * threads, (glob, name, function(part, name)["ncalls"])
    assert hits(made, "run", line_of("x = below(3 * units, x);")) == rounds * threads


def test_one_thread(lprof):
    for flags in (["-O0"], ["-O1"], ["-O2", "-fno-inline"]):
        check(lprof, 100, 5, 1, *flags)


def test_threads(lprof):
    check(lprof, 5000, 1, 4, "-O1")


def test_reset(lprof):
    regions.compile("control.c", "control", "-O1")
    made = regions.record(lprof, "p.lprof", "./control", "so-far", options=["-x"])
    source = open(f"{regions.HERE}/control.c").read().splitlines()
    line = next(i for i, text in enumerate(source, 1) if "1664525u" in text)
    assert hits(made, "work", line) == 100000000, hits(made, "work", line)
    for i in range(3):
        so_far = regions.report(lprof, f"so-far.{i}")
        assert hits(so_far, "work", line) == 50000000 * (i + 1), (i, hits(so_far, "work", line))


def test_forks_and_jumps(lprof):
    regions.compile("exits.c", "exits", "-O1")
    made = regions.record(lprof, "p.lprof", "./exits", options=["-x", "-F", "0"], status=7)
    source = open(f"{regions.HERE}/exits.c").read().splitlines()
    for region, text, name, count in (("handler", 'LPROF_REGION("handler") sink++', "handle", 10),
                                      ("child", 'LPROF_REGION("child") sink++', "forks", 1)):
        line = next(i for i, one in enumerate(source, 1) if text in one)
        part = regions.report(lprof, "p.lprof", "--region", region)
        assert hits(made, name, line) >= count and hits(part, name, line) >= count, (region, hits(part, name, line))


def test_allocations(lprof):
    regions.compile("heap.c", "heap", "-O1")
    rounds = 5000
    made = regions.record(lprof, "p.lprof", "./heap", str(rounds), options=["--memory", "--alloc=full"])
    for glob, (allocated, freed) in {"a": (9000, 3000), "b": (6000, 3000)}.items():
        meta = regions.report(lprof, "p.lprof", "--region", glob)["meta"]
        # They are told to be inside by the clock: one right before a region begins may be taken to be in it.
        assert abs(meta["alloc_bytes"] - allocated * rounds) <= 6000, (glob, meta)
        assert abs(meta["freed_bytes"] - freed * rounds) <= 6000, (glob, meta)
    assert 0 <= made["meta"]["alloc_bytes"] - 10000 * rounds < 10000, made["meta"]


if __name__ == "__main__":
    sys.exit(regions.Tests(sys.modules[__name__]).run())
