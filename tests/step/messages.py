"""When counting by stepping cannot be: one clear line that says why and what to do, and the right status.

    messages.py LPROF DENY_PTRACE TRACE_ALL GONE GONE_WITHOUT_LINES
"""
import errno
import os
import subprocess
import sys
import tempfile

lprof, deny_ptrace, trace_all, gone, gone_without_lines = map(os.path.abspath, sys.argv[1:])
failures = 0
# A build with sanitizers looks for leaks by ptrace itself.
environment = dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")


def check(what, command, status, parts, stdout="", lacks=()):
    global failures
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(command, capture_output=True, text=True, timeout=100, cwd=folder, check=False,
                             env=environment)
    if run.returncode == 77:
        print(run.stderr)
        sys.exit(77)
    faults = [f"'{part}' is missing" for part in parts if part not in run.stderr]
    faults += [f"'{part}' is said" for part in lacks if part in run.stderr]
    if run.returncode != status:
        faults.append(f"exit status {run.returncode}, not {status}")
    if run.stdout != stdout:
        faults.append(f"stdout is {run.stdout!r}")
    if status == 125 and len(run.stderr.splitlines()) != 1:
        faults.append("it is not one line")
    print(f"{'FAILED' if faults else 'ok'}: {what}: {', '.join(faults)}")
    if faults:
        print(run.stderr)
    failures += len(faults)


def ptrace_scope():
    try:
        with open("/proc/sys/kernel/yama/ptrace_scope", encoding="ascii") as file:
            return int(file.read())
    except OSError:
        return -1


# What to do hangs on who forbids it.
DENIED = {2: "sysctl kernel.yama.ptrace_scope=1", 3: "until the next boot"}.get(ptrace_scope(), "--cap-add=SYS_PTRACE")
STEP = [lprof, "--mode", "step"]
for number in (errno.EPERM, errno.ENOSYS, errno.EACCES):
    check(f"ptrace fails with {errno.errorcode[number]}", [deny_ptrace, str(number)] + STEP + [gone], 125,
          ["forbids tracing (ptrace)", DENIED, "--mode sample"])
check("traced already", [trace_all] + STEP + [gone], 125, ["traced already, by process ", "without the debugger"])
check("discarded by the linker", STEP + ["-f", "never_called", gone], 125,
      ["no code of 'never_called'", "--gc-sections"])
check("no such function", STEP + ["-f", "mraked", gone], 125, ["no function of", "'mraked'", "nearest: marked"])
check("marked", STEP + [gone], 5, ["marked", "1 call", "hits counted in 1 function"], "9\n")
check("marked, without line info", STEP + [gone_without_lines], 5,
      ["marked", "1 call", "no line information", "build it with -g"], "9\n")
check("all, but not those of the system's libraries", STEP + ["--all", gone], 5, ["1 call", "hits counted in", "by single-stepping"], "9\n",
      lacks=["ld-linux", "libc.so"])
check("nothing chosen", STEP + ["true"], 2, ["none is chosen or marked", "-f NAME"])
sys.exit(1 if failures else 0)
