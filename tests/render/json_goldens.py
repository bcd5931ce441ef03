"""Reads the JSON goldens of a folder with Python's json and checks their shape and sums."""

import json
import pathlib
import sys

TOP = ["lprof", "meta", "functions", "regions", "notes"]
HEAP = ["allocs", "alloc_bytes", "freed_bytes", "live_bytes", "peak_bytes", "frees", "temporary", "alloc_ci_bytes",
        "live_ci_bytes"]
META = ["command", "version", "date", "host", "kernel", "cpu", "mode", "mode_asked", "clock",
        "sampler", "rate_hz", "wall_ns", "cpu_ns", "sampled_ns", "samples", *HEAP, "resident_bytes", "counting_ns",
        "lost_samples", "exit_status", "threads", "processes", "modules"]
FUNCTION = ["name", "linkage_name", "file", "line", "module", "marked", "counted", "mine", "ncalls", "pcalls",
            "call_total_ns", "call_min_ns", "call_max_ns", "own_ns", "own_alloc_bytes", "own_resident_bytes",
            "tottime_ns", "cumtime_ns", "lines", "callers"]
LINE = ["line", "hits", "instr", "samples", "time_ns", "self_ns", "inlined_ns", "called_ns", "ci_ns",
        *HEAP, "rss_bytes", "increment_bytes", "occurrences"]
NOTE = ["code", "count", "text", "hint"]


def expect_keys(what, value, keys):
    found = [key for key in value if not (keys is LINE and key == "file")]
    assert found == keys, f"{what}: {found}"


def check(path):
    report = json.loads(path.read_text(encoding="utf-8"))
    expect_keys("top", report, TOP)
    expect_keys("meta", report["meta"], META)
    assert report["lprof"] == 1
    for function in report["functions"]:
        expect_keys("function", function, FUNCTION)
        for line in function["lines"]:
            expect_keys("line", line, LINE)
            parts = [line["self_ns"], line["inlined_ns"], line["called_ns"] or 0]
            assert line["time_ns"] == sum(parts), line
    for note in report["notes"]:
        expect_keys("note", note, NOTE)
    sampled = report["meta"]["sampled_ns"]
    own = sum(function["own_ns"] for function in report["functions"])
    selfs = sum(line["self_ns"] for function in report["functions"] for line in function["lines"])
    assert own == sampled, f"own times: {own} of {sampled}"
    assert selfs == sampled, f"self times: {selfs} of {sampled}"


def main():
    paths = sorted(pathlib.Path(sys.argv[1]).glob("json-*.golden"))
    assert paths, "no goldens"
    for path in paths:
        check(path)
        print(f"{path.name}: sound")


main()
