#!/usr/bin/env python3
"""Exceptions: destructors and handlers that work while one passes."""
from tree import Tree
from truth import run

checks, profile, source = run("stacks/catches.cpp")
tree = Tree(checks, profile, "catches.cpp", 3 + 3 + 1 + 3)
tree.function("main", 10, 0)
tree.function("guard", 7, 1)
tree.function("risky", 6, 3)
tree.function("Tidy::~Tidy", 3, 3)
tree.function("calm", 3, 3)
tree.call("guard", "risky", 6)
tree.call("risky", "Tidy::~Tidy", 3)
tree.line(source.line("TRY"), called=6)
tree.line(source.line("CATCH"), self_units=1)
tree.line(source.line("TIDY"), self_units=3)
tree.line(source.line("RISKY"), self_units=3)
checks.finish()
