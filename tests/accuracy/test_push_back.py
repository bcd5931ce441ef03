#!/usr/bin/env python3
"""std::vector::push_back, inlined several deep: the library's headers have `self`, the line that calls `inlined`."""
from truth import run

checks, profile, source = run("inlined/push_back.cpp")
total = profile.total_ns("fill")
call = source.line("CALL")
time = profile.lines("push_back.cpp", call, "time_ns")
inlined = profile.lines("push_back.cpp", call, "inlined_ns")
checks.check(profile.share("fill") >= 0.9, f"fill() has {profile.share('fill'):.1%} of the program")
both = time + profile.lines("push_back.cpp", call - 1, "time_ns")
checks.check(both >= 0.99 * total, f"the loop's two lines have {both / max(total, 1):.1%} of fill()")
checks.check(inlined >= 0.95 * time > 0, f"{inlined / max(time, 1):.1%} of the line that calls is inlined")
headers = sum(time for (file, _), time in profile.self_by_line(source.module).items() if file != "push_back.cpp")
checks.check(abs(headers - inlined) <= 0.02 * total, f"the library's headers have {headers} ns, inlined {inlined} ns")
checks.finish()
