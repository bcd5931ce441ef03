#!/usr/bin/env python3
"""A hot line in a header: `inlined` at the line that calls, `self` in the header."""
from truth import run

checks, profile, source = run("inlined/inlined.c")
sampled = profile.meta["sampled_ns"]
call = source.line("CALL")
inlined = profile.lines("inlined.c", call, "inlined_ns")
time = profile.lines("inlined.c", call, "time_ns")
checks.check(time >= 0.9 * sampled, f"the call's line has {time / sampled:.1%} of the program, at least 90 % by truth")
checks.check(inlined >= 0.9 * time, f"{inlined / max(time, 1):.1%} of that is inlined")

header = sum(time for (file, _), time in profile.self_by_line().items() if file == "bag.h")
checks.check(abs(header - inlined) <= 0.02 * sampled, f"the header's lines have {header} ns, inlined {inlined} ns")
pushed = profile.total_ns("bag_push")
checks.check(abs(pushed - header) <= 0.02 * sampled, f"bag_push() has an entry of its own with {pushed} ns")
hot = profile.lines("bag.h", source.line_of("bag.h", "HOT"), "self_ns")
checks.check(hot >= 0.5 * header, f"{hot / max(header, 1):.1%} of the header's time is on the line that divides")
checks.finish()
