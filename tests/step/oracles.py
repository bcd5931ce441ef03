"""What lprof --mode step counts in Lua, against gcov and callgrind.

    oracles.py LPROF LUA_SOURCES COMPILER LEAST_EQUAL SCRIPT

Lua is built at -O0 with a fixed seed of its hashes. Over the lines that both know, in three of its files:
whether a line ran is equal but for lines that are only a jump; at least LEAST_EQUAL % of the lines that ran
have equal counts; and every other line is one of which gcov counts the blocks, not the passes: part of a
statement over several lines, a condition or a macro on one line, or only a jump. (gcov is gcc's.) The calls of
each function, and the instructions executed for each line, are callgrind's.
"""
import collections
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import gcov  # noqa: E402

FILES = ["lobject.c", "lcode.c", "lparser.c"]
DEFINES = ["-Dluai_makeseed(L)=0u", "-DLUA_USE_POSIX"]


def run(command, folder, **kwargs):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=280, check=False, **kwargs)
    assert done.returncode == 0, f"{' '.join(command)}: {done.returncode}\n{done.stderr}"
    return done.stdout


def build(compiler, sources, folder, *options):
    run([compiler, "-O0", "-g", "-w", "-no-pie", *options, *DEFINES, "-o", "lua", *sources, "-lm"], folder)


def hits_of(lprof, folder, script):
    chosen = [part for file in FILES for part in ("--source", file)]
    run([lprof, "record", "--mode", "step", *chosen, "-o", "step.lprof", "./lua", script], folder)
    report = json.loads(run([lprof, "report", "--format", "json", "step.lprof"], folder))
    return [f for f in report["functions"] if f["counted"]]


# ---- gcov

def check_gcov(functions, folder, sources, compiler, least):
    truth = gcov.counted_lines(folder)
    comparison = gcov.Comparison(gcov.macros(sources), [gcov.Function(f) for f in functions], compiler)
    for name in FILES:
        hits = collections.Counter()
        for function in functions:
            for line in function["lines"]:
                if os.path.basename(line.get("file") or function["file"] or "") == name:
                    hits[line["line"]] += line["hits"]
        common = hits.keys() & truth[name].keys()
        assert len(common) > 200, f"{name}: only {len(common)} lines are known to both"
        comparison.file(next(path for path in sources if path.endswith("/" + name)), hits, truth[name])
    return comparison.finish(least)


# ---- callgrind

class Callgrind:
    """Calls of each function: in all, by caller, and while it was not underway; and {address: executions} for each
    of its lines."""

    def __init__(self):
        self.calls, self.primitive = collections.Counter(), collections.Counter()
        self.callers = collections.defaultdict(collections.Counter)
        self.lines = collections.defaultdict(collections.Counter)

    def add_call(self, caller, callee, count):
        # Recursion is a function of its own there: "f'2".
        name, _, level = callee.partition("'")
        self.calls[name] += count
        self.callers[name][caller.partition("'")[0]] += count
        if not level:
            self.primitive[name] += count


def read_callgrind(path, program):
    """What it tells of the program; other objects have functions of the same names."""
    names = {}
    found = Callgrind()

    def name(kind, text):
        number, _, rest = text.partition(" ")
        if rest:
            names[kind, number] = rest
        return names[kind, number]

    function = callee = here = there = None
    skip = False
    with open(path) as file:
        for line in file:
            key, eq, value = line.rstrip("\n").partition("=")
            if eq and key == "ob":
                here = name("ob", value)
            elif eq and key == "cob":
                there = name("ob", value)
            elif eq and key == "fn":
                function = name("fn", value)
            elif eq and key == "cfn":
                callee = name("fn", value)
            elif eq and key == "calls":
                if (there or here) == program:
                    found.add_call(function, callee, int(value.split()[0]))
                there = None
                skip = True
            elif function and line.startswith("0x"):
                # "address line cost"; the line behind calls= is the cost of what was called.
                if not skip and here == program:
                    addr, number, cost = line.split()
                    found.lines[function.partition("'")[0], int(number)][int(addr, 16)] += int(cost)
                skip = False
    return found


def fillers(program):
    """The addresses of direct jumps and nops: not all of these count for a line."""
    text = run(["objdump", "-d", "--no-show-raw-insn", program], os.path.dirname(program))
    return {int(addr, 16) for addr in re.findall(r"^ *([0-9a-f]+):\s+(?:jmp +[0-9a-f]|nop)", text, re.M)}


def check_callgrind(functions, folder, script):
    run(["valgrind", "--tool=callgrind", "--dump-instr=yes", "--compress-pos=no", "--skip-plt=no",
         "--callgrind-out-file=cg.out", "./lua", script], folder)
    callgrind = read_callgrind(folder + "/cg.out", os.path.realpath(folder + "/lua"))
    calls, lines = callgrind.calls, callgrind.lines
    skipped = fillers(folder + "/lua")
    failures = []
    checked = called = recursive = pairs = 0
    for function in functions:
        name = function["name"].partition("(")[0]
        called += calls[name] > 0
        if function["ncalls"] != calls[name]:
            failures.append(f"{name}: {function['ncalls']} calls, callgrind says {calls[name]}")
        if function["pcalls"] != callgrind.primitive[name]:
            failures.append(f"{name}: {function['pcalls']} primitive calls, callgrind says {callgrind.primitive[name]}")
        recursive += function["pcalls"] != function["ncalls"]
        callers = {c["name"].partition("(")[0]: c["ncalls"] for c in function["callers"]}
        pairs += len(callers)
        if callers != callgrind.callers[name]:
            failures.append(f"{name}: called by {callers}, callgrind says {dict(callgrind.callers[name])}")
        head = [line["hits"] for line in function["lines"] if line["line"] == function["line"] and "file" not in line]
        if head and head != [function["ncalls"]]:
            failures.append(f"{name}: {function['ncalls']} calls, {head[0]} hits of its first line")
        for line in function["lines"]:
            truth = lines.get((name, line["line"]), {})
            if truth.keys() & skipped:
                continue
            checked += len(truth) > 0
            if line["instr"] != sum(truth.values()):
                failures.append(f"{name}, line {line['line']}: {line['instr']} instructions, "
                                f"callgrind says {sum(truth.values())}")
    print(f"{called} functions were called, {recursive} of them by themselves, {pairs} pairs of caller and called; "
          f"{checked} lines without jumps and nops ran; {len(failures)} are not as callgrind says")
    assert called > 50 and checked > 300 and recursive > 3, "hardly anything ran"
    return failures


def main():
    lprof, lua, compiler, least, script = sys.argv[1:]
    if not os.path.isdir(lua):
        print(f"skipped: {lua} is not there")
        return 77
    sources = [path for path in sorted(glob.glob(lua + "/*.c")) if os.path.basename(path) != "luac.c"]
    headers = glob.glob(lua + "/*.h")
    with tempfile.TemporaryDirectory() as folder:
        counted, measured = folder + "/step", folder + "/gcov"
        os.mkdir(counted)
        os.mkdir(measured)
        build(compiler, sources, counted)
        functions = hits_of(os.path.abspath(lprof), counted, script)
        build("gcc", sources, measured, "--coverage")
        run(["./lua", script], measured)
        failures = check_gcov(functions, measured, sources + headers, compiler, float(least))
        if shutil.which("valgrind"):
            # Its reader of DWARF 5 stumbles over clang's; the code is the same.
            build(compiler, sources, counted, "-gdwarf-4")
            failures += check_callgrind(functions, counted, script)
        else:
            print("callgrind is not there: not compared")
    print("\n".join(failures))
    return 1 if failures else 0


sys.exit(main())
