#!/usr/bin/env python3
"""A program that has an allocator of its own: what that hands out is not seen, and said; what it maps is."""
from truth import run

for how in ("full", "sampled"):
    checks, profile, source = run("memory/own_malloc.c", options=("--memory", f"--alloc={how}", "-F", "0"))
    checks.check(source.output == "done\n", f"{how}: it printed {source.output!r}")
    mapped = profile.lines("own_malloc.c", source.line("MAP"), "alloc_bytes")
    checks.check(mapped == 8 << 20, f"{how}: it mapped {mapped}")
    checks.check(profile.meta["alloc_bytes"] == mapped, f"{how}: nothing else was allocated")
    notes = {note["code"]: note["text"] for note in profile.data["notes"]}
    checks.check("allocator of its own" in notes.get("heap-unseen", ""), f"{how}: it is said: {notes.get('heap-unseen')}")
    if checks.failures:
        break
checks.finish()
