#!/usr/bin/env python3
"""Recursion, mutual recursion, inlining three deep, tail calls, callbacks from libc."""
from tree import Tree
from truth import run

checks, profile, source = run("stacks/trees.c")
compare = float(source.output.split()[1])
tree = Tree(checks, profile, "trees.c", 5 + 6 + 6 + 4 + 2 * compare)
tree.function("main", tree.units, 0)

tree.function("down", 5, 5)
tree.call("main", "down", 5)
tree.call("down", "down", 4)
tree.line(source.line("DOWN"), called=4)
tree.line(source.line("DOWN_WORK"), self_units=5)

tree.function("even", 6, 3)
tree.function("odd", 5, 3)
tree.call("main", "even", 6)
tree.call("even", "odd", 5)
tree.call("odd", "even", 4)
tree.line(source.line("TO_ODD"), called=5)
tree.line(source.line("TO_EVEN"), called=4)

tree.function("host", 6, 6)
tree.function("first", 6)
tree.function("second", 5)
tree.function("third", 3)
tree.call("host", "first", 6)
tree.call("first", "second", 5)
tree.call("second", "third", 3)
tree.line(source.line("TO_FIRST"), inlined=6)
tree.line(source.line("TO_SECOND"), inlined=5)
tree.line(source.line("TO_THIRD"), inlined=3)
tree.line(source.line("FIRST"), self_units=1)
tree.line(source.line("SECOND"), self_units=2)
tree.line(source.line("THIRD"), self_units=3)

tree.function("outer", 4, 0)
tree.function("middle", 1, 1)
tree.function("last", 3, 3)
tree.call("outer", "middle", 1)
tree.call("outer", "last", 3)
tree.line(source.line("TO_MIDDLE"), called=4)
tree.line(source.line("LAST"), self_units=3)

tree.function("sort", compare, 0)
tree.function("compare", compare, compare)
tree.call("main", "sort", compare)
tree.line(source.line("TO_QSORT"), called=compare)
tree.line(source.line("COMPARE"), self_units=compare)
tree.function("even_out", compare, compare)
checks.finish()
