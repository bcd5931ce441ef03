"""Stepping is slow: after the first second lprof tells how slow, once, or on a terminal of its own all the time.

    progress.py LPROF PROGRAM
"""
import os
import pty
import re
import select
import subprocess
import sys
import tempfile

lprof, program = map(os.path.abspath, sys.argv[1:])
failures = 0
SAID = r"^lprof: stepping: ([\d ]+) instructions counted in (\d\.\d) s, ([\d ]+) a second$"
DRAWN = r"lprof: (\d+) s, ([\d ]+) instructions counted, ([\d ]+) a second"


def expect(what, found, wanted):
    global failures
    print(f"{'ok' if found == wanted else 'FAILED'}: {what}: {found!r}{'' if found == wanted else f', not {wanted!r}'}")
    failures += found != wanted


def number(text):
    return int(text.replace(" ", ""))


def command(folder, *options):
    return [lprof, "record", "--mode", "step", "-f", "work", *options, "-o", f"{folder}/x.lprof", program]


def piped(folder, *options):
    return subprocess.run(command(folder, *options), capture_output=True, text=True, timeout=60, check=False).stderr


def on_terminal(folder):
    """What the terminal shows that only stderr is."""
    ours, theirs = pty.openpty()
    run = subprocess.Popen(command(folder), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            shown += os.read(ours, 65536)
        except OSError:
            break
    run.wait(timeout=60)
    os.close(ours)
    return shown.decode()


with tempfile.TemporaryDirectory() as folder:
    said = re.findall(SAID, piped(folder), re.M)
    expect("it is said once", len(said), 1)
    for count, seconds, rate in said:
        expect("soon after the first second", 1 <= float(seconds) <= 3, True)
        expect("the rate is that of the count", abs(number(count) / float(seconds) - number(rate)) <= 0.1 * number(rate), True)
    expect("not with -q", piped(folder, "-q"), "")
    shown = on_terminal(folder)
    drawn = [(int(s), number(n)) for s, n, _ in re.findall(DRAWN, shown)]
    expect("a terminal goes on showing it", len(drawn) >= 1 and drawn == sorted(drawn), True)
    expect("and is not told besides", "stepping:" in shown, False)
sys.exit(1 if failures else 0)
