#!/usr/bin/env python3
"""Mispredicted jumps through a table, past lines that never run: those have no time at all."""
from truth import run

checks, profile, source = run("jump_table.c")
checks.check(profile.share("pick") > 0.9, f"pick() has {profile.share('pick'):.1%} of the program")
for number in source.lines("NEVER"):
    time = profile.lines("jump_table.c", number, "time_ns")
    checks.check(time == 0, f"line {number} never runs and has {time} ns")
checks.finish()
