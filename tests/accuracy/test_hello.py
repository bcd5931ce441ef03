#!/usr/bin/env python3
"""One hot line, by every kind of debug info: the line where there is one, the function, or the module."""
import os
import sys

from truth import run

name = os.path.basename(sys.argv[2])
checks, profile, source = run("hello.c")
sampled = profile.meta["sampled_ns"]
if name == "hello.stripped":
    share = profile.share(f"[{name}]")
    checks.check(share >= 0.95, f"the module has {share:.1%}")
elif name == "hello.nodebug":
    entries = profile.named("work")
    checks.check(profile.share("work") >= 0.95, f"work() has {profile.share('work'):.1%} by its symbol")
    checks.check(all(f["file"] is None and line["line"] == 0 for f in entries for line in f["lines"]),
                 "no file and line 0")
else:
    # The loop's counter is on the line of `for`, two lines above in the same loop.
    work = source.line("WORK")
    time = sum(profile.lines("hello.c", n, "self_ns") for n in (work - 1, work))
    checks.check(time >= 0.95 * sampled, f"the loop's lines have {time / sampled:.1%}")
checks.finish()
