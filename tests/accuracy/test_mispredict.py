#!/usr/bin/env python3
"""Mispredicted jumps over lines that never run: those lines have no time at all."""
from truth import run

checks, profile, source = run("mispredict.c")
for name in ("pick", "skip"):
    checks.check(profile.share(name) > 0.1, f"{name}() has {profile.share(name):.1%} of the program")
for number in source.lines("NEVER"):
    time = profile.lines("mispredict.c", number, "time_ns")
    checks.check(time == 0, f"line {number} never runs and has {time} ns")
checks.finish()
