"""`lprof list` and the choice of functions: -f, --source, --all, and marks."""
import json
import pathlib
import re
import shutil
import subprocess

INCLUDE = pathlib.Path(__file__).resolve().parents[2] / "include"

# Where each function stands is part of the cases below.
APP = """\
#include "part.h"
#include <lprof/lprof.h>
#include <stdio.h>
static volatile unsigned long sink;
LPROF_FUNC void marked_cheap(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        sink += i;
}
__attribute__((noinline)) static void hot(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        sink ^= i * 3;
}
int main(void)
{
    for (int round = 0; round < 40; round++) {
        marked_cheap(400000);
        part_run(&sink, 200000);
        hot(2000000);
    }
    return (int)(sink & 1) * 0;
}
"""
PART_H = """\
void part_run(volatile unsigned long *sink, unsigned n);
static inline void part_step(volatile unsigned long *sink, unsigned i)
{
    *sink += i * 5;
}
"""
PART_C = """\
#include "part.h"
void part_run(volatile unsigned long *sink, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        part_step(sink, i);
}
"""


def compiler(t, name):
    if not shutil.which(name):
        t.skip(f"{name} is not installed")
    return name


def build(t, name="app", compile_with="gcc", flags=("-O2", "-g"), strip=None):
    """Compile the program above in the scratch folder."""
    compiler(t, compile_with)
    for file, text in ("app.c", APP), ("part.h", PART_H), ("part.c", PART_C):
        (t.folder / file).write_text(text)
    subprocess.run([compile_with, *flags, "-I", str(INCLUDE), "app.c", "part.c", "-o", name],
                   check=True, capture_output=True)
    if strip:
        subprocess.run(["strip", strip, name], check=True)
    return f"./{name}"


def rows(result):
    """[(mark, code, place, name)] in the order printed; comments are left out."""
    lines = [line for line in result.out.splitlines() if not line.startswith("#")]
    return [tuple(line.split(None, 3)) for line in lines]


def listed(t, *words):
    return rows(t.lprof("list", *words).expect(status=0))


def case_functions_by_file_and_line(t):
    assert listed(t, build(t)) == [
        ("marked", "own", "app.c:5", "marked_cheap"),
        ("-", "own", "app.c:10", "hot"),
        ("-", "own", "app.c:15", "main"),
        ("-", "own", "part.c:2", "part_run"),
        ("-", "inlined", "part.h:2", "part_step"),
    ]


def case_columns_are_aligned(t):
    lines = t.lprof("list", build(t)).expect(status=0, err="").out.splitlines()[3:]
    starts = [[match.start() for match in re.finditer(r"\S+", line)] for line in lines]
    assert len(set(map(tuple, starts))) == 1, lines


def case_head_tells_numbers_and_debug_info(t):
    lines = t.lprof("list", build(t)).expect(status=0, err="").out.splitlines()
    assert re.fullmatch(r"# \./app: 5 of \d+ functions, 1 marked", lines[0]), lines
    assert lines[1] == "# debug info: ./app", lines
    assert re.fullmatch(r"# \d+ functions without lines are left out; to see them: -f '\*'", lines[2])


def case_a_program_full_of_its_libraries_tells_how_to_see_its_own(t):
    (t.folder / "full.cc").write_text(
        "#include <map>\n#include <string>\nint main(int n, char **words)\n{\n"
        "    std::map<std::string, int> counts;\n    while (n--)\n        counts[words[n]]++;\n"
        "    return (int)counts.size() - 1;\n}\n")
    subprocess.run([compiler(t, "g++"), "-O1", "-g", "full.cc", "-o", "full"], check=True)
    out = t.lprof("list", "./full").expect(status=0).out
    assert re.search(r"^# \d\d+ functions are not of your project; to see yours alone: --mine$", out, re.M), out
    t.lprof("list", "--mine", "./full").expect(status=0, out_has="full.cc:3", out_lacks="not of your project")
    t.lprof("list", build(t)).expect(status=0, out_lacks="not of your project")


