#!/usr/bin/env python3
"""A pointer chase: the line of the load has its loop's time, not the line behind it."""
from truth import run

checks, profile, source = run("chase.c")
load = profile.lines("chase.c", source.line("LOAD"), "self_ns")
total = profile.total_ns("chase")
checks.check(total > 0.5 * profile.meta["sampled_ns"], f"chase() has {profile.share('chase'):.1%} of the program")
checks.check(load >= 0.98 * total, f"the load's line has {load / max(total, 1):.2%} of chase(), at least 98 % by truth")
checks.finish()
