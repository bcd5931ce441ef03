#!/usr/bin/env python3
"""Programs by csmith, counted exactly: every instruction as often as callgrind sees it executed.

usage: csmith_programs.py BLOCK_COUNTS COMPILER [--seed N] [--programs N] [--keep FOLDER]

Each is built at one of the levels of optimization; all are linked into one program, which runs them one after another.
"""
import argparse
import glob
import os
import shutil
import subprocess
import sys
import tempfile

import blocks_by_callgrind

LEVELS = ["-O0", "-O1", "-O2", "-O3", "-Os"]
SIZE = ["--max-funcs", "5", "--max-block-depth", "3", "--max-expr-complexity", "6", "--no-argc"]
RUNS_S = 1  # Those that run longer are left out: some never end.

DRIVER = """
#include <stdio.h>
%s
int main(void)
{
%s    return 0;
}
"""


def header_folder():
    found = sorted(glob.glob("/usr/include/csmith*"))
    return found[0] if found else None


def make_one(options, seed, level, folder):
    """The object file of one program, its main() called main_SEED; None when it runs for too long."""
    path = os.path.join(folder, f"c{seed}")
    text = subprocess.run(["csmith", "--seed", str(seed), *SIZE], capture_output=True, check=True, cwd=folder).stdout
    with open(path + ".c", "wb") as out:
        out.write(text)
    command = [options.compiler, "-g", "-w", "-gdwarf-4", "-fno-pie", level, "-I", header_folder()]
    subprocess.run([*command, "-c", f"-Dmain=main_{seed}", path + ".c", "-o", path + ".o"], check=True)
    link(options, folder, [seed], path)
    try:
        subprocess.run([path], timeout=RUNS_S, stdout=subprocess.DEVNULL, check=True)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return False
    return True


def link(options, folder, seeds, program):
    with open(program + "_main.c", "w", encoding="ascii") as out:
        out.write(DRIVER % ("".join(f"int main_{seed}(void);\n" for seed in seeds),
                            "".join(f"    main_{seed}();\n" for seed in seeds)))
    subprocess.run([options.compiler, "-g", "-w", "-gdwarf-4", "-no-pie", program + "_main.c",
                    *(os.path.join(folder, f"c{seed}.o") for seed in seeds), "-o", program], check=True)


def failing(options, folder, seeds):
    """Those of the programs that fail by themselves."""
    bad = []
    for seed in seeds:
        program = os.path.join(folder, f"c{seed}")
        wrong = [text for text in blocks_by_callgrind.check(options.block_counts, [program]) if "too little" not in text]
        if wrong:
            bad.append(seed)
            print(f"FAILED --seed {seed} --programs 1: {wrong[0]}")
    return bad


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("block_counts", type=os.path.abspath)
    parser.add_argument("compiler")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--programs", type=int, default=25)
    parser.add_argument("--keep", help="leave the programs there")
    options = parser.parse_args()
    for tool in ("csmith", "valgrind", options.compiler):
        if not shutil.which(tool):
            print(f"skipped: {tool} is not installed")
            return 77
    if not header_folder():
        print("skipped: csmith.h is not installed")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        folder = options.keep or folder
        seeds = []
        seed = options.seed
        while len(seeds) < options.programs:
            if make_one(options, seed, LEVELS[seed % len(LEVELS)], folder):
                seeds.append(seed)
            seed += 1
        program = os.path.join(folder, "all")
        link(options, folder, seeds, program)
        failures = blocks_by_callgrind.check(options.block_counts, [program])
        print("\n".join(failures[:30]))
        if failures and len(seeds) > 1:
            failing(options, folder, seeds)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
