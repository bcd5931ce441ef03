#!/usr/bin/env python3
"""Leaves regions in every way and looks whether each was counted as often as it was entered.

usage: check_exits.py LPROF
"""
import re
import subprocess
import sys

import regions

C_CALLS = {
    "return": 100, "goto": 100, "break": 300, "around the jump": 100,
    "around the jump/jumped out of": 100, "recursive": 210, "timed": 100, "timed/in timed": 100,
    "thread": 4000, "thread/in thread": 4000, "signalled": 1, "signalled/handler": 10, "forks": 1,
    "forks/child": 1, "open at the end": 1,
}
CPP_CALLS = {"around": 100, "around/template": 150, "method": 100, "lambda": 5, "made name": 1}


def check_calls(made, expected):
    found = {path: region["calls"] for path, region in regions.by_path(made).items()}
    assert found == expected, f"{found}\nshould be {expected}"


def check_times(made):
    for path, region in regions.by_path(made).items():
        assert region["min_ns"] <= region["p50_ns"] <= region["p99_ns"] <= region["max_ns"], region
        assert region["min_ns"] * region["calls"] <= region["total_ns"] * 30, region
        if "/" in path:
            outer = regions.by_path(made)[path.rsplit("/", 1)[0]]
            # A region around others takes longer; of one that is entered again, the outermost counts.
            assert region["total_ns"] <= outer["total_ns"] * 1.01 + 1000, (path, region, outer)


def builds(source):
    for compiler in {"exits.c": ("gcc", "clang"), "exits.cc": ("g++", "clang++")}[source]:
        for flags in (["-O0"], ["-O2"], ["-O2", "-flto"], ["-O2", "-fno-pie", "-no-pie"],
                      ["-O2", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections"]):
            if compiler.startswith("clang") and "-flto" in flags:
                continue
            yield compiler, flags


def test_exits_of_c(lprof):
    for compiler, flags in builds("exits.c"):
        regions.compile("exits.c", "exits", *flags, compiler=compiler)
        made = regions.record(lprof, "p.lprof", "./exits", status=7)
        check_calls(made, C_CALLS)
        check_times(made)
        assert regions.notes(made).get("regions-open") == 1, regions.notes(made)
        assert "regions-unbalanced" not in regions.notes(made), regions.notes(made)


def test_exits_of_cpp(lprof):
    for compiler, flags in builds("exits.cc"):
        regions.compile("exits.cc", "exits", *flags, compiler=compiler)
        made = regions.record(lprof, "p.lprof", "./exits")
        check_calls(made, CPP_CALLS)
        check_times(made)


def test_programs_run_without_lprof(lprof):
    regions.compile("exits.c", "exits", "-O2")
    assert not regions.run("./exits", status=7).stderr
    regions.compile("exits.cc", "exits", "-O2")
    assert not regions.run("./exits").stderr
    assert "lprof" not in subprocess.run(["ldd", "./exits"], capture_output=True, text=True).stdout


def path_without_hooks(code):
    """The instructions that run while the hooks are NULL: no jump of `test x,x; jne` is taken, each of `je` is."""
    at = {addr: i for i, (addr, _) in enumerate(code)}
    path, i = [], 0
    while True:
        text = code[i][1]
        path.append(text)
        if text.startswith("ret"):
            return path
        jump = re.match(r"(jmp|je)\s+([0-9a-f]+)", text)
        i = at[jump.group(2)] if jump else i + 1


def test_without_lprof_a_region_is_a_load_and_a_branch(lprof):
    source = f"{regions.HERE}/unprofiled.c"
    for compiler in ("gcc", "clang", "g++", "clang++"):
        regions.run(compiler, "-O2", "-I", regions.INCLUDE, "-x", "c++" if "+" in compiler else "c", "-c", source,
                    "-o", "unprofiled.o")
        code = {}
        for line in regions.run("objdump", "-dC", "--no-show-raw-insn", "unprofiled.o").stdout.splitlines():
            head = re.match(r"[0-9a-f]+ <(\w+)", line)
            instruction = re.match(r"\s+([0-9a-f]+):\t(.*)", line)
            if head:
                rows = []
                # What was split off a function comes behind it, under the same name.
                code.setdefault(head.group(1), rows)
            elif instruction:
                # Without the names of what is pointed to.
                rows.append((instruction.group(1), re.sub(r"[<#].*", "", instruction.group(2))))
        for name, branches, calls in (("leaf", 1, 0), ("timed", 1, 0), ("around", 2, 1)):
            path = path_without_hooks(code[name])
            told = f"{compiler}: {name}: {path}"
            memory = [text for text in path if "(" in text and not text.startswith(("lea", "nop"))]
            assert len(memory) == 1 and re.match(r"mov\s+0x0\(%rip\),%r", memory[0]), told
            assert sum(text.startswith("j") and not text.startswith("jmp") for text in path) <= branches, told
            assert sum(text.startswith("call") for text in path) == calls, told


def test_profiles_merge(lprof):
    regions.compile("exits.cc", "exits", "-O2")
    for name in ("1", "2"):
        regions.record(lprof, f"{name}.lprof", "./exits")
    regions.run(lprof, "merge", "-o", "all.lprof", "1.lprof", "2.lprof")
    check_calls(regions.report(lprof, "all.lprof"), {path: 2 * n for path, n in CPP_CALLS.items()})


def test_timed_scopes_are_printed(lprof):
    regions.compile("exits.cc", "exits", "-O2")
    printed = regions.run(lprof, "record", "-q", "./exits", env={"LPROF_TIMED_PRINT": "1"}).stderr
    lines = printed.splitlines()
    assert len(lines) == 100, printed
    for line in lines:
        assert re.fullmatch(r"lprof: method: [0-9.]+ (ns|us|ms)", line), line


if __name__ == "__main__":
    sys.exit(regions.Tests(sys.modules[__name__]).run())
