#!/usr/bin/env python3
"""Four threads with known shares."""
from truth import run

checks, profile, source = run("threads.c")
checks.check(profile.meta["threads"] == 5, f"{profile.meta['threads']} threads, 5 by truth")
checks.check(profile.meta["processes"] == 1, f"{profile.meta['processes']} process")
for name, share in (("first", 0.4), ("second", 0.3), ("third", 0.2), ("fourth", 0.1)):
    ours = profile.share(name)
    checks.check(abs(ours - share) <= 0.04, f"{name}(): {ours:.1%}, by truth {share:.0%}")
checks.finish()
