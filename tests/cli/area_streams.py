"""stdin, stdout and stderr belong to the program; lprof writes its report to stderr only."""
import os
import signal
import subprocess
import time


def case_stdin_is_passed_through(t):
    t.needs_capture()
    text = "".join(f"line {i}\n" for i in range(20000))
    t.lprof("cat", input=text).expect(status=0, out=text)
    t.lprof("record", "-q", "cat", input=text).expect(status=0, out=text, err="")


def case_stdout_is_untouched(t):
    t.needs_capture()
    t.lprof("-v", t.fixture("hello")).expect(status=0, out="hello\n", err_has="hello.c")


def case_stderr_of_the_program_comes_first(t):
    t.needs_capture()
    result = t.lprof("sh", "-c", "echo theirs >&2").expect(status=0, out="")
    assert result.err.startswith("theirs\nlprof: "), result


def case_arguments_reach_the_program(t):
    t.needs_capture()
    words = ["-q", "--help", "--", "", "a b", "*", "-o", "x"]
    t.lprof("record", "-q", "printf", "[%s]", *words).expect(
        out="".join(f"[{w}]" for w in words), err="", status=0)


def case_a_program_called_report(t):
    t.needs_capture()
    t.script("report", "#!/bin/sh\necho I am a report\nexit 3\n")
    env = {"PATH": f"{t.folder}:{os.environ['PATH']}"}
    t.lprof("--", "report", env=env).expect(status=3, out="I am a report\n")
    t.lprof("./report").expect(status=3, out="I am a report\n")
    t.lprof("record", "report", env=env).expect(status=3, out="I am a report\n")
    t.lprof("-q", "--", "report", env=env).expect(status=3, out="I am a report\n")


def case_environment_and_signals_are_those_lprof_got(t):
    t.needs_capture()
    probe = "grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status; ls -l /proc/self/fd | wc -l; env -u _ | sort"
    plain = t.run(["sh", "-c", probe], env={"A": "b"})
    t.lprof("sh", "-c", probe, env={"A": "b"}).expect(status=0, out=plain.out)


def case_what_was_ignored_stays_ignored(t):
    t.needs_capture()
    # The shell in between ignores signals and lprof inherits that, as under nohup.
    probe = ["sh", "-c", "trap '' HUP INT; exec \"$@\"", "sh"]
    shown = ["grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status"]
    plain = t.run([*probe, *shown])
    t.run([*probe, t.lprof_path, *shown]).expect(status=0, out=plain.out)


def case_a_closed_stderr(t):
    t.needs_capture()
    close = lambda: os.close(2)
    t.lprof(t.fixture("busy"), "20", "4", stderr=None, preexec_fn=close).expect(status=4, out="")
    t.lprof("report", "busy.lprof").expect(status=0, out_has="spin.h", err="")
    t.lprof("no-such-program", stderr=None, preexec_fn=close).expect(status=127, out="")


def case_a_closed_stdin_and_stdout(t):
    t.needs_capture()

    def close():
        os.close(0)
        os.close(1)
    t.lprof("sh", "-c", "[ ! -e /proc/$$/fd/0 ] && [ ! -e /proc/$$/fd/1 ]", stdin=None, stdout=None,
            preexec_fn=close).expect(status=0)
    t.lprof("report", stdin=None, stdout=None, preexec_fn=lambda: os.close(1)).expect(status=1)


def case_a_full_stdout(t):
    t.profile()
    with open("/dev/full", "wb") as full:
        t.lprof("report", stdout=full).expect(
            status=1,
            err="lprof: the report cannot be written: standard output: No space left on device\n")


def case_the_reader_of_a_report_goes_away(t):
    t.profile()
    read_end, write_end = os.pipe()
    os.close(read_end)
    t.lprof("report", stdout=write_end).expect(status=0, err="")
    os.close(write_end)


def case_the_reader_of_stderr_goes_away(t):
    t.needs_capture()
    read_end, write_end = os.pipe()
    os.close(read_end)
    t.lprof("-v", t.fixture("busy"), "20", "4", stderr=write_end).expect(status=4)
    os.close(write_end)


def case_a_broken_pipe_still_kills_the_program(t):
    t.needs_capture()
    read_end, write_end = os.pipe()
    os.close(read_end)
    t.lprof("record", "-q", "yes", stdout=write_end).expect(status=128 + signal.SIGPIPE)
    os.close(write_end)


def wait_until_ready(process):
    assert process.stdout.readline() == b"ready\n"


def case_term_and_hup_are_forwarded(t):
    t.needs_capture()
    for number in [signal.SIGTERM, signal.SIGHUP]:
        process = t.start(t.fixture("signal"), "wait")
        wait_until_ready(process)
        process.send_signal(number)
        t.finish(process).expect(status=40, out=f"signal {number}\n", err_has="saved signal.lprof")


def case_int_and_quit_to_lprof_alone_change_nothing(t):
    t.needs_capture()
    process = t.start(t.fixture("signal"), "wait")
    wait_until_ready(process)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGQUIT)
    time.sleep(0.2)
    assert process.poll() is None, "lprof ended"
    process.send_signal(signal.SIGTERM)
    t.finish(process).expect(status=40, out=f"signal {signal.SIGTERM}\n")


def case_int_to_the_group_ends_the_program_and_is_reported(t):
    t.needs_capture()
    process = t.start(t.fixture("busy"), "60000", start_new_session=True)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    t.finish(process).expect(status=128 + signal.SIGINT, err_has="saved busy.lprof")
    assert os.path.exists("busy.lprof")


def case_a_child_that_outlives_the_program(t):
    t.needs_capture()
    started = time.monotonic()
    t.lprof("record", "-q", "sh", "-c", "sleep 5 >/dev/null 2>&1 & exit 3",
            stderr=subprocess.DEVNULL).expect(status=3)
    assert time.monotonic() - started < 4, "lprof waited for the grandchild"
