"""What the accuracy tests share.

usage of each: test_<name>.py LPROF PROGRAM; a run is recorded, its invariants checked, and the rest is the test's own.
"""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from lprof_json import Checks, marked_lines, record, report  # noqa: E402


class Source:
    """A fixture's source file, the module built of it, and what the program said when it ran."""

    def __init__(self, path, module, output):
        self.path = os.path.join(HERE, "..", "..", "fixtures", path)
        self.module = module
        self.output = output

    def lines(self, marker):
        return marked_lines(self.path, marker)

    def line(self, marker):
        (number,) = self.lines(marker)
        return number

    def line_of(self, neighbour, marker):
        (number,) = marked_lines(os.path.join(os.path.dirname(self.path), neighbour), marker)
        return number


def run(source, status=0, options=(), arguments=()):
    """Record the program with options of lprof and its own arguments: (checks, report, source)."""
    lprof, program = sys.argv[1:3]
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        profiled, path = record(lprof, folder, [program, *arguments], options)
        bare = subprocess.run([program, *arguments], stdin=subprocess.DEVNULL, capture_output=True)
        checks.check(bare.returncode == status, f"the program by itself exits with {status}")
        checks.check(profiled.returncode == status, f"under lprof it exits with {profiled.returncode}")
        profile = report(lprof, path)
    profile.check_sums(checks)
    return checks, profile, Source(source, os.path.basename(program), profiled.stdout.decode())
