#!/usr/bin/env python3
"""C++'s operators new and delete, of the C++ library and of allocators that have their own: each counts once."""
import glob
import os

from truth import run

TRUTH = {"ONE": (1, 120, 120), "MANY": (1, 1200, 1200), "WIDE": (1, 192, 192), "WIDES": (1, 384, 384),
         "MAYBE": (1, 120, 120), "SIZED": (1, 56, 56), "PERHAPS": (1, 192, 192), "LEAK": (1, 333, 0)}
ALLOCATORS = ("libjemalloc.so.2", "libtcmalloc_minimal.so.4", "libmimalloc.so.2")

tried = 0
for allocator in (None, *ALLOCATORS):
    if allocator:
        found = glob.glob(f"/usr/lib/*/{allocator}") + glob.glob(f"/usr/lib64/{allocator}")
        if not found:
            print(f"skipped: {allocator} is not installed")
            continue
        os.environ["LD_PRELOAD"] = found[0]
    for how in ("full", "sampled"):
        checks, profile, source = run("memory/operators.cpp", options=("--memory", f"--alloc={how}", "-F", "0"))
        checks.check(source.output == "done\n", f"{allocator}, {how}: it printed {source.output!r}")
        for marker, truth in TRUTH.items() if how == "full" else ():
            ours = tuple(profile.lines("operators.cpp", source.line(marker), name)
                         for name in ("allocs", "alloc_bytes", "freed_bytes"))
            checks.check(ours == truth, f"{allocator}: {marker}: {ours}, by truth {truth}")
        if checks.failures:
            checks.finish()
        tried += 1
print(f"{tried} runs")
checks.finish()
