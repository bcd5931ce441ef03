"""Saving and restoring registers is no unrolled loop.

    remarks.py LPROF PROGRAM
"""
import json
import os
import re
import subprocess
import sys
import tempfile

lprof, program = map(os.path.abspath, sys.argv[1:])
code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", program], capture_output=True, text=True, check=True).stdout
body = re.search(r"<counted_saves[^>+]*>:\n(.*?)\n\n", code, re.S).group(1)
pops = len(re.findall(r"\tpop ", body))
with tempfile.TemporaryDirectory() as folder:
    saved = f"{folder}/x.lprof"
    subprocess.run([lprof, "record", "--mode", "step", "-f", "counted_saves", "-o", saved, program], capture_output=True,
                   timeout=100, check=True)
    report = json.loads(subprocess.run([lprof, "report", "--format", "json", saved], capture_output=True, timeout=60,
                                       check=True).stdout)
(function,) = [f for f in report["functions"] if f["counted"]]
ends = (min(line["line"] for line in function["lines"]), max(line["line"] for line in function["lines"]))
remarks = {line["line"]: line["remark"] for line in function["lines"] if "remark" in line and line["line"] in ends}
print(f"{pops} registers are restored; remarks: {remarks}")
assert pops >= 4, body
sys.exit(1 if remarks else 0)
