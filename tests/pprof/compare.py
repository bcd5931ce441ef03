#!/usr/bin/env python3
"""Records a program, then compares `go tool pprof` on the file with `lprof report --format json`.

    compare.py LPROF PROGRAM [FUNCTION...]

The flat time of every line in `-top -lines` must be the line's self_ns, and nothing may be left over on
either side; for each FUNCTION the same must hold in `-list`, which reads the source files.
"""

import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

SKIP = 77


def skip(reason):
    print("skipped:", reason)
    sys.exit(SKIP)


def record(lprof, program, profile):
    result = subprocess.run([lprof, "record", "-o", profile, program], stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True)
    if result.returncode == 125:
        skip(result.stderr.strip())
    if result.returncode != 0:
        sys.exit(f"lprof record ended with {result.returncode}: {result.stderr}")


def report(lprof, profile):
    text = subprocess.run([lprof, "report", "--format", "json", profile], check=True,
                          stdout=subprocess.PIPE).stdout
    return json.loads(text)


def pprof(folder, *arguments):
    environment = dict(os.environ, HOME=folder, PPROF_TMPDIR=folder)
    result = subprocess.run(["go", "tool", "pprof", "-unit=ns", *arguments], cwd=folder,
                            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True)
    if result.returncode != 0:
        sys.exit(f"go tool pprof {' '.join(arguments)}: {result.stderr}")
    return result.stdout


def nanoseconds(text):
    if text in (".", "0"):
        return 0
    match = re.fullmatch(r"(\d+)ns", text)
    if not match:
        sys.exit(f"'{text}' is no time in ns")
    return int(match[1])


def own_lines(functions):
    """self_ns by (function, file, line); a place without a line is (function, None, 0)."""
    lines = collections.Counter()
    for function in functions:
        for line in function["lines"]:
            file = line.get("file") or function["file"]
            place = (file, line["line"]) if line["line"] else (None, 0)
            lines[(function["name"], *place)] += line["self_ns"]
    return +lines


def top_lines(text, functions):
    """The same from the table of -top -lines: "name file:line", "name file" or "name"."""
    lines = collections.Counter()
    rows = text[text.index("cum%\n") + len("cum%\n"):]
    for row in rows.splitlines():
        flat, _, _, _, _, name = row.split(None, 5)
        name = re.sub(r" \(inline\)$", "", name)
        match = re.fullmatch(r"(.*) (\S+):(\d+)", name)
        if match:
            place = (match[1], match[2], int(match[3]))
        else:
            place = (name if name in functions else name.rpartition(" ")[0], None, 0)
        lines[place] += nanoseconds(flat)
    return +lines


def listed_lines(text):
    """Flat times by (function, file, line) from -list."""
    lines = collections.Counter()
    routine = None
    for row in text.splitlines():
        match = re.fullmatch(r"ROUTINE =+ (.*) in (.*)", row)
        if match:
            routine = (match[1], match[2])
            continue
        match = re.match(r" *(\S+) +(\S+) +(\d+):", row)
        if match and routine:
            lines[(*routine, int(match[3]))] += nanoseconds(match[1])
    return +lines


def compare(what, theirs, ours):
    if theirs == ours:
        return True
    print(f"{what}: pprof and lprof differ")
    for place in sorted(set(theirs) | set(ours), key=str):
        if theirs[place] != ours[place]:
            print(f"  {place}: pprof {theirs[place]}, lprof {ours[place]}")
    return False


def main():
    lprof, program, *functions = sys.argv[1:]
    if not shutil.which("go"):
        skip("there is no go tool pprof")
    with tempfile.TemporaryDirectory() as folder:
        profile = os.path.join(folder, "test.lprof")
        record(lprof, program, profile)
        data = report(lprof, profile)
        ours = own_lines(data["functions"])
        if not ours or sum(ours.values()) != data["meta"]["sampled_ns"]:
            sys.exit(f"the lines add up to {sum(ours.values())}, not {data['meta']['sampled_ns']}")
        top = pprof(folder, "-top", "-lines", "-nodecount=100000", "-nodefraction=0",
                    "-edgefraction=0", profile)
        names = {function["name"] for function in data["functions"]}
        same = compare("-top", top_lines(top, names), ours)
        for function in functions:
            listing = pprof(folder, "-list", f"^{re.escape(function)}$", profile)
            wanted = {place: ns for place, ns in ours.items() if place[0] == function and place[1]}
            if not wanted:
                sys.exit(f"{function} has no lines with time")
            same &= compare(f"-list {function}", listed_lines(listing),
                            collections.Counter(wanted))
    sys.exit(0 if same else 1)


main()
