#!/usr/bin/env python3
"""Work in step with the clock: shares within two points of what the program measured of itself."""
from truth import run

checks, profile, source = run("phases.c")
truth = [line.split() for line in source.output.splitlines()]
checks.check([name for name, _ in truth] == ["large", "middle", "small"], "the program told its shares")
total = sum(profile.total_ns(name) for name, _ in truth)
for name, share in truth:
    ours = profile.total_ns(name) / total
    checks.check(abs(ours - float(share)) <= 0.02, f"{name}(): {ours:.2%}, by the thread's clock {float(share):.2%}")
checks.finish()
