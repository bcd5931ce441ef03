#!/usr/bin/env python3
"""Profiles that a program saves of itself, what it leaves out, names that are too many or odd, and programs that
profile themselves.

usage: check_control.py LPROF BUILD_FOLDER
"""
import os
import sys

import regions


def part(made, path="part"):
    return regions.by_path(made)[path]


def test_profiles_are_saved_meanwhile(lprof):
    regions.compile("control.c", "control", "-O2")
    made = regions.record(lprof, "p.lprof", "./control", "so-far")
    for i in range(3):
        so_far = regions.report(lprof, f"so-far.{i}")
        assert part(so_far)["calls"] == i + 1, part(so_far)
        assert so_far["meta"]["sampled_ns"] > 0
        assert abs(part(so_far)["cpu_ns"] / so_far["meta"]["sampled_ns"] - 1) < 0.1, so_far["meta"]
        assert any(function["name"] == "work" and function["line"] for function in so_far["functions"])
    assert os.path.exists("so-far.2.old")
    calls = {path: region["calls"] for path, region in regions.by_path(made).items()}
    assert calls == {"part": 0, "after": 1}, calls
    # All that is left is the work behind the reset, but for what was not to be measured.
    share = part(made, "after")["cpu_ns"] / made["meta"]["sampled_ns"]
    assert share > 0.95, share
    cpu = made["meta"]["cpu_ns"]
    assert abs(made["meta"]["sampled_ns"] / cpu - 1) < 0.25, made["meta"]
    assert "late-clock" not in regions.notes(made), regions.notes(made)


def test_control_without_lprof(lprof):
    regions.compile("control.c", "control", "-O2")
    assert not regions.run("./control").stderr


def test_odd_names(lprof):
    regions.compile("names.c", "names", "-O2")
    made = regions.record(lprof, "p.lprof", "./names", "0")
    found = regions.by_path(made)
    assert found[""]["calls"] == 1 and found["x" * 255]["calls"] == 1, list(found)
    assert sum(name.startswith("odd") for name in found) == 1, list(found)
    assert regions.notes(made)["regions-cut"] == 1, regions.notes(made)
    assert regions.notes(made)["regions-deep"] == 301 - 128, regions.notes(made)
    text = regions.run(lprof, "report", "--view", "regions", "p.lprof").stdout
    assert "\x1b" not in text and "\x01" not in text


def test_too_many_names(lprof):
    regions.compile("names.c", "names", "-O2")
    made = regions.record(lprof, "p.lprof", "./names", "100000")
    found = regions.by_path(made)
    assert len(found) <= 4095, len(found)
    calls = sum(region["calls"] for region in found.values())
    assert calls == 100000 + 3 + 128, calls
    assert "[other regions]" in found and regions.notes(made)["regions-many"] > 90000, regions.notes(made)


def test_lprof_that_cannot_sample(lprof):
    regions.compile("exits.cc", "exits", "-O2")
    made = regions.record(lprof, "p.lprof", "./exits", options=["-F", "0"])
    assert regions.by_path(made)["around"]["calls"] == 100


def test_static_programs_are_told(lprof):
    regions.compile("exits.cc", "exits", "-O2", "-static")
    made = regions.record(lprof, "p.lprof", "./exits")
    assert "regions-unseen" in regions.notes(made), regions.notes(made)


def test_what_lprof_takes_is_its_own(lprof):
    regions.compile("cost.c", "cost", "-O2")
    made = regions.record(lprof, "p.lprof", "./cost", "400")
    own = [one for one in made["functions"] if one["name"] == "[lprof]"]
    assert len(own) == 1 and own[0]["tottime_ns"] > 0.3 * made["meta"]["sampled_ns"], own
    # It counts for the lines that have regions.
    mine = {one["name"]: one["own_ns"] for one in made["functions"] if one["own_ns"]}
    assert mine["regions"] > 0.2 * made["meta"]["sampled_ns"] and "lprof_enter_" not in mine, mine


def test_signals_threads_and_forks(lprof):
    regions.compile("storm.c", "storm", "-O2")
    for options in ([], ["-x"]):
        done = regions.run(lprof, "record", "-q", "-o", "p.lprof", *options, "./storm", "700")
        made = regions.report(lprof, "p.lprof")
        unseen = sum(note["count"] for note in made["notes"] if note["code"] == "regions-unseen")
        for name in ("handler", "in handler"):
            calls = sum(region["calls"] for region in made["regions"] if region["name"] == name)
            least, most = (int(word) for word in done.stdout.split())
            assert least - unseen <= calls <= most, (name, calls, done.stdout, unseen)
        assert "regions-unbalanced" not in regions.notes(made), regions.notes(made)
        assert "regions-open" not in regions.notes(made), regions.notes(made)


def test_nothing_is_told_where_nobody_listens(lprof):
    """What is left of an lprof that has ended, or another file in its place."""
    regions.compile("exits.cc", "exits", "-O2")
    open("empty", "w").close()
    for path in ("empty", "/nowhere", "/dev/null", "./exits"):
        done = regions.run("./exits", env={"LD_PRELOAD": f"{sys.argv[2]}/lprof-regions.so", "LPROF_REGIONS": path})
        assert not done.stderr, (path, done.stderr)


def linked():
    build = sys.argv[2]
    return ["-Wl,--push-state,--no-as-needed", f"-L{build}", f"-Wl,-rpath,{build}", "-llprof", "-Wl,--pop-state"]


def test_programs_profile_themselves(lprof):
    regions.compile("control.c", "control", "-O2", link=["-pthread", *linked()])
    assert not regions.run("./control").stderr and not os.path.exists("control.lprof")
    assert not regions.run("./control", env={"LPROF": "off"}).stderr
    done = regions.run("./control", "so-far", env={"LPROF": "1"})
    assert "saved control.lprof" in done.stderr, done.stderr
    assert part(regions.report(lprof, "control.lprof"), "after")["calls"] == 1
    assert part(regions.report(lprof, "so-far.1"))["calls"] == 2
    done = regions.run("./control", env={"LPROF": "1", "LPROF_PRINT": "1", "LPROF_OUTPUT": "other.lprof",
                                         "LPROF_OPTIONS": "-F 500"})
    assert "control.c" in done.stderr and "work" in done.stderr, done.stderr
    assert regions.report(lprof, "other.lprof")["meta"]["rate_hz"] == 500
    regions.compile("exits.cc", "timed", "-O2", link=linked())
    done = regions.run("./timed", env={"LPROF": "1", "LPROF_TIMED_PRINT": "1", "LPROF_OPTIONS": "-q"})
    assert done.stderr.count("lprof: method: ") == 100 and len(done.stderr.splitlines()) == 100, done.stderr
    done = regions.run(lprof, "record", "-o", "p.lprof", "./control", env={"LPROF": "1"})
    assert done.stderr.count("saved") == 1, done.stderr


if __name__ == "__main__":
    sys.exit(regions.Tests(sys.modules[__name__]).run())
