"""Where profiles and reports are saved, and what happens when they cannot be."""
import os
import re
import subprocess
import time

import harness


def case_the_profile_is_named_after_the_program(t):
    t.needs_capture()
    t.lprof("record", t.fixture("busy"), "20").expect(status=0, out="")
    assert os.listdir() == ["busy.lprof"]


def case_the_previous_profile_is_kept(t):
    t.needs_capture()
    t.script("old.lprof", "previous")
    t.lprof("record", "-o", "old.lprof", "true").expect(status=0)
    assert (t.folder / "old.lprof.old").read_text() == "previous"
    first = (t.folder / "old.lprof").read_bytes()
    t.lprof("record", "-o", "old.lprof", "true").expect(status=0)
    assert (t.folder / "old.lprof.old").read_bytes() == first


def case_patterns_in_the_name(t):
    t.needs_capture()
    t.lprof("record", "-o", "%h-%r-%%.lprof", "true", env={"SLURM_PROCID": "3"}).expect(status=0)
    t.lprof("record", "-o", "%r.lprof", "true").expect(status=0)
    t.lprof("record", "-o", "%r-pmi.lprof", "true", env={"PMI_RANK": "5"}).expect(status=0)
    t.lprof("record", "-o", "%r-slash.lprof", "true", env={"PMI_RANK": "../x"}).expect(status=0)
    assert sorted(os.listdir()) == sorted([f"{os.uname().nodename}-3-%.lprof", "0.lprof", "5-pmi.lprof",
                                           ".._x-slash.lprof"]), os.listdir()


def case_the_process_id_is_that_of_the_program(t):
    t.needs_capture()
    pid = t.lprof("record", "-q", "-o", "p%p.lprof", "sh", "-c", "echo $$").expect(status=0).out.strip()
    assert os.listdir() == [f"p{pid}.lprof"], (pid, os.listdir())


def unwritable(t):
    """Names that cannot be written, with why."""
    t.script("file", "")
    yield "file/below.lprof", "Not a directory"
    yield "no/such/folder.lprof", "No such file or directory"
    yield str(t.folder), "Is a directory"
    # /proc answers ENOENT to creation, /sys EACCES: both are what the system says.
    yield "/proc/x.lprof", None
    yield "x" * 300, "File name too long"


def case_record_ends_before_the_program_when_it_cannot_save(t):
    for name, why in unwritable(t):
        result = t.lprof("record", "-o", name, "touch", "ran").expect(status=125, out="")
        assert re.fullmatch(r"lprof: the profile cannot be saved: .*: .+\n", result.err), result
        assert why is None or why in result.err, result
        assert not os.path.exists("ran")


def case_a_run_that_cannot_save_goes_on(t):
    t.needs_capture()
    for name, _ in unwritable(t):
        result = t.lprof("-o", name, t.fixture("busy"), "30", "9").expect(status=9, out="")
        assert result.err.startswith("lprof: the profile cannot be saved: "), result
        result.expect(err_has="spin.h", err_lacks="saved ")


def case_a_folder_of_somebody_else(t):
    os.mkdir("theirs")
    os.chmod("theirs", 0o555)
    argv = harness.as_user([t.lprof_path, "record", "-o", "theirs/x.lprof", "true"])
    t.run(argv).expect(status=125, out="",
                       err="lprof: the profile cannot be saved: theirs/x.lprof: Permission denied\n")


def case_a_full_device(t):
    t.needs_capture()
    message = "lprof: the profile cannot be saved: /dev/full: No space left on device\n"
    t.lprof("record", "-o", "/dev/full", "true").expect(status=125, err=message)
    t.lprof("-o", "/dev/full", "sh", "-c", "exit 6").expect(status=6, err_has=message)
    assert not os.path.isfile("/dev/full") and not os.path.exists("/dev/full.old")


def case_a_full_disk(t):
    t.needs_capture()
    if not harness.is_root():
        t.skip("only root can mount a tiny disk")
    os.mkdir("disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "none", "disk"], check=False,
                             stderr=subprocess.DEVNULL)
    if mounted.returncode:
        t.skip("mount is not allowed here")
    try:
        with open("disk/filler", "wb") as filler:
            filler.write(bytes(4096))
        result = t.lprof("-o", "disk/x.lprof", t.fixture("busy"), "30", "9").expect(status=9)
        result.expect(err_has="disk/x.lprof: No space left on device")
        assert os.listdir("disk") == ["filler"], os.listdir("disk")
    finally:
        subprocess.run(["umount", "disk"], check=True)


