#!/usr/bin/env python3
"""The environment of a program whose heap is told of, and of those that it runs, is as without lprof; and those are told
of, too, however they are run.

usage: test_environment.py LPROF PROGRAM, PROGRAM being the fixture heap
"""
import glob
import os
import subprocess
import sys
import tempfile

from truth import Checks, marked_lines, record, report

lprof, program = sys.argv[1:3]
checks = Checks()
source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "fixtures", "memory", "heap.c")
(leak,) = marked_lines(source, "LEAK")
libc = (glob.glob("/lib/*/libc.so.6") + glob.glob("/lib64/libc.so.6"))[0]
PYTHON = [sys.executable, "-c"]


def run(command, folder, environment, options=()):
    return record(lprof, folder, command, ("--memory", "--alloc=full", "-F", "0", *options), env=environment)


clean = {name: value for name, value in os.environ.items() if name not in ("LD_PRELOAD", "_")}
for preload in (None, libc, libc + " " + libc, ""):
    environment = dict(clean) if preload is None else dict(clean, LD_PRELOAD=preload)
    for command in (["env"], ["sh", "-c", "env; env"], PYTHON + ["import os; print(dict(os.environ)); os.system('env')"],
                    PYTHON + ["import subprocess; subprocess.run(['env']); print(subprocess.getoutput('env'))"]):
        for options in ((), ("--no-children",)):
            with tempfile.TemporaryDirectory() as folder:
                bare = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=environment)
                ours, _ = run(command, folder, environment, options)
                checks.check(bare.stdout == ours.stdout, f"{command}, LD_PRELOAD {preload}, {options}")
                if bare.stdout != ours.stdout:
                    print("by itself", sorted(set(bare.stdout.splitlines()) - set(ours.stdout.splitlines())),
                          "under lprof", sorted(set(ours.stdout.splitlines()) - set(bare.stdout.splitlines())))

# Each way of running others, and how many times.
WAYS = {
    "sh": (["sh", "-c", f"{program}; {program} & wait; exec {program}"], 3),
    "exec": (PYTHON + [f"import os; os.execl('{program}', 'heap')"], 1),
    "spawn": (PYTHON + [f"import os; os.waitpid(os.posix_spawn('{program}', ['heap'], os.environ), 0)"], 1),
    "system": (PYTHON + [f"import os; os.system('{program}'); os.popen('{program}').read()"], 2),
    "env": (["env", program], 1),
}
for name, (command, times) in WAYS.items():
    with tempfile.TemporaryDirectory() as folder:
        _, path = run(command, folder, clean)
        allocs = report(lprof, path).lines("heap.c", leak, "allocs")
        checks.check(allocs == 10 * times, f"{name}: {allocs} allocations on a line, by truth {10 * times}")
        _, path = run(command, folder, clean, ("--no-children",))
        allocs = report(lprof, path).lines("heap.c", leak, "allocs")
        own = 10 if name in ("sh", "exec", "env") else 0  # The same process goes on as the program.
        checks.check(allocs in (0, own), f"{name}: {allocs} allocations without children")
checks.finish()
