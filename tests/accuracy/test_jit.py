#!/usr/bin/env python3
"""Code made at run time: named by its process's map, and its callers found by frame pointers."""
import os

from tree import Tree
from truth import run

checks, profile, source = run("stacks/jit.c")
tree = Tree(checks, profile, "jit.c", 4)
tree.function("main", 4, 0)
tree.function("long_code", 3, 3)
tree.function("short_code", 1, 1)
tree.call("call_long", "long_code", 3)
tree.call("call_short", "short_code", 1)
tree.call("main", "call_long", 3)
os.unlink(source.output.strip())
checks.finish()
