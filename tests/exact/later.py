#!/usr/bin/env python3
"""What is counted of programs that run others and that open libraries; and what throws out of signals.

usage: later.py LPROF
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
LPROF = os.path.abspath(sys.argv[1])
N = 1000
failures = []


def expect(what, found, wanted):
    print(f"{'ok' if found == wanted else 'FAILED'}: {what}: {found!r:.100}"
          + ("" if found == wanted else f", not {wanted!r:.300}"))
    if found != wanted:
        failures.append(what)


def build(source, *flags, name=None, compiler=None):
    program = os.path.join(folder, name or source.split(".")[0])
    compiler = compiler or ("g++" if source.endswith("cc") else "gcc")
    subprocess.run([compiler, "-g", "-pthread", *flags, os.path.join(HERE, source), "-o", program, "-ldl"],
                   check=True)
    return program


def run(command, how, env=None):
    """The program alone and counted: it behaves alike."""
    saved = os.path.join(folder, "x.lprof")
    if os.path.exists(saved):
        os.remove(saved)
    alone = subprocess.run(command, capture_output=True, cwd=folder, timeout=60, env=env)
    counted = subprocess.run([LPROF, "record", "-q", *how, "-o", saved, *command], capture_output=True,
                             cwd=folder, timeout=120, env=env)
    status = alone.returncode if alone.returncode >= 0 else 128 - alone.returncode
    name = " ".join(os.path.basename(word) for word in command)
    expect(f"{name}: output and status", (counted.stdout, counted.stderr, counted.returncode),
           (alone.stdout, alone.stderr, status))


def report():
    shown = subprocess.run([LPROF, "report", "--format", "json", os.path.join(folder, "x.lprof")],
                           capture_output=True, check=True, timeout=60).stdout
    return json.loads(shown)


def calls(name):
    found = [f["ncalls"] for f in report()["functions"] if f["name"].startswith(name) and f["counted"]]
    return sum(found) if found else None


def notes():
    return [n["text"] for n in report()["notes"] if n["code"] == "not-counted"]


def check_programs(flags):
    program = build("programs.c", *flags)
    run([program, "self", "30", str(N)], ["-x"])
    expect(f"exec of itself {flags}: calls", calls("work"), 30 * N)
    run([program, "all", str(N)], ["-x"])
    expect(f"programs {flags}: calls", calls("work"), 6 * N)
    script = os.path.join(folder, "script")
    with open(script, "w") as out:
        out.write(f"#!/bin/sh\n{program} leaf {N}\n{program} leaf {N}\nexec {program} leaf {N}\n")
    os.chmod(script, 0o755)
    run([script], ["-x"])
    expect(f"script {flags}: calls", calls("work"), 3 * N)
    with open(script, "w") as out:
        out.write(f"#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8 9 10; do {program} leaf {N} & done\nwait\n"
                  f"seq 20 | xargs -P 4 -I@ {program} leaf {N}\n")
    run([script], ["-x"])
    expect(f"many at a time {flags}: calls", calls("work"), 30 * N)
    run(["/usr/bin/env", "-i", "A=1", program, "leaf", str(N)], ["-f", "work"])
    expect(f"by env {flags}: calls", calls("work"), N)


def check_program_that_cannot():
    leaf = build("programs.c", "-O1", "-static", name="still")
    script = os.path.join(folder, "script")
    with open(script, "w") as out:
        out.write(f"#!/bin/sh\n{leaf} leaf 5\n")
    run(["/bin/sh", script], ["-x"])
    expect("a static program run by another: note", notes(),
           ["no hits were counted: still is linked statically"])


def check_libraries(flags):
    program = build("opens.c", *flags)
    for name in ("one.so", "two.so"):
        build("opened.c", "-O1", "-fPIC", "-shared", name=name)
    libraries = [os.path.join(folder, name) for name in ("one.so", "two.so")]
    rounds = 40
    for how in (["-x"], ["--source", "*/exact/open*.c"]):
        run([program, *libraries, str(rounds)], how)
        # 1 of the constructor for each that was not open; the child opened the other one once.
        true = rounds * 101 + (1 + 2 * 100) + 101 + 101 + 4 * rounds * 100
        expect(f"libraries {how} {flags}: calls", calls("opened_work"), true)
        expect(f"libraries {how} {flags}: notes", notes(), [])


def check_exceptions(compiler):
    if not shutil.which(compiler):
        print(f"skipped: {compiler} is not installed")
        return
    for flags in (["-O0"], ["-O2"], ["-O2", "-no-pie", "-fno-pie"], ["-O3"], ["-Os", "-no-pie", "-fno-pie"]):
        program = build("throwing_handler.cc", "-fnon-call-exceptions", "-rdynamic", *flags, compiler=compiler)
        run([program, "50"], ["-x"])
        found = {name: calls(name) for name in ("catches_itself", "only_cleans", "nested", "passes")}
        expect(f"{compiler} {flags}: calls", found,
               {"catches_itself": 50, "only_cleans": 47, "nested": 50, "passes": 50})


def check_sandbox():
    program = build("sandbox.c", "-O1")
    library = build("opened.c", "-O1", "-fPIC", "-shared", name="one.so")
    run([program, library], ["-x"])
    expect("in a sandbox: calls", (calls("work"), calls("opened_work")), (5000, None))
    expect("in a sandbox: note", notes(), ["a program in a sandbox opened libraries or ran another program: these are "
                                           "not counted"])


def check_faults():
    program = build("faults.c", "-O1")
    for how, signal, function in (("read", "SIGSEGV", "reads"), ("divide", "SIGFPE", "divides"),
                                  ("handle", None, None), ("send", None, None)):
        run([program, how], ["-x"])
        told = [(n["text"], n["hint"]) for n in report()["notes"] if n["code"] == "counted-fault"]
        expect(f"fault ({how}): note", told, [] if not signal else
               [(f"{signal} in {function}, which was counted, ended the program: if it does not when that is left "
                 "out, the fault is lprof's", f"lprof -x --exclude '{function}'")])
    run([program, "read"], ["-x", "--exclude", "reads"])
    expect("what is left out: calls", (calls("reads"), calls("main")), (None, 1))


def check_sanitized(compiler, what):
    try:
        program = build("programs.c", "-O1", f"-fsanitize={what}", name="clean", compiler=compiler)
    except (subprocess.CalledProcessError, FileNotFoundError):
        print(f"skipped: {compiler} -fsanitize={what} does not build programs here")
        return
    run([program, "leaf", "5"], ["-x"])
    expect(f"{compiler} -fsanitize={what}: note", notes(),
           [f"no hits were counted: {program} was built with a sanitizer, which changes its code and threads, too"])


with tempfile.TemporaryDirectory() as folder:
    os.environ["TMPDIR"] = folder
    check_exceptions("g++")
    check_programs(["-O0"])
    check_programs(["-O2", "-no-pie"])
    check_program_that_cannot()
    check_sandbox()
    check_faults()
    check_libraries(["-O1"])
    check_libraries(["-O2", "-no-pie"])
    for compiler in ("gcc", "clang"):
        for what in ("address", "thread", "undefined"):
            check_sanitized(compiler, what)
print(f"{len(failures)} failed")
sys.exit(1 if failures else 0)
