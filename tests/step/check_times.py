"""lprof --mode step tells how long calls out of counted functions took.

    check_times.py LPROF PROGRAM SOURCE

Lines with a comment "// called: MS" must show that time: no less than it, for sleeping takes at least as
long as was asked for, and not much more. What was not measured is null.
"""
import json
import re
import subprocess
import sys
import tempfile

SLACK_MS = 15  # of a loaded machine, for each 10 ms at most


def main():
    lprof, program, source = sys.argv[1:]
    with open(source) as lines:
        truth = {n: int(found.group(1)) for n, line in enumerate(lines, 1)
                 if (found := re.search(r"// called: (\d+)", line))}
    with tempfile.TemporaryDirectory() as folder:
        saved = f"{folder}/times.lprof"
        subprocess.run([lprof, "record", "--mode", "step", "-f", "counted_*", "-o", saved, program],
                       capture_output=True, timeout=100, check=True)
        shown = subprocess.run([lprof, "report", "--format", "json", saved], capture_output=True,
                               timeout=60, check=True).stdout
    report = json.loads(shown)
    failures = []
    seen = set()
    for function in report["functions"]:
        for key in ("own_ns", "tottime_ns", "cumtime_ns"):
            if function[key] is not None:
                failures.append(f"{function['name']}: {key} is {function[key]}")
        for line in function["lines"]:
            for key in ("time_ns", "self_ns", "inlined_ns"):
                if line[key] is not None:
                    failures.append(f"line {line['line']}: {key} is {line[key]}")
            if line["line"] not in truth or not function["counted"]:
                continue
            seen.add(line["line"])
            wanted, found = truth[line["line"]], line["called_ns"] / 1e6
            print(f"line {line['line']}: {found:.2f} ms, asked for {wanted} ms")
            if not wanted - 0.1 <= found <= wanted * 1.3 + (SLACK_MS if wanted else 1):
                failures.append(f"line {line['line']}: {found:.2f} ms instead of {wanted} ms")
    failures += [f"line {n} is not shown" for n in truth.keys() - seen]
    print("\n".join(failures))
    sys.exit(1 if failures else 0)


main()
