"""What the cases are written with: scratch folders, running lprof with or without a terminal, and
assertions that show what came instead."""
import contextlib
import os
import pathlib
import pty
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import time

TIMEOUT_S = 60
# What would change what lprof prints.
CLEARED = ["LPROF_PAGER", "PAGER", "LESS", "LV", "NO_COLOR", "COLUMNS", "OMPI_COMM_WORLD_RANK",
           "PMI_RANK", "PMIX_RANK", "SLURM_PROCID", "ARGP_HELP_FMT"]


class Skip(Exception):
    pass


class Result:
    def __init__(self, argv, status, out, err):
        self.argv, self.status, self.out, self.err = argv, status, out, err

    def __str__(self):
        shown = f"{' '.join(map(str, self.argv))}: status {self.status}"
        return f"{shown}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"

    def expect(self, status=None, out=None, err=None, out_has=(), err_has=(), out_lacks=(),
               err_lacks=()):
        """Texts are whole (out, err) or parts; a part may be one string or several."""
        parts = lambda p: [p] if isinstance(p, str) else p
        if status is not None:
            assert self.status == status, f"status {status} expected: {self}"
        if out is not None:
            assert self.out == out, f"stdout expected {out!r}: {self}"
        if err is not None:
            assert self.err == err, f"stderr expected {err!r}: {self}"
        for part in parts(out_has):
            assert part in self.out, f"{part!r} expected in stdout: {self}"
        for part in parts(err_has):
            assert part in self.err, f"{part!r} expected in stderr: {self}"
        for part in parts(out_lacks):
            assert part not in self.out, f"{part!r} not expected in stdout: {self}"
        for part in parts(err_lacks):
            assert part not in self.err, f"{part!r} not expected in stderr: {self}"
        return self


@contextlib.contextmanager
def scratch():
    before = os.getcwd()
    folder = tempfile.mkdtemp(prefix="lprof-cli.")
    os.chmod(folder, 0o755)
    os.chdir(folder)
    try:
        yield pathlib.Path(folder)
    finally:
        os.chdir(before)
        shutil.rmtree(folder, ignore_errors=True)


class Case:
    def __init__(self, lprof, fixtures, folder):
        self.lprof_path, self.fixtures, self.folder = lprof, pathlib.Path(fixtures), folder

    def skip(self, reason):
        raise Skip(reason)

    def fixture(self, name):
        path = self.fixtures / name
        if not path.exists():
            self.skip(f"the fixture {name} is not built")
        return path

    def environment(self, env=None):
        clean = {k: v for k, v in os.environ.items() if k not in CLEARED}
        clean.setdefault("TERM", "xterm")
        clean.update(env or {})
        return clean

    def run(self, argv, input="", env=None, **how):
        """Run to the end. stdin is `input`, through a pipe."""
        argv = [str(word) for word in argv]
        how.setdefault("stdout", subprocess.PIPE)
        how.setdefault("stderr", subprocess.PIPE)
        if "stdin" not in how:
            how["input"] = input.encode()
        done = subprocess.run(argv, env=self.environment(env), timeout=TIMEOUT_S, check=False, **how)
        text = lambda raw: "" if raw is None else raw.decode(errors="replace")
        return Result(argv, done.returncode, text(done.stdout), text(done.stderr))

    def lprof(self, *words, **how):
        return self.run([self.lprof_path, *words], **how)

    def start(self, *words, env=None, **how):
        """Start lprof and return the process."""
        how.setdefault("stdin", subprocess.DEVNULL)
        how.setdefault("stdout", subprocess.PIPE)
        how.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen([str(w) for w in (self.lprof_path, *words)],
                                env=self.environment(env), **how)

    def finish(self, process):
        out, err = process.communicate(timeout=TIMEOUT_S)
        text = lambda raw: (raw or b"").decode(errors="replace")
        return Result(process.args, process.returncode, text(out), text(err))

    def needs_capture(self):
        """Skip when this machine or container does not let lprof measure anything."""
        with scratch():
            result = self.lprof("record", "-o", "probe.lprof", "true")
        if result.status == 125:
            self.skip(f"no capture here: {result.err.strip()}")

    def script(self, name, text, mode=0o755):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def profile(self, name="p.lprof", program=None):
        """Record a short program that is known to get samples."""
        self.needs_capture()
        words = program or [self.fixture("busy"), "60"]
        self.lprof("record", "-q", "-o", name, *words).expect(status=0)
        return self.folder / name

    def on_terminal(self, *words, env=None, on_output=None, stdin=None, stdout=None, size=(24, 100)):
        """Run lprof as the foreground of a new terminal; stdin and stdout may be files instead.

        `on_output(so_far, fd)` is called whenever something was shown; what it writes to fd is typed.
        The result's `out` is all that the terminal showed.
        """
        argv = [str(word) for word in (self.lprof_path, *words)]
        environment = self.environment(env)
        pid, fd = pty.fork()
        if pid == 0:
            become(argv, environment, stdin, stdout, size)
        shown = watch(fd, pid, on_output)
        os.close(fd)
        _, raw = os.waitpid(pid, 0)
        status = os.waitstatus_to_exitcode(raw)
        return Result(argv, status, shown.decode(errors="replace").replace("\r\n", "\n"), "")


def become(argv, environment, stdin, stdout, size):
    """In the child of a fork: become the program, or end."""
    try:
        import fcntl
        import termios
        fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        if stdin is not None:
            os.dup2(os.open(stdin, os.O_RDONLY), 0)
        if stdout is not None:
            os.dup2(os.open(stdout, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        os.execve(argv[0], argv, environment)
    finally:
        os._exit(99)


def watch(fd, pid, on_output):
    shown = b""
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        if not select.select([fd], [], [], 1)[0]:
            continue
        try:
            more = os.read(fd, 65536)
        except OSError: # the other end is closed
            return shown
        if not more:
            return shown
        shown += more
        if on_output:
            on_output(shown.decode(errors="replace"), fd)
    os.kill(pid, signal.SIGKILL)
    raise AssertionError(f"still running after {TIMEOUT_S} s; the terminal shows:\n{shown!r}")


def is_root():
    return os.geteuid() == 0


def as_user(argv):
    """Words that run argv without root's power to write anywhere."""
    if not is_root():
        return list(argv)
    if not shutil.which("setpriv"):
        raise Skip("setpriv is missing, and root may write everywhere")
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *argv]


def wait_for(condition, what):
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen in {TIMEOUT_S} s"
        time.sleep(0.01)


