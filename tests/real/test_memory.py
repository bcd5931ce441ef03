#!/usr/bin/env python3
"""The heap of a real program beside valgrind's memcheck and massif, and heaptrack: equal when all is counted, within the
interval when it is sampled.

usage: test_memory.py LPROF CACHE PROGRAM
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from lprof_json import Checks, record, report, skip  # noqa: E402

# Its state is not closed at the end: all of it is leaked.
LUA = """
local all = {}
for i = 1, 20000 do
  all[i % 1000 + 1] = {i, tostring(i)}
end
print(#all)
os.exit(true, false)
"""
SQL = """
create table t(a, b text);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000)
insert into t select i, printf('%d and more of it', i * 7) from n;
create index x on t(b);
select count(*), sum(length(b)) from t where b like '%9%';
"""


def command_of(program, cache, folder):
    path = os.path.join(cache, "bin", program)
    if program == "lua":
        script = os.path.join(folder, "work.lua")
        with open(script, "w") as file:
            file.write(LUA)
        return [path, script]
    return [path, ":memory:", SQL]


def output_of(command, folder):
    run = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return run.stdout + run.stderr


def number(text, pattern):
    return [int(group.replace(",", "")) for group in re.search(pattern, text).groups()]


def memcheck(command, folder):
    """(allocations, frees, bytes, leaked bytes)"""
    text = output_of(["valgrind", "--run-libc-freeres=no", "--run-cxx-freeres=no", "--leak-check=no", *command], folder)
    leaked, _ = number(text, r"in use at exit: ([\d,]+) bytes in ([\d,]+) blocks")
    return [*number(text, r"total heap usage: ([\d,]+) allocs, ([\d,]+) frees, ([\d,]+) bytes"), leaked]


def massif_peak(command, folder):
    out = os.path.join(folder, "massif.out")
    output_of(["valgrind", "--tool=massif", "--peak-inaccuracy=0.0", "--heap-admin=0", "--massif-out-file=" + out,
               *command], folder)
    with open(out) as file:
        return max(int(size) for size in re.findall(r"mem_heap_B=(\d+)", file.read()))


def heaptrack(command, folder):
    """(allocations, leaked allocations, temporary allocations)"""
    text = output_of(["heaptrack", "-o", os.path.join(folder, "heaptrack"), *command], folder)
    return [number(text, name + r":\s+(\d+)")[0] for name in ("\\sallocations", "leaked allocations", "temporary allocations")]


def totals(lprof, command, folder, *options):
    run, path = record(lprof, folder, command, ("--memory", "-F", "0", *options))
    if run.returncode:
        sys.exit(f"{command} failed with {run.returncode}: {run.stderr.decode()}")
    return report(lprof, path).meta


lprof, cache, program = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3]
if not shutil.which("valgrind"):
    skip("valgrind is not installed")
checks = Checks()
with tempfile.TemporaryDirectory() as folder:
    command = command_of(program, cache, folder)
    full = totals(lprof, command, folder, "--alloc=full")
    truth = memcheck(command, folder)
    ours = [full[name] for name in ("allocs", "frees", "alloc_bytes", "live_bytes")]
    checks.check(ours == truth, f"allocations, frees, bytes, leaked: {ours}, by memcheck {truth}")
    peak = massif_peak(command, folder)
    # By massif it varies by half a percent from run to run.
    checks.check(abs(full["peak_bytes"] - peak) <= peak / 50, f"at the peak: {full['peak_bytes']}, by massif {peak}")
    checks.check(full["alloc_ci_bytes"] == 0, "what is counted has no interval")
    if shutil.which("heaptrack"):
        # It counts one of its own.
        theirs = heaptrack(command, folder)
        ours = [full["allocs"], full["allocs"] - full["frees"], full["temporary"]]
        near = [abs(a - b) <= 2 for a, b in zip(ours, theirs)]
        checks.check(all(near), f"allocations, leaked ones, temporary ones: {ours}, by heaptrack {theirs}")
    sampled = totals(lprof, command, folder, "--alloc=sampled")
    for name, interval in (("alloc_bytes", "alloc_ci_bytes"), ("live_bytes", "live_ci_bytes")):
        # Nothing may have been taken.
        ours, half = sampled[name] or 0, sampled[interval] or 0
        error = abs(ours - full[name])
        # An interval of twice the width is missed once in 16 000 runs; few samples say little of their own interval.
        room = 2 * half + 4 * 512 * 1024
        checks.check(error <= room, f"sampled: {name} {ours} ± {half}, by truth {full[name]}")
checks.finish()
