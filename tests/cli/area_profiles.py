"""Files that are no profile, or no longer one: one line, status 1, never a crash."""
import gzip
import os
import pickle
import random


def refuse(t, name, *parts):
    for command in [["report"], ["merge", "-o", "out"]]:
        result = t.lprof(*command, name).expect(status=1, out="", err_has=[f"lprof: {name}: ", *parts])
        assert result.err.count("\n") == 1, result
    assert not os.path.exists("out")


def case_an_empty_file(t):
    t.script("empty.lprof", "")
    refuse(t, "empty.lprof")


def case_text(t):
    t.script("text.lprof", "hello, world\n")
    refuse(t, "text.lprof")


def case_random_bytes(t):
    dice = random.Random(1)
    for size in [1, 2, 3, 10, 100, 5000]:
        (t.folder / "random.lprof").write_bytes(dice.randbytes(size))
        refuse(t, "random.lprof")


def case_gzip_of_something_else(t):
    dice = random.Random(2)
    for content in [b"", b"hello", dice.randbytes(3000)]:
        (t.folder / "foreign.lprof").write_bytes(gzip.compress(content))
        refuse(t, "foreign.lprof")


def case_a_python_pickle_is_named(t):
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        (t.folder / "python.lprof").write_bytes(pickle.dumps({"timings": {}, "unit": 1e-9}, protocol))
        refuse(t, "python.lprof", "Python")


def case_a_folder_and_a_device(t):
    os.mkdir("folder.lprof")
    refuse(t, "folder.lprof")
    t.lprof("report", "/dev/null").expect(status=1, err="lprof: /dev/null: not a regular file\n")


def case_a_fifo_does_not_hang(t):
    os.mkfifo("pipe.lprof")
    refuse(t, "pipe.lprof", "not a regular file")


def case_a_profile_cut_short(t):
    whole = t.profile().read_bytes()
    for size in sorted({1, 2, 10, 18, len(whole) // 2, len(whole) - 9, len(whole) - 1}):
        (t.folder / "cut.lprof").write_bytes(whole[:size])
        refuse(t, "cut.lprof")


def case_a_damaged_profile_never_crashes(t):
    body = bytearray(gzip.decompress(t.profile().read_bytes()))
    dice = random.Random(3)
    for _ in range(40):
        bad = bytearray(body)
        for _ in range(dice.choice([1, 1, 5, 50])):
            bad[dice.randrange(len(bad))] = dice.randrange(256)
        (t.folder / "bad.lprof").write_bytes(gzip.compress(bytes(bad), 1))
        result = t.lprof("report", "bad.lprof")
        assert result.status in (0, 1), result
        result = t.lprof("report", "--format", "json", "bad.lprof")
        assert result.status in (0, 1), result


def case_a_body_cut_short_inside_gzip(t):
    body = gzip.decompress(t.profile().read_bytes())
    for size in [1, 7, len(body) // 3, len(body) - 1]:
        (t.folder / "cut.lprof").write_bytes(gzip.compress(body[:size]))
        result = t.lprof("report", "cut.lprof")
        assert result.status in (0, 1), result


def case_the_first_bad_file_of_several_is_named(t):
    t.profile("a.lprof")
    t.script("bad.lprof", "nothing")
    t.lprof("report", "a.lprof", "bad.lprof").expect(status=1, out="", err_has="lprof: bad.lprof: ")
