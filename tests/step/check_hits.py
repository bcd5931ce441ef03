"""lprof --mode step counts what the fixtures' own comments say.

    check_hits.py [--optimised] LPROF PROGRAM SOURCE

Lines with a comment "// hits: N" must show N hits. Of optimised programs (--optimised) a line may be gone,
or merged with another, or stand for several rounds: then it must not show more.
"""
import json
import os
import re
import subprocess
import sys
import tempfile


def truth(source):
    with open(source) as lines:
        for number, line in enumerate(lines, 1):
            found = re.search(r"// hits: (\d+)", line)
            if found:
                yield number, int(found.group(1))


def hits_of(report, source):
    hits = {}
    for function in report["functions"]:
        for line in function["lines"]:
            file = line.get("file") or function["file"] or ""
            if os.path.basename(file) == os.path.basename(source) and line["hits"] is not None:
                hits[line["line"]] = hits.get(line["line"], 0) + line["hits"]
    return hits


def main():
    optimised = "--optimised" in sys.argv
    lprof, program, source = [a for a in sys.argv[1:] if a != "--optimised"]
    plain = subprocess.run([program], capture_output=True, timeout=60, check=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        saved = os.path.join(folder, "step.lprof")
        run = subprocess.run([lprof, "record", "--mode", "step", "--source", "*" + os.path.basename(source),
                              "-o", saved, program], capture_output=True, timeout=100)
        assert run.returncode == 0, run.stderr.decode()
        assert run.stdout == plain, (run.stdout, plain)
        shown = subprocess.run([lprof, "report", "--format", "json", saved], capture_output=True,
                               timeout=60, check=True).stdout
    hits = hits_of(json.loads(shown), source)
    wrong = [f"{os.path.basename(source)}:{line}: {hits.get(line)} hits, not {expected}"
             for line, expected in truth(source)
             if hits.get(line) != expected and not (optimised and hits.get(line, 0) < expected)]
    print(f"{len(hits)} lines counted, {len(wrong)} wrong")
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


main()
