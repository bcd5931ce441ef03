#!/usr/bin/env python3
"""Threads that free each other's memory, forks meanwhile, and an end while a thread allocates: nothing is lost."""
from truth import run

ALLOCS = 4 * 10000

for how in ("full", "sampled"):
    checks, profile, source = run("memory/heap_threads.c", options=("--memory", f"--alloc={how}", "-F", "0"))
    checks.check(source.output == "done\n", f"{how}: it printed {source.output!r}")
    if how == "full":
        for marker, allocs, size, freed in (("SHARED", ALLOCS, 100, 100), ("CHILD", 10, 300, 0)):
            ours = [profile.lines("heap_threads.c", source.line(marker), name)
                    for name in ("allocs", "alloc_bytes", "freed_bytes")]
            truth = [allocs, allocs * size, allocs * freed]
            checks.check(ours == truth, f"{marker}: {ours}, by truth {truth}")
    lost = [note["count"] for note in profile.data["notes"] if note["code"] == "heap-lost"]
    checks.check(sum(lost) <= 2, f"{how}: {lost} records lost, at most the one that was being written at the end")
    if checks.failures:
        break
checks.finish()
