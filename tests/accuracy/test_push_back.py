#!/usr/bin/env python3
"""std::vector::push_back, inlined several deep: the line that calls it has the loop's time."""
from truth import run

checks, profile, source = run("inlined/push_back.cpp")
time = profile.lines("push_back.cpp", source.line("CALL"), "time_ns")
total = profile.total_ns("fill")
checks.check(total > 0, f"fill() has {total / profile.meta['sampled_ns']:.1%} of the program")
checks.check(time >= 0.8 * total, f"the line that calls has {time / max(total, 1):.1%} of fill(), at least 80 % by truth")
checks.finish()
