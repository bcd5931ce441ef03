"""The program lives on, whole and untraced, when lprof is killed while it steps; and it can be stopped.

    survive.py LPROF PROGRAM
"""
import os
import signal
import subprocess
import sys
import tempfile
import time

lprof, program = sys.argv[1:]
failures = []


def expect(what, found, wanted):
    print(f"{'ok' if found == wanted else 'FAILED'}: {what}: {found!r}")
    if found != wanted:
        failures.append(what)


def child_of(pid):
    for _ in range(200):
        with open(f"/proc/{pid}/task/{pid}/children") as children:
            for child in children.read().split():
                if os.path.basename(os.readlink(f"/proc/{child}/exe")) == os.path.basename(program):
                    return int(child)
        time.sleep(0.02)
    raise SystemExit("the program does not start")


def tracer_of(pid, target):
    with open(f"/proc/{target}/status") as status:
        by = next(int(line.split()[1]) for line in status if line.startswith("TracerPid:"))
    with open(f"/proc/{by}/stat") as stat:
        parent = int(stat.read().rsplit(")", 1)[1].split()[1])
    expect("lprof's child traces", parent, pid)
    return by


def start(folder, out, *arguments):
    return subprocess.Popen([lprof, "record", "--mode", "step", "-f", "work", "-o",
                             os.path.join(folder, "x.lprof"), program, *arguments], stdout=out,
                            stderr=subprocess.PIPE)


plain = subprocess.run([program], capture_output=True, check=False)
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "out")
    with open(path, "wb") as out:
        run = start(folder, out)
    target = child_of(run.pid)
    time.sleep(0.4)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    deadline = time.time() + 30
    while os.path.exists(f"/proc/{target}") and time.time() < deadline:
        time.sleep(0.05)
    with open(path, "rb") as out:
        expect("output after lprof was killed, and no tracer", out.read(), plain.stdout)

    with open(path, "wb") as out:
        run = start(folder, out)
    target = child_of(run.pid)
    time.sleep(0.3)
    os.kill(target, signal.SIGSTOP)
    time.sleep(0.5)
    with open(f"/proc/{target}/stat") as stat:
        expect("state while stopped", stat.read().rsplit(")", 1)[1].split()[0] in "tT", True)
    os.kill(target, signal.SIGCONT)
    expect("status after being stopped", run.wait(timeout=60), plain.returncode)
    with open(path, "rb") as out:
        expect("output after being stopped", out.read().split()[0], plain.stdout.split()[0])

    with open(path, "wb") as out:
        run = start(folder, out, "sleep")
    target = child_of(run.pid)
    time.sleep(0.7)
    os.kill(tracer_of(run.pid, target), signal.SIGKILL)
    said = run.communicate(timeout=60)[1].decode()
    expect("status after the tracer was killed", run.returncode, plain.returncode)
    with open(path, "rb") as out:
        expect("traced in the end", out.read().split()[1:], [b"0"])
    shown = subprocess.run([lprof, "report", os.path.join(folder, "x.lprof")], capture_output=True, check=False).stdout
    expect("lost counts are told", b"the process that counted ended before its time" in shown, True)

    none = subprocess.run([lprof, "--mode", "step", program], capture_output=True, check=False)
    expect("status without a choice", none.returncode, 2)
    expect("what is said then", b"choose some with -f" in none.stderr, True)
sys.exit(1 if failures else 0)
