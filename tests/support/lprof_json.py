"""Running lprof from a test, and reading its `report --format json`."""
import json
import os
import subprocess
import sys

SKIP = 77


def skip(reason):
    print("skipped:", reason)
    sys.exit(SKIP)


class Checks:
    """Collects what failed, so that one run shows all of it."""

    def __init__(self):
        self.failures = 0

    def check(self, ok, what):
        print("ok:" if ok else "FAILED:", what)
        self.failures += not ok
        return ok

    def finish(self):
        print(f"{self.failures} failed" if self.failures else "all hold")
        sys.exit(1 if self.failures else 0)


def perf_events_work():
    """Whether this machine lets `perf` sample a program: told apart from a fault of lprof."""
    try:
        run = subprocess.run(["perf", "record", "-q", "-e", "cpu-clock:u", "-o", os.devnull, "true"],
                             stdin=subprocess.DEVNULL, capture_output=True)
    except FileNotFoundError:
        return True
    return run.returncode == 0


def record(lprof, folder, argv, options=(), under=(), **run_options):
    """`lprof record`, started by the command `under`: (what the program printed and returned, its profile's path)."""
    path = os.path.join(folder, os.path.basename(argv[0]) + ".lprof")
    run_options.setdefault("stdin", subprocess.DEVNULL)
    run = subprocess.run([*under, lprof, "record", *options, "-o", path, "--", *argv], capture_output=True, **run_options)
    if run.returncode == 125 and not perf_events_work():
        skip("perf events are not permitted here: " + run.stderr.decode(errors="replace").strip())
    return run, path


def report(lprof, *arguments):
    """`lprof report --format json` of a profile."""
    run = subprocess.run([lprof, "report", "--format", "json", *arguments], stdin=subprocess.DEVNULL,
                         capture_output=True)
    if run.returncode != 0:
        sys.exit(f"lprof report failed with {run.returncode}: {run.stderr.decode(errors='replace')}")
    return Report(json.loads(run.stdout))


class Report:
    """The JSON, with the sums that tests ask for. Shares are of `sampled_ns`."""

    def __init__(self, data):
        self.data = data
        self.meta = data["meta"]
        self.functions = data["functions"]

    def named(self, name):
        """The entries of a function, by its name without parameters."""
        return [f for f in self.functions if f["name"].split("(")[0] == name]

    def total_ns(self, name):
        """Time in a function's own code and in what is inlined there; calls apart."""
        return sum(line["self_ns"] + line["inlined_ns"] for f in self.named(name) for line in f["lines"])

    def share(self, name):
        return self.total_ns(name) / self.meta["sampled_ns"]

    def lines(self, file_name, number, column="self_ns"):
        """What a source line has in a column, summed over the functions that have it."""
        return sum(line[column] for f in self.functions for line in f["lines"]
                   if line["line"] == number and base_name(line.get("file") or f["file"]) == file_name)

    def self_by_line(self, module=None):
        """{(base name of the file, line): self time}, in one module or in all."""
        sums = {}
        for f in self.functions:
            if module is None or f["module"] == module:
                for line in f["lines"]:
                    key = (base_name(line.get("file") or f["file"]), line["line"])
                    sums[key] = sums.get(key, 0) + line["self_ns"]
        return sums

    def check_sums(self, checks):
        """The invariants that hold for every profile."""
        total = sum(line["self_ns"] for f in self.functions for line in f["lines"])
        sampled = self.meta["sampled_ns"]
        checks.check(total == sampled, f"the self times of all lines add up to sampled_ns: {total} and {sampled}")
        own = sum(f["own_ns"] for f in self.functions)
        checks.check(own == sampled, f"the own times of all functions add up to sampled_ns: {own} and {sampled}")
        over = [f["name"] for f in self.functions for line in f["lines"] if line["time_ns"] > sampled]
        checks.check(not over, f"no line has more than everything sampled {over}")


def base_name(path):
    return os.path.basename(path) if path else None


def marked_lines(source, marker):
    """The numbers of the lines of a source file that carry a marker such as LOAD."""
    with open(source, encoding="utf-8") as file:
        return [number for number, line in enumerate(file, 1) if f"/* {marker} */" in line]