def case_filters_narrow(t):
    app = build(t)
    names = lambda *words: [row[3] for row in listed(t, *words, app)]
    assert names("-f", "part_*") == ["part_run", "part_step"]
    assert names("-f", "main", "-f", "hot") == ["hot", "main"]
    assert names("--source", "part.?") == ["part_run", "part_step"]
    assert names("--source", "*.c", "-f", "part_*") == ["part_run"]
    assert names("-f", "part.h:*") == ["part_step"]
    assert names("--mine") == ["marked_cheap", "hot", "main", "part_run", "part_step"]
    assert names("--not-mine", "part.*") == ["marked_cheap", "hot", "main"]
    assert names("--mine", "*.h") == ["marked_cheap", "hot", "main", "part_run", "part_step"]
    assert "_start" in names("-f", "*")


def case_nothing_matched_is_one_line_with_the_nearest_names(t):
    app = build(t)
    t.lprof("list", "-f", "mian", app).expect(
        status=1, out="", err="lprof: no function of ./app matches 'mian'; nearest: main\n")
    t.lprof("list", "--source", "prat.c", app).expect(
        status=1, out="", err="lprof: no source file of ./app matches 'prat.c'; nearest: part.c, part.h\n")


def case_program_without_line_info(t):
    result = t.lprof("list", build(t, flags=["-O2"])).expect(
        status=0, out_has="# debug info: none, names are those of the symbol table; build with -g",
        err="lprof: note: 1 marked functions have no line info; build their files with -g\n")
    assert ("marked", "own", "-", "marked_cheap") in rows(result), result
    assert ("-", "own", "-", "main") in rows(result), result


def case_stripped_program(t):
    result = t.lprof("list", build(t, strip="-s")).expect(
        status=0, out_has="# debug info: none, and the symbols are stripped")
    (row,) = [row for row in rows(result) if row[0] == "marked"]
    assert row[1:3] == ("own", "-") and re.fullmatch(r"0x[0-9a-f]+", row[3]), row


def case_debug_info_of_its_own_file(t):
    build(t)
    for words in (["--only-keep-debug", "app", "app.debug"],
                  ["--strip-all", "--add-gnu-debuglink=app.debug", "app", "thin"]):
        subprocess.run(["objcopy", *words], check=True)
    result = t.lprof("list", "./thin").expect(status=0, err="")
    assert re.search(r"^# debug info: /.*/app\.debug$", result.out, re.M), result
    assert ("marked", "own", "app.c:5", "marked_cheap") in rows(result), result


def case_library(t):
    (t.folder / "part.h").write_text(PART_H)
    (t.folder / "part.c").write_text(PART_C.replace("void part_run", "LPROF_FUNC void part_run"))
    subprocess.run([compiler(t, "gcc"), "-O2", "-g", "-fPIC", "-shared", "-I", str(INCLUDE), "-include",
                    "lprof/lprof.h", "part.c", "-o", "libpart.so"], check=True)
    assert ("marked", "own", "part.c:2", "part_run") in listed(t, "libpart.so")
    subprocess.run(["strip", "-s", "libpart.so"], check=True)
    assert ("marked", "own", "-", "part_run") in listed(t, "libpart.so")


def case_program_of_path(t):
    t.lprof("list", "sh").expect(status=0, out_has="/sh: ")


def case_files_that_are_no_program(t):
    t.script("app", "#!/bin/sh\n")
    t.lprof("list", "./app").expect(status=1, out="", err="lprof: ./app: not an ELF file\n")
    t.lprof("list", "./none").expect(status=1, out="", err="lprof: ./none: No such file or directory\n")


def case_builds_with_entries_everywhere_mark_nothing(t):
    for name in ["gcc", "clang"]:
        for flags in [["-fpatchable-function-entry=5"], ["-fpatchable-function-entry=4,2"],
                      ["-fpatchable-function-entry=5", "-fcf-protection"],
                      ["-fpatchable-function-entry=5", "-O0"], ["-fpatchable-function-entry=5", "-flto"]]:
            app = build(t, compile_with=name, flags=["-O2", "-g", *flags])
            result = t.lprof("list", app).expect(status=0, err_has="-fpatchable-function-entry")
            assert all(row[0] == "-" for row in rows(result)), f"{name} {flags}: {result}"
            assert ", 0 marked" in result.out, result


