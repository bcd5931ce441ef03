#!/usr/bin/env python3
"""Programs that are counted exactly behave as they do alone, and no count is lost however they end.

usage: behaviour.py LPROF
"""
import glob
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LPROF = os.path.abspath(sys.argv[1])
N = 100000
failures = []


def expect(what, found, wanted):
    print(f"{'ok' if found == wanted else 'FAILED'}: {what}: {found!r:.100}"
          + ("" if found == wanted else f", not {wanted!r}"))
    if found != wanted:
        failures.append(what)


def build(source, *flags):
    program = os.path.join(folder, os.path.basename(source).split(".")[0])
    compiler = "g++" if source.endswith("cc") else "gcc"
    subprocess.run([compiler, "-g", "-pthread", *flags, os.path.join(HERE, source), "-o", program], check=True)
    return program


def record(*command, env=None, mode=("--mode", "exact")):
    saved = os.path.join(folder, "x.lprof")
    if os.path.exists(saved):
        os.remove(saved)
    return subprocess.run([LPROF, "record", "-q", *mode, "-o", saved, *command], capture_output=True,
                          timeout=120, env=env)


def function(name):
    shown = subprocess.run([LPROF, "report", "--format", "json", os.path.join(folder, "x.lprof")],
                           capture_output=True, check=True, timeout=60).stdout
    report = json.loads(shown)
    found = [f for f in report["functions"] if f["name"].startswith(name) and f["counted"]]
    return report, found[0] if found else {"ncalls": None, "lines": []}


def check_endings(flags):
    program = build("endings.c", *flags)
    for how in ("return", "kill", "abort", "_exit", "exec"):
        alone = subprocess.run([program, how, str(N)], capture_output=True)
        run = record(program, how, str(N))
        status = alone.returncode if alone.returncode >= 0 else 128 - alone.returncode
        expect(f"{how} {flags}: output and status", (run.stdout, run.returncode), (alone.stdout, status))
        expect(f"{how} {flags}: calls", function("work")[1]["ncalls"], N)
    run = record(program, "interrupted", str(200 * N))
    expect(f"a handler that walks the stack {flags}", run.stdout, b"stacks are whole\n")
    expect(f"interrupted {flags}: calls", function("work")[1]["ncalls"], 200 * N)


def check_threads(flags):
    program = build("threads.c", *flags)
    run = record(program)
    expect(f"threads {flags}: status", run.returncode, 3)
    true = int(re.search(rb"calls: (\d+)", run.stdout).group(1))
    report, work = function("work")
    expect(f"threads {flags}: calls", work["ncalls"], true)
    expect(f"threads {flags}: notes", [n for n in report["notes"] if n["code"].startswith("counts-")], [])


def check_libraries():
    for name, text in (("part.c", "int part(int n) { volatile int m = n; return m * 3; }\n"),
                       ("whole.c", "int part(int);\nint main(void)\n{\n    volatile int sum = 0;\n"
                                   "    for (int i = 0; i < 100; i++)\n        sum += part(i);\n    return 3;\n}\n")):
        with open(os.path.join(folder, name), "w") as source:
            source.write(text)
    subprocess.run(["gcc", "-g", "-O2", "-fPIC", "-shared", "part.c", "-o", "libpart.so"], check=True, cwd=folder)
    subprocess.run(["gcc", "-g", "-O2", "whole.c", "-o", "whole", "-L.", "-lpart", "-Wl,-rpath,$ORIGIN"],
                   check=True, cwd=folder)
    program = os.path.join(folder, "whole")
    for mode in (["-x"], ["-f", "part"]):
        expect(f"{mode} of a library: status", record(program, mode=mode).returncode, 3)
        expect(f"{mode} of a library: calls", function("part")[1]["ncalls"], 100)


def check_static():
    program = build("endings.c", "-O1", "-static")
    run = record(program, "return", "5", mode=["-x"])
    expect("a static program: status", run.returncode, 4)
    notes = [n["text"] for n in function("work")[0]["notes"] if n["code"] == "not-counted"]
    expect("a static program: note", notes, [f"no hits were counted: {program} is linked statically"])


def check_little_memory():
    """A program that may not have much memory has counters for fewer threads."""
    program = build("endings.c", "-O1")
    saved = os.path.join(folder, "x.lprof")
    limited = subprocess.run(["sh", "-c", f"ulimit -v 300000; exec {LPROF} record -q -x -F 0 -o {saved} {program} return {N}"],
                             capture_output=True, timeout=60)
    expect("little memory: status", limited.returncode, 4)
    expect("little memory: calls", function("work")[1]["ncalls"], N)


def check_environment():
    program = build("endings.c", "-O1")
    plain = dict(os.environ, ONE="1")
    for name, env in (("no preload", plain), ("a preload", dict(plain, LD_PRELOAD="libm.so.6"))):
        alone = subprocess.run([program, "environment"], capture_output=True, env=env)
        run = record(program, "environment", env=env)
        expect(f"environment with {name}", run.stdout, alone.stdout)


def check_descriptors():
    alone = subprocess.run(["ls", "/proc/self/fd"], capture_output=True).stdout
    run = record("ls", "/proc/self/fd", mode=("--mode", "exact", "--all"))
    expect("descriptors", run.stdout, alone)


def check_lost_lprof():
    """The program lives on when lprof is killed, at whatever moment."""
    program = build("endings.c", "-O1")
    alone = subprocess.run([program, "sleep", str(N)], capture_output=True).stdout
    for delay in (0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.5):
        with open(os.path.join(folder, "out"), "w+b") as out:
            run = subprocess.Popen([LPROF, "record", "-q", "--mode", "exact", "-o", os.path.join(folder, "y.lprof"),
                                    program, "sleep", str(N)], stdout=out, stderr=subprocess.DEVNULL)
            while not os.path.exists(f"/proc/{run.pid}/task/{run.pid}/children"):
                pass
            time.sleep(delay)
            run.send_signal(signal.SIGKILL)
            run.wait()
            time.sleep(1.5)
            out.seek(0)
            found = out.read()
        # At the gate the program has not started yet and ends with lprof.
        expect(f"output when lprof is killed after {delay} s", found in (alone, b"") if delay < 0.05 else found == alone,
               True)


with tempfile.TemporaryDirectory() as folder:
    os.environ["TMPDIR"] = folder
    check_endings(["-O0"])
    check_endings(["-O2", "-no-pie"])
    check_threads(["-O0"])
    check_threads(["-O2"])
    check_libraries()
    check_static()
    check_little_memory()
    check_environment()
    check_descriptors()
    expect("files left behind", glob.glob(os.path.join(folder, "lprof-*")), [])
    check_lost_lprof()
print(f"{len(failures)} failed")
sys.exit(1 if failures else 0)
