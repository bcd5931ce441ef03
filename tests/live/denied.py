"""When perf events are refused: one clear line with its own hint, 125, and the program does not run.

Usage: denied.py DENY_PERF LPROF
"""
import errno
import os
import subprocess
import sys
import tempfile

CASES = [
    (errno.EACCES, ["forbids sampling", "kernel.perf_event_paranoid is ", "sysctl kernel.perf_event_paranoid=1"]),
    (errno.EPERM, ["perf_event_open", "containers", "--cap-add PERFMON", "seccomp=unconfined"]),
    (errno.ENOSYS, ["this kernel has no perf events", "CONFIG_PERF_EVENTS"]),
    (errno.ENOENT, ["no event cpu-clock", "CONFIG_PERF_EVENTS"]),
    (errno.EMFILE, ["perf_event_open: Too many open files", "ulimit -n"]),
]


def main():
    deny_perf, lprof = map(os.path.abspath, sys.argv[1:3])
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, parts in CASES:
            result = subprocess.run([deny_perf, str(number), lprof, "touch", "ran"],
                                    cwd=folder, capture_output=True, text=True, timeout=60)
            if result.returncode == 77:
                print(result.stderr)
                return 77
            faults = [f"'{part}' is missing" for part in parts if part not in result.stderr]
            if result.returncode != 125:
                faults.append(f"exit status {result.returncode}")
            if os.path.exists(os.path.join(folder, "ran")):
                faults.append("the program ran")
            if result.stdout:
                faults.append("something is on stdout")
            for fault in faults:
                print(f"{errno.errorcode[number]}: {fault}:\n{result.stderr}")
            failed += len(faults)
        rate_0 = subprocess.run([deny_perf, str(errno.EPERM), lprof, "-F", "0", "sh", "-c", "exit 9"],
                                cwd=folder, capture_output=True, text=True, timeout=60)
        if rate_0.returncode != 9:
            print(f"-F 0 needs no perf events: {rate_0.returncode}\n{rate_0.stderr}")
            failed += 1
        doctor = subprocess.run([deny_perf, str(errno.EPERM), lprof, "doctor"], capture_output=True, text=True, timeout=60)
        if doctor.returncode != 1 or "FAILS   CPU time cannot be sampled" not in doctor.stdout:
            print(f"doctor: {doctor.returncode}\n{doctor.stdout}{doctor.stderr}")
            failed += 1
    print(f"{len(CASES) + 2} cases, {failed} faults")
    return 1 if failed else 0


sys.exit(main())
