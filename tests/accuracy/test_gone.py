#!/usr/bin/env python3
"""A program whose file is deleted, or replaced by another, before its first sample: lines all the same."""
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from lprof_json import Checks, marked_lines, record, report  # noqa: E402


def main():
    lprof, program = sys.argv[1:3]
    (line,) = marked_lines(os.path.join(HERE, "..", "..", "fixtures", "stacks", "gone.c"), "WORK")
    checks = Checks()
    for how in ("deleted", "replaced"):
        with tempfile.TemporaryDirectory() as folder:
            own, other = os.path.join(folder, "gone"), os.path.join(folder, "other")
            shutil.copy(program, own)
            shutil.copy("/bin/true", other)
            run, path = record(lprof, folder, [own] if how == "deleted" else [own, other])
            profile = report(lprof, path)
        checks.check(run.returncode == 0, f"{how}: status {run.returncode}")
        profile.check_sums(checks)
        share = profile.lines("gone.c", line) / profile.meta["sampled_ns"]
        checks.check(share >= 0.95, f"{how}: {share:.1%} on the line of the work")
        codes = [note["code"] for note in profile.data["notes"]]
        checks.check(not {"module-gone", "module-changed"} & set(codes), f"{how}: notes {codes}")
    checks.finish()


if __name__ == "__main__":
    main()
