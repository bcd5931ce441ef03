#!/usr/bin/env python3
"""Libraries that are unloaded between samples, and others that take their place."""
from tree import Tree
from truth import run

checks, profile, source = run("stacks/unloads.c")
# What loading takes is little, but not nothing.
tree = Tree(checks, profile, "unloads.c", 4)
work = profile.total_ns("first") + profile.total_ns("second")
share = profile.total_ns("first") / work
checks.check(abs(share - 3 / 4) <= 0.02, f"first() has {share:.2%} of the work, by truth 75 %")
checks.check(work >= 0.9 * profile.meta["sampled_ns"], f"the work is {work / profile.meta['sampled_ns']:.1%} of all")
tree.function("use", 4)
tree.function("main", 4)
modules = {f["module"] for f in profile.named("first") + profile.named("second")}
checks.check(modules == {"unloads.first.so", "unloads.second.so"}, f"modules: {modules}")
checks.finish()
