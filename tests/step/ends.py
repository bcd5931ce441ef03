"""A program that ends, stops or waits inside a function that is stepped does as without lprof, and what was counted
up to there is told.

    ends.py LPROF PROGRAM SOURCE
"""
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

lprof, program, source = map(os.path.abspath, sys.argv[1:])
failures = 0


def expect(what, found, wanted):
    global failures
    print(f"{'ok' if found == wanted else 'FAILED'}: {what}: {found!r}{'' if found == wanted else f', not {wanted!r}'}")
    failures += found != wanted


def truth(function):
    """The hits that the lines of a function tell of themselves."""
    found, inside = {}, False
    with open(source, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            inside = (inside or f" {function}(" in line and "static" in line or f"*{function}(" in line) and line != "}\n"
            told = re.search(r"// hits: (\d+)", line)
            if inside and told:
                found[number] = int(told.group(1))
    assert found, function
    return found


def child_of(pid):
    for _ in range(500):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            for child in children.read().split():
                try:
                    if os.path.basename(os.readlink(f"/proc/{child}/exe")) == os.path.basename(program):
                        return int(child)
                except OSError:
                    continue
        time.sleep(0.02)
    raise SystemExit("the program does not start")


def state_of(pid):
    """(state, CPU time used)"""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return "Z", 0
    return fields[0], int(fields[11]) + int(fields[12])


def stands(pid, states="Tt"):
    """Whether it is stopped, or waits, and not just for a step."""
    before = state_of(pid)
    time.sleep(0.5)
    return before[0] in states and state_of(pid) == before


def wait_for(pid, states="Tt"):
    deadline = time.time() + 30
    while not stands(pid, states) and time.time() < deadline:
        pass
    return stands(pid, states)


def go_on(pid):
    """A SIGCONT that comes too early is lost."""
    while os.path.exists(f"/proc/{pid}") and state_of(pid)[0] != "Z":
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
        time.sleep(1)


def stop_from_outside(target):
    """In the middle of stepping: it stays where it is until it is told to go on."""
    while not state_of(target)[1]:
        time.sleep(0.01)
    os.kill(target, signal.SIGSTOP)
    expect("spin: stands while stopped", wait_for(target), True)
    threading.Thread(target=go_on, args=[target]).start()


def go_on_after_stop(target):
    expect("stop: stands", wait_for(target), True)
    threading.Thread(target=go_on, args=[target]).start()


def record(role, meanwhile=None, text=b""):
    with tempfile.TemporaryDirectory() as folder:
        saved = f"{folder}/{role}.lprof"
        run = subprocess.Popen([lprof, "record", "--mode", "step", "-f", f"in_{role}", "-o", saved, program, role],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if meanwhile:
            meanwhile(child_of(run.pid))
        out, err = run.communicate(text, timeout=100)
        shown = subprocess.run([lprof, "report", "--format", "json", saved], capture_output=True, timeout=60, check=False)
    if shown.returncode:
        print(err.decode(), shown.stderr.decode())
        raise SystemExit(1)
    return run.returncode, out, json.loads(shown.stdout)


def check(role, status, out=b"", calls=1, **how):
    found, said, report = record(role, **how)
    expect(f"{role}: status", found, status)
    expect(f"{role}: status that is told", report["meta"]["exit_status"], status)
    expect(f"{role}: output", said, out)
    function = next(f for f in report["functions"] if f["name"].startswith(f"in_{role}"))
    hits = {line["line"]: line["hits"] for line in function["lines"]}
    wanted = truth(f"in_{role}")
    expect(f"{role}: hits", {line: hits.get(line) for line in wanted}, wanted)
    expect(f"{role}: calls", (function["ncalls"], function["pcalls"]), (calls, 1))


def tracer_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("TracerPid:"))


def check_killed():
    """lprof is killed while the program waits in a system call of a function that is stepped."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.Popen([lprof, "record", "--mode", "step", "-f", "in_block", "-o", f"{folder}/x.lprof", program, "block"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        target = child_of(run.pid)
        expect("killed: it waits", wait_for(target, "S"), True)
        expect("killed: it is traced", tracer_of(target) > 0, True)
        run.kill()
        deadline = time.time() + 30
        while tracer_of(target) and time.time() < deadline:
            time.sleep(0.02)
        expect("killed: nobody traces it any more", tracer_of(target), 0)
        expect("killed: it still waits", state_of(target)[0], "S")
        run.stdin.write(b"A")
        run.stdin.close()
        expect("killed: it goes on", run.stdout.read(), b"65\n")
        run.wait()


check("segv", 128 + signal.SIGSEGV)
check("abort", 128 + signal.SIGABRT)
check("exit", 5, calls=4)
check("kill", 128 + signal.SIGKILL)
check("trap", 128 + signal.SIGTRAP)
check("breakpoint", 128 + signal.SIGTRAP)
check("stop", 7, b"0\n", meanwhile=go_on_after_stop)
check("spin", 7, b"8999\n", meanwhile=stop_from_outside)
check("block", 7, b"65\n", meanwhile=lambda target: expect("block: it waits", wait_for(target, "S"), True), text=b"A")
check("thread", 6)
check_killed()
sys.exit(1 if failures else 0)
