"""Wrong usage is one line on stderr and status 2; help and version go to stdout."""
import re

RUN = [
    ([], "there is no program to run"),
    (["--"], "there is no program to run"),
    (["-q"], "there is no program to run"),
    (["--frobnicate", "true"], "unknown option '--frobnicate'"),
    (["--frobnicate=3", "true"], "unknown option '--frobnicate'"),
    (["-Z", "true"], "unknown option '-Z'"),
    (["-qZv", "true"], "unknown option '-Z'"),
    (["-X", "true"], "unknown option '-X'"),
    (["-w", "true"], "unknown option '-w'"),
    (["-p", "1"], "unknown option '-p'"),
    (["--memory", "--mode", "step", "-f", "main", "true"], "--memory does not go with --mode step"),
    (["--alloc=some", "true"], "option '--alloc': 'some' is none of sampled, full, none"),
    (["--wall", "true"], "unknown option '--wall'"),
    (["--runs", "3", "true"], "unknown option '--runs'"),
    (["--usage"], "unknown option '--usage'"),
    (["--co", "x", "true"], "option '--co' is ambiguous: --columns, --color"),
    (["--full=1", "true"], "option '--full' takes no value"),
    (["--rate"], "option '--rate' needs a value: HZ"),
    (["-F"], "option '-F' needs a value: HZ"),
    (["-qF"], "option '-F' needs a value: HZ"),
    (["-F", "fast", "true"], "option '--rate': 'fast' is no whole number from 0 to 100000"),
    (["-F", "-1", "true"], "option '--rate': '-1' is no whole number from 0 to 100000"),
    (["-F", "1e3", "true"], "option '--rate': '1e3' is no whole number from 0 to 100000"),
    (["-F", "", "true"], "option '--rate': '' is no whole number from 0 to 100000"),
    (["-F", "100001", "true"], "option '--rate': '100001' is no whole number from 0 to 100000"),
    (["-F", "99999999999999999999", "true"],
     "option '--rate': '99999999999999999999' is no whole number from 0 to 100000"),
    (["--mode", "step", "true"], "--mode step counts chosen functions, and none is chosen or marked: choose some with -f NAME or --source FILE, or "
     "all with --all"),
    (["--mode", "x", "true"], "option '--mode': 'x' is none of auto, sample, exact, step"),
    (["--delay", "soon", "true"], "option '--delay': 'soon' is no number of seconds from 0 to 1000000"),
    (["--delay", "-1", "true"], "option '--delay': '-1' is no number of seconds from 0 to 1000000"),
    (["--delay", "nan", "true"], "option '--delay': 'nan' is no number of seconds from 0 to 1000000"),
    (["--delay", "1", "--mode", "step", "true"], "--delay is for samples: it does not go with --mode step"),
    (["--inside", "f", "-x", "true"], "--inside is for samples: it does not go with --mode exact"),
    (["--inside", "f", "--mode", "step", "true"], "--inside is for samples: it does not go with --mode step"),
    (["-o", "", "true"], "option '--output': the name of the file is empty"),
    (["-o", "a%q", "true"], "option '--output': '%q' is none of %p %r %h %%: a%q"),
    (["-o", "a%", "true"], "option '--output': '%%' is none of %p %r %h %%: a%"),
    (["--report-file", "", "true"], "option '--report-file': the name of the file is empty"),
    (["--format", "json", "true"], "--format json needs --report-file FILE when a program is run"),
    (["-q", "report"], "the command 'report' must come before its options; to run a program called "
                       "report: put -- in front of it"),
]

PRINT = [
    (["--style", "perf"], "option '--style': 'perf' is none of default, line_profiler"),
    (["--style", "line_profiler", "--view", "summary"],
     "--style line_profiler does not go with --view summary --format text"),
    (["--color", "red"], "option '--color': 'red' is none of auto, always, never"),
    (["--columns", "line,cost"], "option '--columns': there is no column 'cost'"),
    (["--columns", "pss"], "option '--columns': there is no column 'pss'"),
    (["--precision", "-1"], "option '--precision': '-1' is no whole number from 0 to 20"),
    (["--precision", "21"], "option '--precision': '21' is no whole number from 0 to 20"),
    (["-u", "min"], "option '--unit': 'min' is none of s, ms, us, ns"),
    (["-u", "0.5"], "option '--unit': '0.5' is none of s, ms, us, ns"),
    (["--path-map", "/a"], "option '--path-map': '/a' is not of the form FROM=TO"),
    (["--path-map", "=/a"], "option '--path-map': '=/a' is not of the form FROM=TO"),
    (["-n", "101%"], "option '--limit': '101%' is more than all"),
    (["-n", "99999999999999999999999"],
     "option '--limit': '99999999999999999999999' is too large a number"),
    (["--view", "summary", "-s", "c"],
     "option '--sort': 'c' is ambiguous: calls, cumtime, cumulative"),
    (["--view", "summary", "-s", "n"], "option '--sort': 'n' is ambiguous: ncalls, name, nfl"),
    (["-s", "s"], "option '--sort': 's' is ambiguous: self, stdname"),
    (["-s", "time,self"], "option '--sort': lines are ordered by one key only, not by 'self' too"),
    (["-s", "time,"], "option '--sort': '' is none of line time hits self calls ncalls tottime cumtime "
                      "cumulative pcalls file filename module name nfl stdname own"),
    (["--view", "summary", "-s", "self"],
     "option '--sort': 'self' is none of calls ncalls tottime time cumtime cumulative pcalls file "
     "filename module line name nfl stdname own"),
]

