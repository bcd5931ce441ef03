#!/usr/bin/env python3
"""Programs that misuse their heap, or use it where others do not, end as they do without lprof."""
import subprocess
import sys
import tempfile

from truth import Checks, record, report

lprof, program = sys.argv[1:3]
checks = Checks()
# Allocations that are known, of those that live to tell.
TRUTH = {"handlers": 3000, "twice": None, "foreign": None, "overflow": None, "leave": 1000, "nothing": None}

for what, allocs in TRUTH.items():
    bare = subprocess.run([program, what], stdin=subprocess.DEVNULL, capture_output=True)
    status = 128 - bare.returncode if bare.returncode < 0 else bare.returncode
    for how in ("full", "sampled"):
        with tempfile.TemporaryDirectory() as folder:
            run, path = record(lprof, folder, [program, what], ("--memory", f"--alloc={how}", "-F", "0"), timeout=60)
            checks.check(run.returncode == status, f"{what}, {how}: status {run.returncode}, by itself {status}")
            checks.check(run.stdout == bare.stdout, f"{what}, {how}: it printed {run.stdout}")
            said = [line for line in run.stderr.splitlines() if not line.startswith(b"lprof:")]
            checks.check(said == bare.stderr.splitlines(), f"{what}, {how}: it said {said}, by itself {bare.stderr}")
            profile = report(lprof, path)
            if allocs and how == "full":
                own = sum(f["own_alloc_bytes"] > 0 for f in profile.functions)
                checks.check(own > 0 and profile.meta["allocs"] >= allocs,
                             f"{what}: {profile.meta['allocs']} allocations, {allocs} of the program's own")
            lost = [note["code"] for note in profile.data["notes"] if note["code"] == "heap-lost"]
            checks.check(not lost, f"{what}, {how}: nothing was lost: {lost}")
checks.finish()
