#!/usr/bin/env python3
"""Memory that becomes resident: every page of every line, by truth known to the page."""
import os

from truth import run

PAGE = 4096
MIB = 1 << 20
HUGE = "/sys/kernel/mm/transparent_hugepage/enabled"


def huge_pages_allowed():
    return os.path.exists(HUGE) and "[never]" not in open(HUGE, encoding="ascii").read()


checks, profile, source = run("memory/resident.c", options=("--memory", "--alloc=none"), arguments=("huge",))


def expect(marker, least, most, column="increment_bytes"):
    ours = profile.lines("resident.c", source.line(marker), column)
    checks.check(least <= ours <= most, f"{marker}: {column} {ours}, by truth {least} to {most}")


expect("TOUCH", 22 * MIB, 22 * MIB)
expect("TOUCH", 22 * MIB // PAGE, 22 * MIB // PAGE, "occurrences")
expect("GROW", 16 * MIB, 16 * MIB)
expect("AGAIN", 0, 0)
expect("CALLOC", 0, 2 * PAGE)
expect("CHILD", 2 * MIB, 2 * MIB + 2 * PAGE)  # And what its first calls touch.
expect("BACK", 4 * MIB, 4 * MIB)
# The stack is more than a page of each frame, and the first page of it was there.
expect("STACK", MIB - 2 * PAGE, MIB + MIB // 8)
if huge_pages_allowed():
    expect("HUGE", 8 * MIB, 8 * MIB)
    expect("HUGE", 4, 4, "occurrences")

first, last = (int(word) * 1024 for word in source.output.split())
total = profile.meta["resident_bytes"]
own = sum(function["own_resident_bytes"] for function in profile.functions)
checks.check(own == total, f"own memory of all functions adds up to all memory: {own} and {total}")
mine = sum(function["own_resident_bytes"] for function in profile.functions if function["mine"])
ours = mine - profile.lines("resident.c", source.line("CHILD"), "increment_bytes")
# Of files that are mapped, 16 pages come with one fault, and the kernel counts pages in batches.
checks.check(abs(ours - (last - first)) <= 128 * PAGE, f"the program: {ours}, its process grew by {last - first}")
rss = profile.lines("resident.c", source.line("BACK"), "rss_bytes")
checks.check(abs(last - rss) <= MIB, f"the size behind the last growth: {rss}, by truth {last}")
checks.finish()
