#!/usr/bin/env python3
"""Processes and threads apart: their names, their shares, and that they add up."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from lprof_json import Checks, record, report  # noqa: E402

UNITS = {"red": 4, "blue": 2, "green": 3, "workers": 1}


def time_of(group):
    return sum(line["self_ns"] for f in group["functions"] for line in f["lines"])


def main():
    lprof, program = sys.argv[1:3]
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        run, path = record(lprof, folder, [program])
        threads, processes = report(lprof, "--thread", path), report(lprof, "--process", path)
        text = subprocess.run([lprof, "report", "--thread", "--view", "summary", path], check=True,
                              capture_output=True, text=True).stdout
    pids = {name: int(pid) for name, pid in (line.split() for line in run.stdout.decode().splitlines())}
    sampled = threads.meta["sampled_ns"]
    for split in (threads, processes):
        split.check_sums(checks)
        total = sum(time_of(group) for group in split.data["groups"])
        checks.check(total == sampled, f"{len(split.data['groups'])} groups add up to sampled_ns: {total} and {sampled}")

    large = {group["name"]: group for group in threads.data["groups"] if time_of(group) > 0.05 * sampled}
    checks.check(large.keys() == UNITS.keys(), f"threads: {', '.join(large)}")
    for name, units in UNITS.items():
        share = time_of(large[name]) / sampled
        checks.check(abs(share - units / 10) <= 0.03, f"{name}: {share:.1%}, by truth {units / 10:.0%}")
        parent = pids["parent"] if name in ("red", "blue") else pids["child"]
        checks.check(large[name]["pid"] == parent, f"{name} is of process {large[name]['pid']}")
        heading = f"\nThread {name} (pid {parent}, tid {large[name]['tid']})   "
        checks.check(heading in text, f"its section is headed {heading.strip()}")
    shares = {group["pid"]: time_of(group) / sampled for group in processes.data["groups"]}
    checks.check(shares.keys() == set(pids.values()), f"processes: {shares.keys()}")
    checks.check(abs(shares[pids["parent"]] - 0.6) <= 0.03, f"the first has {shares[pids['parent']]:.1%}, by truth 60 %")
    checks.check(all(group["tid"] is None for group in processes.data["groups"]), "processes have no thread id")
    checks.finish()


if __name__ == "__main__":
    main()
