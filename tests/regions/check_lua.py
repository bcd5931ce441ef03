#!/usr/bin/env python3
"""Regions around the parser and the garbage collector of Lua take as long as those functions do.

usage: check_lua.py LPROF CACHE
"""
import glob
import math
import os
import subprocess
import sys

import regions

FUNCTIONS = {"parser": "luaY_parser", "collector": "luaC_step"}


def build():
    source = os.path.join(sys.argv[2], "lua", "src")
    command = ["gcc", "-O2", "-g", "-DLUA_USE_POSIX", "-w", "-I", regions.INCLUDE, "-o", "lua",
               *(f"-Wl,--wrap={name}" for name in FUNCTIONS.values()), f"{regions.HERE}/lua_regions.c",
               *(path for path in glob.glob(f"{source}/*.c") if not path.endswith("/luac.c")), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_regions_of_lua(lprof):
    build()
    program = ["./lua", f"{regions.HERE}/regions.lua"]
    made = regions.record(lprof, "p.lprof", *program)
    for name, function in FUNCTIONS.items():
        # The collector runs inside of the parser, too.
        same = [region for region in made["regions"] if region["name"] == name]
        region = {key: sum(one[key] for one in same) for key in ("calls", "cpu_ns", "samples")}
        # By the stacks of the same samples.
        total = next(one["cumtime_ns"] for one in made["functions"] if one["name"] == function)
        assert abs(region["cpu_ns"] - total) < 0.02 * total, (name, region, total)
        # The longjmp out of a failed parse ends the region.
        assert name != "parser" or region["calls"] == 121, region
        inside = regions.record(lprof, "i.lprof", *program, options=["--inside", function])["meta"]
        # Both are estimates, and so are the runs' own speeds.
        interval = 1.96 * math.sqrt(2 * max(region["samples"], 1)) / max(region["samples"], 1) + 0.05
        assert abs(inside["sampled_ns"] / region["cpu_ns"] - 1) < interval, (name, region, inside["sampled_ns"])
    alone = regions.report(lprof, "p.lprof", "--region", "collector")
    assert any(one["name"] == "propagatemark" or "sweep" in one["name"] for one in alone["functions"])
    assert not any(one["name"] == "luaY_parser" and one["tottime_ns"] for one in alone["functions"])


if __name__ == "__main__":
    if not os.path.isdir(os.path.join(sys.argv[2], "lua", "src")):
        print(f"skip: the source of Lua is not in {sys.argv[2]}: tests/real/get_program.sh fetches it")
        sys.exit(77)
    sys.exit(regions.Tests(sys.modules[__name__]).run())
