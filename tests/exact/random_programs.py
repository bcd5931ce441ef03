#!/usr/bin/env python3
"""Random programs counted exactly: they behave as alone, and every count is that of --mode step.

Stepping is slow: what is compared with it are a few rounds, and more of them behave as alone.

usage: random_programs.py LPROF COMPILER [--seed N] [--cases N] [--build N] [--rounds N] [--keep FOLDER]

The cases of random_code.py, shared out over builds at every level of optimization, each with options of its own.
Of a build that fails, functions are left out until one is left that fails by itself. Refusing a function is no
failure, unless too many are.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

import random_code
from counts import base_name, counts_of, differences, missing_of, record, refused_of

LEVELS = ["-O0", "-O1", "-O2", "-O3", "-Os"]
# Functions as small as these are refused by the dozen where nothing lies between them.
KINDS = [["-falign-functions=16", *kind]
         for kind in ([], ["-no-pie", "-fno-pie"], ["-fcf-protection"], ["-fno-plt", "-fno-omit-frame-pointer"],
                      ["-march=native"])]
LEAST_COUNTED = 0.98
LEAST_HITS = 10**6
MORE_ROUNDS = 1000


class Build:
    def __init__(self, options, number, folder):
        self.options = options
        level, kind = LEVELS[number % len(LEVELS)], KINDS[(number + number // len(LEVELS)) % len(KINDS)]
        self.cxx = number >= len(LEVELS)
        self.flags = [level, *kind]
        self.source = os.path.join(folder, "cases_drawn.cc" if self.cxx else "cases_drawn.c")
        self.program = os.path.join(folder, "program")
        self.saved = os.path.join(folder, "program.lprof")

    def make(self, cases):
        with open(self.source, "w", encoding="ascii") as out:
            out.write(random_code.source(self.options.seed, cases, self.cxx))
        compiler = self.options.compiler
        if self.cxx:
            compiler = {"gcc": "g++", "clang": "clang++"}[compiler]
        subprocess.run([compiler, "-g", "-w", *self.flags, self.source, "-o", self.program], check=True)
        self.set_rounds(self.options.rounds)

    def set_rounds(self, rounds):
        self.rounds = str(rounds)
        self.alone = subprocess.run([self.program, self.rounds], capture_output=True, timeout=60)
        assert self.alone.returncode >= 0, f"the program itself fails: {self.alone}"

    def count(self, mode, chosen=()):
        chosen = chosen or ("--source", "*/" + base_name(self.source))
        return record(self.options.lprof, mode, chosen, self.program, self.saved, [self.rounds])

    def try_exact(self, chosen=()):
        """(what is wrong with the run, its report)."""
        try:
            run, report = self.count("exact", chosen)
        except subprocess.TimeoutExpired:
            return "it hangs", None
        except subprocess.CalledProcessError:
            return "there is no report", None
        if (run.stdout, run.returncode) != (self.alone.stdout, self.alone.returncode):
            return f"status {run.returncode}, not {self.alone.returncode}, or another output", report
        return None, report


def choose(functions):
    return [part for function in functions for part in ("-f", function["linkage_name"] or function["name"])]


def smallest(functions, fails):
    """Fewer functions that fail: one, where one does by itself."""
    while len(functions) > 1:
        half = len(functions) // 2
        for part in (functions[:half], functions[half:]):
            if fails(part):
                functions = part
                break
        else:
            break
    return functions


def problem(build, truth, chosen=()):
    """(what is wrong with counting some functions, how many hits there were, which functions were refused)."""
    wrong, report = build.try_exact(chosen)
    if wrong:
        return wrong, 0, set()
    counts = counts_of(report, build.source)
    missing = missing_of(counts, truth)
    partial = {f["name"] for f in report["functions"] if f["counted"] == "partial"}
    found = differences(counts, truth, missing | partial)
    texts = [text for name, texts in found.items() for text in texts if not chosen or name in counts[1]]
    # A function without calls may be all inlined into others.
    refused = {name for name in missing if truth[1][name]}
    if not chosen and len(refused) > refused_of(report):
        texts.append(f"{len(refused)} functions are not counted, {refused_of(report)} are said to be")
    return "\n".join(texts[:20]), sum(hits for hits, _ in counts[0].values()), refused


def check(build):
    """(what is wrong, how many functions there are, names of those refused, how many hits)."""
    run, stepped = build.count("step")
    assert (run.stdout, run.returncode) == (build.alone.stdout, build.alone.returncode), "stepping changed the program"
    truth = counts_of(stepped, build.source)
    functions = [f for f in stepped["functions"] if f["counted"] and f["name"] in truth[1]]
    wrong, _, refused = problem(build, truth)
    fails = lambda part: problem(build, truth, choose(part))[0]
    hits = 0
    if not wrong:
        build.set_rounds(MORE_ROUNDS)
        wrong, report = build.try_exact()
        fails = lambda part: build.try_exact(choose(part))[0]
        hits = sum(hits for hits, _ in counts_of(report, build.source)[0].values()) if report else 0
    if wrong:
        wrong += "\nfails alone: " + ", ".join(f["name"] for f in smallest(functions, fails)[:10])
    return wrong, len(functions), refused, hits


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("lprof", type=os.path.abspath)
    parser.add_argument("compiler", choices=["gcc", "clang"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=225)
    parser.add_argument("--build", type=int, help="only this one")
    parser.add_argument("--rounds", type=int, default=3, help="of those that are stepped")
    parser.add_argument("--keep", help="leave source and program there")
    options = parser.parse_args()
    if not shutil.which(options.compiler):
        print(f"skipped: {options.compiler} is not installed")
        return 77
    n_builds = 2 * len(LEVELS)
    failed = functions = hits = 0
    refused = set()
    for number in range(n_builds) if options.build is None else [options.build]:
        with tempfile.TemporaryDirectory() as folder:
            build = Build(options, number, options.keep or folder)
            build.make(range(number, options.cases, n_builds))
            wrong, counted, without, more = check(build)
        if wrong:
            failed += 1
            print(f"FAILED --seed {options.seed} --build {number} ({options.compiler} {' '.join(build.flags)}): {wrong}")
        functions, hits = functions + counted, hits + more
        refused |= {f"{name} ({' '.join(build.flags)})" for name in without}
    print("\n".join(f"refused: {name}" for name in sorted(refused)))
    print(f"{n_builds} builds, {failed} failed; {functions} functions, {len(refused)} refused; {hits} hits")
    few = len(refused) <= (1 - LEAST_COUNTED) * functions
    enough = hits >= LEAST_HITS or options.build is not None
    return 0 if not failed and few and enough else 1


if __name__ == "__main__":
    sys.exit(main())
