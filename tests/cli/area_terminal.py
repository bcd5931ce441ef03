"""On a terminal: Ctrl-C, the pager, colours, the live line."""
import os
import signal


def case_ctrl_c_goes_to_the_program_and_the_report_is_printed(t):
    t.needs_capture()
    typed = []

    def on_output(so_far, fd):
        if "ready" in so_far and not typed:
            typed.append(os.write(fd, b"\x03"))
    result = t.on_terminal(t.fixture("signal"), "wait", on_output=on_output)
    result.expect(status=40, out_has=[f"signal {signal.SIGINT}", "saved signal.lprof"])
    assert os.path.exists("signal.lprof")


def case_ctrl_c_kills_a_program_that_does_not_mind(t):
    t.needs_capture()
    t.script("program", "#!/bin/sh\necho ready\nexec \"$1\" 60000\n")
    typed = []

    def on_output(so_far, fd):
        if "ready" in so_far and not typed:
            typed.append(os.write(fd, b"\x03"))
    t.on_terminal("./program", t.fixture("busy"), on_output=on_output).expect(
        status=128 + signal.SIGINT, out_has="lprof: ")


PLAIN = {"NO_COLOR": "1"}


def pager(t):
    t.script("pager", "#!/bin/sh\necho pager LESS=$LESS LV=$LV\nsed 's/^/@ /'\n")
    return str(t.folder / "pager")


def case_a_report_on_a_terminal_is_paged(t):
    t.profile()
    result = t.on_terminal("report", env={**PLAIN, "LPROF_PAGER": pager(t), "PAGER": "false"})
    result.expect(status=0, out_has=["pager LESS=FRX LV=-c", "@ lprof: "])
    t.on_terminal("report", env={**PLAIN, "PAGER": pager(t), "LESS": "S"}).expect(
        status=0, out_has=["pager LESS=S", "@ lprof: "])


def case_a_pager_with_arguments_runs_through_the_shell(t):
    t.profile()
    t.on_terminal("report", env={**PLAIN, "PAGER": "sed 's/^/= /' | cat"}).expect(status=0, out_has="= lprof: ")


def case_no_pager_when_none_is_wanted(t):
    t.profile()
    for none in ["", "cat"]:
        t.on_terminal("report", env={**PLAIN, "LPROF_PAGER": none, "PAGER": pager(t)}).expect(
            status=0, out_has="lprof: ", out_lacks="@ ")


def case_a_pager_that_is_missing_is_done_without(t):
    t.profile()
    t.on_terminal("report", env={**PLAIN, "PAGER": "/no/such/pager"}).expect(status=0, out_has="spin.h")
    t.on_terminal("report", env={**PLAIN, "PATH": "/no/such/folder"}).expect(status=0, out_has="spin.h")


def case_a_pager_that_leaves_early(t):
    t.profile()
    t.on_terminal("report", env={**PLAIN, "PAGER": "true"}).expect(status=0, out_lacks="lprof:")


def case_no_pager_on_a_pipe_or_in_a_file(t):
    t.profile()
    t.lprof("report", env={**PLAIN, "PAGER": pager(t)}).expect(status=0, out_has="lprof: ", out_lacks="pager")
    t.on_terminal("report", "-o", "out.txt", env={**PLAIN, "PAGER": pager(t)}).expect(status=0, out="")


def case_no_pager_for_wrong_usage(t):
    t.on_terminal("report", "--foo", env={**PLAIN, "PAGER": pager(t)}).expect(status=2, out_lacks="pager")


ESCAPE = "\x1b["


def case_colors(t):
    t.profile()
    plain = {"PAGER": "cat"}
    shown = lambda *words, **env: t.on_terminal("report", *words, env={**plain, **env}).expect(status=0).out
    assert ESCAPE in shown(), "colours on a terminal"
    assert ESCAPE not in shown("--color", "never")
    assert ESCAPE not in shown(NO_COLOR="1")
    assert ESCAPE in shown(NO_COLOR="")
    assert ESCAPE in shown("--color", "always", NO_COLOR="1")
    assert ESCAPE not in shown(TERM="dumb")
    assert ESCAPE not in t.lprof("report").expect(status=0).out, "no colours on a pipe"
    assert ESCAPE in t.lprof("report", "--color=always").expect(status=0).out


def case_the_live_line(t):
    t.needs_capture()
    result = t.on_terminal("-o", "x.lprof", t.fixture("busy"), "2500", stdin="/dev/null",
                           stdout="/dev/null", env={"NO_COLOR": "1"})
    result.expect(status=0, out_has=["\r\x1b[Klprof: 1 s, ", " samples, hottest spin.h:", "\r\x1b[Klprof: 2 s"])
    last = result.out.rindex("\r\x1b[K")
    assert "samples, hottest" not in result.out[last:], "the line is wiped away"


def case_no_live_line_when_the_program_has_the_terminal(t):
    t.needs_capture()
    busy = t.fixture("busy")
    for place in [{}, {"stdin": "/dev/null"}, {"stdout": "/dev/null"}]:
        t.on_terminal(busy, "1300", **place).expect(status=0, out_lacks="hottest spin.h")
    t.on_terminal("-q", busy, "1300", stdin="/dev/null", stdout="/dev/null").expect(
        status=0, out_lacks="hottest spin.h")
    t.on_terminal("--live", busy, "1300").expect(status=0, out_has="hottest spin.h:")


def case_no_live_line_without_a_terminal(t):
    t.needs_capture()
    t.lprof("--live", t.fixture("busy"), "1300").expect(status=0, err_lacks="\r")


def case_the_live_line_is_cut_to_the_terminal(t):
    t.needs_capture()
    result = t.on_terminal("--live", t.fixture("busy"), "1300", size=(24, 20), env={"NO_COLOR": "1"})
    lines = [part for part in result.out.split("\r\x1b[K") if part.startswith("lprof: 1 s")]
    assert lines and all(len(line.split("\n")[0]) <= 19 for line in lines), result


def case_pstats_is_not_written_to_a_terminal(t):
    t.profile()
    t.on_terminal("report", "--format", "pstats").expect(status=2, out_has=["terminal", "-o FILE"])
    assert t.lprof("report", "--format", "pstats", "-o", "out.pstats").status == 0
    assert os.path.getsize("out.pstats")
