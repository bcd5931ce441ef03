#!/usr/bin/env python3
"""A process, its fork, and a child that executes the program again."""
from truth import run

checks, profile, source = run("forks.c", status=7)
checks.check(profile.meta["processes"] == 3, f"{profile.meta['processes']} processes, 3 by truth")
for name, share in (("parent", 0.5), ("child", 0.3), ("again", 0.2)):
    ours = profile.share(name)
    checks.check(abs(ours - share) <= 0.04, f"{name}(): {ours:.1%}, by truth {share:.0%}")
checks.finish()
