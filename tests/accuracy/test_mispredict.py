#!/usr/bin/env python3
"""Mispredicted branches over a line that never runs: it has no time at all."""
from truth import run

checks, profile, source = run("mispredict.c")
checks.check(profile.share("skip") > 0.5, f"skip() has {profile.share('skip'):.1%} of the program")
for number in source.lines("NEVER"):
    time = profile.lines("mispredict.c", number, "time_ns")
    checks.check(time == 0, f"line {number} never runs and has {time} ns")
checks.finish()