MERGE = [
    ([], "there is no -o OUT to save the merged profile to"),
    (["a.lprof"], "there is no -o OUT to save the merged profile to"),
    (["-o", "out"], "there are no files to merge"),
    (["-o", "", "a.lprof"], "option '--output': the name of the file is empty"),
    (["-n", "3"], "unknown option '-n'"),
]


LIST = [
    ([], "there is no program to list"),
    (["a", "b"], "there is more than one program to list: b"),
    (["-f"], "option '-f' needs a value: GLOB"),
    (["-n", "3", "a"], "unknown option '-n'"),
]


def check(t, command, rows):
    name = " ".join(["lprof", *command])
    for words, message in rows:
        t.lprof(*command, *words).expect(status=2, out="", err=f"lprof: {message}; see {name} --help\n")
    assert not list(t.folder.iterdir()), "wrong usage leaves files behind"


def case_wrong_options_of_a_run(t):
    check(t, [], RUN)


def case_wrong_print_options_of_a_run(t):
    check(t, [], [(words + ["true"], message) for words, message in PRINT])


def case_wrong_print_options_of_report(t):
    check(t, ["report"], PRINT)


def case_wrong_options_of_record(t):
    check(t, ["record"], [([], "there is no program to run"),
                          (["--full", "true"], "unknown option '--full'"),
                          (["--report-file", "x", "true"], "unknown option '--report-file'"),
                          (["-F", "x", "true"],
                           "option '--rate': 'x' is no whole number from 0 to 100000")])


def case_wrong_options_of_merge(t):
    check(t, ["merge"], MERGE)


def case_wrong_options_of_list(t):
    check(t, ["list"], LIST)


def case_an_option_behind_a_file_is_still_an_option(t):
    check(t, ["report"], [(["a.lprof", "--foo"], "unknown option '--foo'")])


def case_views_and_formats_that_do_not_exist(t):
    for option, first in [("view", "lines, summary"), ("format", "text")]:
        result = t.lprof("report", f"--{option}", "cake").expect(status=2, out="")
        assert re.fullmatch(rf"lprof: option '--{option}': 'cake' is none of .*\b{first}\b.*; "
                            r"see lprof report --help\n", result.err), result


def case_a_bad_regular_expression(t):
    result = t.lprof("report", "-n", "a[").expect(status=2, out="")
    assert re.fullmatch(r"lprof: option '--limit': 'a\[' is no regular expression: .+; "
                        r"see lprof report --help\n", result.err), result


def case_commands_that_are_not_built(t):
    for word in ["diff", "view", "top", "check"]:
        t.lprof(word, "x").expect(
            status=2, out="", err=f"lprof: '{word}' is not available in this version; to run a "
                                  f"program called {word}: lprof -- {word}\n")


def case_help_of_every_command(t):
    for command in [[], ["record"], ["report"], ["merge"], ["list"], ["doctor"]]:
        for option in ["--help", "-h"]:
            result = t.lprof(*command, option).expect(status=0, err="")
            name = " ".join(["lprof", *command])
            assert result.out.startswith(f"Usage: {name} "), result
            assert max(map(len, result.out.splitlines())) <= 90, result


def case_help_names_only_what_is_there(t):
    result = t.lprof("--help").expect(status=0)
    for absent in ["--wall", "--runs", "callgrind", "diff"]:
        assert absent not in result.out, absent


def case_help_describes_every_option_as_a_sentence(t):
    for command in [[], ["record"], ["report"], ["merge"], ["list"]]:
        text = t.lprof(*command, "--help").out
        options = re.findall(r"^ {2}(?:-\w, |    )--[\w-]+.*\n(?: {10,}.*\n)*", text, re.M)
        assert len(options) >= 3, text
        for option in options:
            assert option.rstrip().endswith("."), option


def case_version(t):
    for option in ["--version", "-V"]:
        result = t.lprof(option).expect(status=0, err="")
        assert re.fullmatch(r"lprof \d+\.\d+\.\d+\n", result.out), result


def case_help_to_a_full_disk_fails(t):
    with open("/dev/full", "wb") as full:
        t.lprof("--help", stdout=full).expect(
            status=1, err="lprof: standard output: No space left on device\n")
