"""The exit status, and what is said when the program cannot be run."""
import os
import struct


def foreign_elf(t, name, elf_class, machine):
    """A file that starts as an ELF program of another machine."""
    ident = b"\x7fELF" + bytes([elf_class, 1, 1]) + bytes(9)
    if elf_class == 2:
        rest = struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, 0x400000, 64, 0, 0, 64, 56, 0, 64, 0, 0)
    else:
        rest = struct.pack("<HHIIIIIHHHHHH", 2, machine, 1, 0x8048000, 52, 0, 0, 52, 32, 0, 40, 0, 0)
    path = t.folder / name
    path.write_bytes(ident + rest)
    path.chmod(0o755)
    return path


def one_line(result):
    assert result.err.startswith("lprof: ") and result.err.count("\n") == 1, result
    assert result.out == "", result


def case_the_status_is_the_programs_own(t):
    t.needs_capture()
    for status in [0, 1, 3, 125, 126, 127, 255]:
        for command in [[], ["record"]]:
            t.lprof(*command, "sh", "-c", f"exit {status}").expect(status=status)


def case_a_program_killed_by_a_signal(t):
    t.needs_capture()
    for number in [1, 2, 6, 9, 11, 15]:
        t.lprof(t.fixture("signal"), "kill", number).expect(status=128 + number)
        assert (t.folder / "signal.lprof").exists()


def case_a_program_that_does_not_exist(t):
    for command in [[], ["record"]]:
        for program in ["no-such-program", "./no-such-program", "/no/such/program"]:
            result = t.lprof(*command, program).expect(status=127, err_has=[program])
            one_line(result)
    assert not list(t.folder.iterdir()), "a profile of nothing"


def case_a_program_in_a_folder_that_is_a_file(t):
    t.script("file", "")
    one_line(t.lprof("./file/program").expect(status=126, err_has=["./file/program"]))


def case_a_file_that_is_not_executable(t):
    t.script("data", "echo no\n", mode=0o644)
    one_line(t.lprof("./data").expect(status=126, err_has=["./data"]))


def case_a_folder(t):
    one_line(t.lprof(t.folder).expect(status=126, err_has=[str(t.folder)]))


def case_a_script_with_an_interpreter(t):
    t.needs_capture()
    t.script("script", "#!/bin/sh\necho from a script $1\nexit 7\n")
    t.lprof("./script", "now").expect(status=7, out="from a script now\n")


def case_a_script_without_an_interpreter_runs_through_sh(t):
    t.needs_capture()
    t.script("script", "echo plain $1\nexit 8\n")
    t.lprof("./script", "text").expect(status=8, out="plain text\n")


def case_a_script_whose_interpreter_is_missing(t):
    t.script("script", "#!/no/such/interpreter\n")
    result = t.lprof("./script")
    assert result.status in (126, 127), result
    one_line(result.expect(err_has=["./script"]))


def case_an_elf_file_of_another_machine(t):
    for name, elf_class, machine in [("arm64", 2, 183), ("arm", 1, 40)]:
        path = foreign_elf(t, name, elf_class, machine)
        one_line(t.lprof(path).expect(status=126, err_has=[str(path)]))


def case_an_elf_file_that_is_cut_short(t):
    path = t.folder / "cut"
    path.write_bytes(b"\x7fELF")
    path.chmod(0o755)
    one_line(t.lprof("./cut").expect(status=126, err_has=["./cut"]))


def case_a_program_that_ends_at_once(t):
    t.needs_capture()
    t.lprof("true").expect(status=0)
    t.lprof("false").expect(status=1)


def case_a_program_that_lives_a_fifth_of_a_millisecond(t):
    t.needs_capture()
    t.lprof(t.fixture("short")).expect(status=5, out="short\n")
    t.lprof("report", "short.lprof").expect(status=0)


def case_too_short_is_noted(t):
    t.needs_capture()
    for _ in range(5): # a sample may hit even this one
        t.lprof("record", "true").expect(status=0)
        result = t.lprof("report", "--format", "json").expect(status=0)
        if '"samples": 0' in result.out or '"samples":0' in result.out:
            assert '"too-short"' in result.out, result
            return
    t.skip("every run got a sample")


def case_rate_0_samples_nothing(t):
    t.needs_capture()
    t.lprof("-F", "0", t.fixture("busy"), "30", "4").expect(status=4)
    t.lprof("report", "busy.lprof").expect(status=0)


def case_an_empty_name(t):
    one_line(t.lprof("").expect(status=127))


def case_a_failed_report_is_status_1(t):
    t.lprof("report", "none.lprof").expect(
        status=1, out="", err="lprof: none.lprof: No such file or directory\n")
    t.lprof("merge", "-o", "out.lprof", "none.lprof").expect(
        status=1, out="", err="lprof: none.lprof: No such file or directory\n")
    t.lprof("report").expect(
        status=1, out="", err="lprof: there is no *.lprof file in this folder; to make one: lprof PROGRAM\n")
    assert not os.path.exists("out.lprof")