def case_a_part_built_with_entries_hides_no_marks(t):
    build(t)
    for name, words in ("app.o", []), ("part.o", ["-fpatchable-function-entry=5"]):
        subprocess.run(["gcc", "-O2", "-g", "-c", "-I", str(INCLUDE), *words,
                        name.replace(".o", ".c"), "-o", name], check=True)
    subprocess.run(["gcc", "app.o", "part.o", "-o", "mixed"], check=True)
    assert [row[3] for row in listed(t, "./mixed") if row[0] == "marked"] == ["marked_cheap"]


def case_a_file_whose_every_function_is_marked_is_marked(t):
    """Clang does not record its options: not to be taken for -fpatchable-function-entry."""
    (t.folder / "app.c").write_text(APP)
    (t.folder / "part.h").write_text(PART_H)
    (t.folder / "part.c").write_text(
        PART_C.replace("void part_run", "LPROF_FUNC void part_run") +
        "LPROF_FUNC int part_other(int n)\n{\n    return n * 3;\n}\n")
    for name in ["gcc", "clang"]:
        subprocess.run([compiler(t, name), "-O2", "-g", "-I", str(INCLUDE), "-include", "lprof/lprof.h",
                        "app.c", "part.c", "-o", "app"], check=True)
        marked = [row[3] for row in listed(t, "./app") if row[0] == "marked"]
        assert marked == ["marked_cheap", "part_run", "part_other"], f"{name}: {marked}"


# ---- in runs and reports

def report(t, *words):
    result = t.lprof("report", "--format", "json", *words).expect(status=0)
    return json.loads(result.out)["functions"]


def marked(functions):
    return [f["name"] for f in functions if f["marked"]]


def case_marked_functions_come_first_in_runs_and_reports(t):
    t.needs_capture()
    t.lprof("record", "-q", build(t)).expect(status=0)
    functions = report(t)
    assert functions[0]["name"] == "marked_cheap" and marked(functions) == ["marked_cheap"], functions
    out = t.lprof("report").expect(status=0).out
    assert out.index("marked_cheap   app.c:5") < out.index("hot   app.c:10"), out


def case_all_ignores_marks(t):
    t.needs_capture()
    app = build(t)
    t.lprof("record", "-q", app).expect(status=0)
    assert marked(report(t, "--all")) == []
    t.lprof("record", "-q", "--all", app).expect(status=0)
    assert marked(report(t)) == []


def case_chosen_functions_come_first_in_source_order(t):
    t.needs_capture()
    t.lprof("record", "-q", build(t)).expect(status=0)
    functions = report(t, "-f", "part_*")
    assert marked(functions) == ["marked_cheap", "part_run", "part_step"][:len(marked(functions))]
    assert [f["name"] for f in functions[:2]] == ["marked_cheap", "part_run"], functions
    assert marked(report(t, "--source", "part.c")) == ["marked_cheap", "part_run"]


def case_choice_of_a_recording_is_saved(t):
    t.needs_capture()
    app = build(t)
    t.lprof("record", "-q", "-f", "hot", "--source", "part.c", "-o", "a.lprof", app).expect(status=0)
    t.lprof("record", "-q", "-o", "b.lprof", app).expect(status=0)
    assert marked(report(t, "a.lprof")) == ["marked_cheap", "hot", "part_run"]
    t.lprof("merge", "-o", "ab.lprof", "b.lprof", "a.lprof").expect(status=0)
    assert marked(report(t, "ab.lprof")) == ["marked_cheap", "hot", "part_run"]


def case_chosen_functions_are_listed_though_others_have_the_time(t):
    t.needs_capture()
    result = t.lprof("-f", "part_run", build(t)).expect(status=0)
    part, hot = result.err.index("part_run   part.c:2"), result.err.index("hot   app.c:10")
    assert part < hot, result