def case_a_device_stays_a_device(t):
    t.needs_capture()
    t.lprof("record", "-o", "/dev/null", "true").expect(status=0)
    assert not os.path.isfile("/dev/null") and not os.path.exists("/dev/null.old")


def case_the_report_of_a_run_in_a_file(t):
    t.needs_capture()
    result = t.lprof("--report-file", "report.txt", t.fixture("busy"), "40", "3").expect(status=3, out="")
    result.expect(err="lprof: saved busy.lprof, report in report.txt\n")
    assert "spin.h" in (t.folder / "report.txt").read_text()


def case_a_json_report_of_a_run(t):
    import json
    t.needs_capture()
    t.lprof("--format", "json", "--report-file", "r%r.json", t.fixture("busy"), "40").expect(status=0)
    report = json.loads((t.folder / "r0.json").read_text())
    assert report["lprof"] == 1 and report["meta"]["samples"] > 0, report


def case_a_report_file_that_cannot_be_written(t):
    result = t.lprof("--report-file", "no/such/folder", "touch", "ran").expect(status=125)
    result.expect(err="lprof: the report cannot be written: no/such/folder: No such file or directory\n")
    assert not os.path.exists("ran")
    t.profile()
    t.lprof("report", "-o", "no/such/folder").expect(
        status=1, out="",
        err="lprof: the report cannot be written: no/such/folder: No such file or directory\n")
    t.lprof("report", "-o", "/dev/full").expect(
        status=1, out="", err="lprof: the report cannot be written: /dev/full: No space left on device\n")


def case_report_to_a_file(t):
    t.profile()
    shown = t.lprof("report").expect(status=0, err="").out
    t.lprof("report", "-o", "out.txt").expect(status=0, out="", err="")
    assert (t.folder / "out.txt").read_text() == shown


def case_report_takes_the_newest_profile(t):
    t.profile("a.lprof", [t.fixture("busy"), "30"])
    t.profile("b.lprof", [t.fixture("hello")])
    now = time.time()
    os.utime("a.lprof", (now, now))
    os.utime("b.lprof", (now - 100, now - 100))
    t.lprof("report").expect(status=0, out_has="busy", out_lacks="hello")
    os.utime("b.lprof", (now + 100, now + 100))
    os.mkdir("c.lprof") # a folder is no profile, however new
    os.utime("c.lprof", (now + 200, now + 200))
    t.lprof("report").expect(status=0, out_has="hello", out_lacks="busy")


def case_several_profiles_are_merged(t):
    import json
    t.profile("a.lprof", [t.fixture("busy"), "30"])
    t.profile("b.lprof", [t.fixture("busy"), "50"])
    samples = lambda *files: json.loads(
        t.lprof("report", "--format", "json", *files).expect(status=0).out)["meta"]["samples"]
    a, b = samples("a.lprof"), samples("b.lprof")
    assert samples("a.lprof", "b.lprof") == a + b
    t.lprof("merge", "-o", "all", "a.lprof", "b.lprof").expect(status=0, out="", err="")
    assert samples("all") == a + b
    t.lprof("merge", "-o", "b.lprof", "a.lprof", "b.lprof").expect(status=0)
    assert samples("b.lprof") == a + b
    assert samples("b.lprof.old") == b


def case_merge_with_a_bad_file_writes_nothing(t):
    t.profile("a.lprof")
    t.script("bad.lprof", "nothing")
    t.lprof("merge", "-o", "all", "a.lprof", "bad.lprof").expect(status=1, err_has="bad.lprof: ")
    assert not os.path.exists("all")


def case_quiet_and_verbose(t):
    t.needs_capture()
    busy = t.fixture("busy")
    t.lprof("record", "-q", busy, "20").expect(status=0, out="", err="")
    result = t.lprof("record", busy, "20").expect(status=0, out="")
    assert re.fullmatch(r"lprof: saved busy\.lprof: [\d ]+ samples?; "
                        r"to see it: lprof report busy\.lprof\n", result.err), result
    result = t.lprof("record", "-v", busy, "20").expect(status=0, out="")
    result.expect(err_has=["sampler ", "stack", "lprof itself used "])
    t.lprof("-q", busy, "20").expect(status=0, out="", err_has="spin.h")
