#!/usr/bin/env python3
"""Allocations of known number and size: every one of them, and estimated from samples."""
from truth import run

KIB = 1 << 10
MIB = 1 << 20

# Allocations, allocated, freed.
TRUTH = {
    "MALLOC": (1, 1000, 1000),
    "CALLOC": (1, 2000, 2000),
    "ALIGNED": (1, 3008, 3008),
    "MEMALIGN": (1, 4000, 4000),
    "POSIX": (1, 5000, 5000),
    "VALLOC": (1, 6000, 6000),
    "REALLOC_NULL": (1, 7000, 7000),
    "REALLOCARRAY": (1, 8000, 8000),
    "GROW": (12, 64 * KIB - 16, 64 * KIB - 16),
    "LEAK": (10, 7770, 0),
    "CHURN": (1000, 100000, 100000),
    "PEAK_1": (1, MIB, MIB),
    "PEAK_2": (1, 2 * MIB, 2 * MIB),
    "LATER": (1, MIB + MIB // 2, MIB + MIB // 2),
    "THREAD": (1, 50 * KIB, 50 * KIB),
    "PARENT": (1, 40 * KIB, 40 * KIB),
    "CHILD": (1, 30 * KIB, 0),
    "NOTHING": (1, 0, 0),
    "MAP": (1, MIB, MIB),
    "MAP_GROWN": (1, 32 * KIB, 32 * KIB),
    "REMAP": (1, 64 * KIB, 64 * KIB),
    "RESERVED": (0, 0, 0),
    "FIXED": (1, 16 * KIB, 16 * KIB),
    "BREAK": (1, 12 * KIB, 12 * KIB),
    "MAP_LEAK": (1, 8 * KIB, 0),
}
# Freed before the next allocation.
TEMPORARY = {"CHURN": 1000, "GROW": 12, "LEAK": 0, "PEAK_1": 0, "PEAK_2": 1, "LATER": 1, "MALLOC": 0, "PARENT": 1,
             "REALLOCARRAY": 1, "THREAD": 0}
# In use when most was.
AT_PEAK = {"PEAK_1": MIB, "PEAK_2": 2 * MIB, "LEAK": 7770, "LATER": 0, "CHURN": 0, "MAP": 0, "GROW": 0, "CHILD": 0}

checks, profile, source = run("memory/heap.c", options=("--memory", "--alloc=full", "-F", "0"))
checks.check(source.output == "done\n", f"it printed {source.output!r}")


def column(marker, name):
    return profile.lines("heap.c", source.line(marker), name)


for marker, truth in TRUTH.items():
    ours = tuple(column(marker, name) for name in ("allocs", "alloc_bytes", "freed_bytes"))
    checks.check(ours == truth, f"{marker}: {ours}, by truth {truth}")
    intervals = column(marker, "alloc_ci_bytes") + column(marker, "live_ci_bytes")
    checks.check(intervals == 0, f"{marker}: is exact: {intervals}")
    live = column(marker, "live_bytes")
    checks.check(live == truth[1] - truth[2], f"{marker}: {live} not freed")
for marker, truth in TEMPORARY.items():
    ours = column(marker, "temporary")
    checks.check(ours == truth, f"{marker}: {ours} freed before the next, by truth {truth}")
for marker, truth in AT_PEAK.items():
    checks.check(column(marker, "peak_bytes") == truth, f"{marker}: {column(marker, 'peak_bytes')}, at the peak {truth}")
total = profile.meta["alloc_bytes"]
own = sum(function["own_alloc_bytes"] for function in profile.functions)
checks.check(own == total, f"own allocations of all functions add up to all: {own} and {total}")
mine = [function for function in profile.functions if function["mine"] and not function["file"].endswith("heap.c")]
checks.check(not mine, f"nothing of lprof shows: {[function['name'] for function in mine]}")

# 64 KiB a thousand times: about 120 samples, so one standard error is below a tenth.
size = 64 * KIB
_, profile, source = run("memory/heap.c", options=("--memory", "-F", "0"), arguments=(str(size),))
for name, truth in (("allocs", 1000), ("alloc_bytes", 1000 * size), ("freed_bytes", 1000 * size)):
    ours = column("CHURN", name)
    checks.check(abs(ours - truth) <= 0.4 * truth, f"sampled: CHURN: {name} {ours}, by truth {truth}")
checks.check(column("CHURN", "live_bytes") == 0, "sampled: CHURN: all is freed")
# 4 standard errors instead of 2: one run in 16 000 is beyond.
interval = column("CHURN", "alloc_ci_bytes")
error = abs(column("CHURN", "alloc_bytes") - 1000 * size)
checks.check(0 < error <= 2 * interval < 1000 * size, f"sampled: CHURN: within twice its interval: {error}, {interval}")
temporary = column("CHURN", "temporary")
checks.check(temporary == column("CHURN", "allocs"), f"sampled: CHURN: {temporary} freed before the next allocation")
codes = [note["code"] for note in profile.data["notes"]]
checks.check("heap-sampled" in codes, f"that it is sampled is noted: {codes}")
checks.finish()