def case_a_run_that_chooses_nothing_does_not_start(t):
    app = build(t)
    for words in [["-f", "mian"], ["record", "-f", "mian"], ["-f", "main", "-f", "mian"]]:
        t.lprof(*words, app).expect(
            status=125, out="", err="lprof: no function of ./app matches 'mian'; nearest: main\n")
    t.lprof("--source", "x.rs", app).expect(
        status=125, out="",
        err="lprof: no source file of ./app matches 'x.rs'; to see what there is: lprof list ./app\n")
    assert not list(t.folder.glob("*.lprof"))


def case_functions_of_libraries_can_be_chosen(t):
    t.needs_capture()
    build(t)
    subprocess.run(["gcc", "-O2", "-g", "-fPIC", "-shared", "part.c", "-o", "libpart.so"], check=True)
    subprocess.run(["gcc", "-O2", "-g", "-I", str(INCLUDE), "app.c", "-o", "app", "-L.", "-lpart",
                    "-Wl,-rpath,$ORIGIN"], check=True)
    t.lprof("record", "-q", "-f", "part_run", "./app").expect(status=0)
    assert marked(report(t)) == ["marked_cheap", "part_run"]


def case_functions_of_libraries_loaded_later_can_be_chosen(t):
    t.needs_capture()
    build(t)
    (t.folder / "host.c").write_text(
        "#include <dlfcn.h>\nint main(void)\n{\n    unsigned long sink = 0;\n"
        "    void *part = dlopen(\"./libpart.so\", RTLD_NOW);\n"
        "    void (*run)(volatile unsigned long *, unsigned) = dlsym(part, \"part_run\");\n"
        "    run(&sink, 100000000);\n    return 0;\n}\n")
    subprocess.run(["gcc", "-O2", "-g", "-fPIC", "-shared", "part.c", "-o", "libpart.so"], check=True)
    subprocess.run(["gcc", "-O2", "-g", "host.c", "-o", "host", "-ldl"], check=True)
    so_far = "lprof: note: no function of ./host matches 'part_run' so far; a library that it loads may bring one\n"
    for mode in "auto", "sample", "exact":
        result = t.lprof("record", "--mode", mode, "-f", "part_run", "./host").expect(status=0)
        assert result.err.startswith(so_far), result
        assert marked(report(t)) == ["part_run"], mode
    t.lprof("record", "-q", "-f", "part_run", "./host").expect(status=0, err="")
    t.lprof("-f", "prat_run", "./host").expect(
        status=0, err_has="lprof: note: no sample was taken in a function that matches 'prat_run'")


def case_scripts_start_programs_that_may_have_the_function(t):
    t.needs_capture()
    build(t)
    t.script("run", "#!/bin/sh\nexec ./app\n")
    t.lprof("record", "-q", "-f", "hot", "./run").expect(status=0)
    assert marked(report(t)) == ["marked_cheap", "hot"]


def case_what_was_chosen_is_counted_though_it_never_ran(t):
    t.needs_capture()
    (t.folder / "never.c").write_text("int never(int n) { return n; }\nint main(void) { return 0; }\n")
    subprocess.run([compiler(t, "gcc"), "-g", "never.c", "-o", "never"], check=True)
    t.lprof("record", "-q", "-f", "never", "./never").expect(status=0)
    assert [(f["name"], f["ncalls"]) for f in report(t) if f["counted"]] == [("never", 0)], report(t)


def case_what_was_chosen_and_not_sampled_is_noted(t):
    t.needs_capture()
    (t.folder / "never.c").write_text("int never(int n) { return n; }\nint main(void) {\n"
                                      "    for (volatile int i = 0; i < 100000000; i++)\n"
                                      "        ;\n    return 0;\n}\n")
    subprocess.run([compiler(t, "gcc"), "-g", "never.c", "-o", "never"], check=True)
    t.lprof("--mode", "sample", "-f", "never", "./never").expect(
        status=0, err_has="lprof: note: no sample was taken in a function that matches 'never'")


def case_report_of_what_is_not_there(t):
    t.needs_capture()
    t.lprof("record", "-q", build(t)).expect(status=0)
    t.lprof("report", "-f", "hpt").expect(
        status=1, out="", err="lprof: no function of the profile matches 'hpt'; nearest: hot\n")
