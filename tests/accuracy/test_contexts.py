#!/usr/bin/env python3
"""Coroutines, small stacks, the stack for signals, and code without call frame information."""
from tree import Tree
from truth import run

UNITS = 3 + 1 + 2 + 2 + 2 + 2

checks, profile, source = run("stacks/contexts.c")
tree = Tree(checks, profile, "contexts.c", UNITS)
tree.function("ping", 3, 3)
tree.function("pong", 1, 1)
tree.call("ping_for_ever", "ping", 3)
tree.call("pong_for_ever", "pong", 1)
tree.function("small", 2, 2)
tree.call("start_thread", "small", 2)
tree.function("handler", 2, 2)
tree.function("framed", 2, 2)
tree.call("nocfi_framed", "framed", 2)
tree.function("call_framed", 2)
tree.function("lost", 2, 2)
tree.call("nocfi_bare", "lost", 2)
tree.function("call_bare", 0)
# main() is seen only where its own stack is, and the way to it is told.
tree.function("main", 2)
cut = sum(note["count"] for note in profile.data["notes"] if note["code"] == "stacks-cut")
share, truth = cut / profile.meta["samples"], (2 + 2) / UNITS
checks.check(abs(share - truth) <= 0.05, f"stacks cut: {share:.1%}, by truth {truth:.1%}")
checks.finish()
