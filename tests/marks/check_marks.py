#!/usr/bin/env python3
"""Compiles programs with marked functions in every way that the header promises, runs them without
lprof, and reads the list of marks back with readelf and nm, and with `lprof list`.

usage: check_marks.py LPROF

What must hold for each: it compiles without warnings, prints the known number and nothing else, needs
no library of lprof's, and its list names exactly the functions called marked_*, which `lprof list` shows
with their place in the source, and without it when the program is stripped of its debug info.
"""
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = os.path.join(HERE, "..", "..", "include")
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]

# For one argument (argc is 1): 4 + 6 + 8 + 10 + 12, and 2 + 3 + 2 + 5 + 6 + 3 + 11 + 13 + 17.
C_OUTPUT, CPP_OUTPUT = "40\n", "62\n"
C_MARKS, CPP_MARKS = 4, 10

FLAGS = [
    ["-O0"],
    ["-O1"],
    ["-O2"],
    ["-O3"],
    ["-O2", "-flto"],
    ["-O2", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections"],
    ["-O2", "-fcf-protection"],
    ["-O2", "-fPIE", "-pie"],
    ["-O2", "-fno-pie", "-no-pie"],
    ["-O2", "-static"],
]
CLANG_FLAGS = [["-O2", "-fprofile-instr-generate"]]


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode or done.stderr:
        raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def marks(program):
    """Names of the functions at the listed addresses."""
    with open(program, "rb") as file:
        image = file.read()
    names = {}
    for line in run("nm", program).splitlines():
        part = line.split()
        if len(part) == 3 and part[1] in "tTwW":
            names.setdefault(int(part[0], 16), part[2])
    relocated = {}
    for line in run("readelf", "-rW", program).splitlines():
        part = line.split()
        if len(part) == 4 and part[2] == "R_X86_64_RELATIVE":
            relocated[int(part[0], 16)] = int(part[3], 16)
    found = []
    pattern = r"__patchable_function_entries\s+PROGBITS\s+([0-9a-f]+)\s+([0-9a-f]+)\s+([0-9a-f]+)"
    for addr, offset, size in re.findall(pattern, run("readelf", "-SW", program)):
        addr, offset, size = int(addr, 16), int(offset, 16), int(size, 16)
        for i in range(0, size, 8):
            value = struct.unpack_from("<Q", image, offset + i)[0]
            value = relocated.get(addr + i, value)
            # With -fcf-protection the list points behind the endbr64 that starts the function.
            found.append(names.get(value) or names.get(value - 4) or hex(value))
    return found


def listed(program):
    """(place, name) of the functions that `lprof list` shows as marked."""
    lines = run(os.path.abspath(sys.argv[1]), "list", program).splitlines()
    rows = [line.split(None, 3) for line in lines if not line.startswith("#")]
    return [(row[2], row[3]) for row in rows if row[0] == "marked"]


def expect_listed(program, source, count):
    found = listed(program)
    pattern = re.compile(f"(.*/)?{os.path.basename(source)}:\\d+")
    in_place = all(pattern.fullmatch(place) and "marked_" in name for place, name in found)
    assert len(set(found)) == count and in_place, found
    run("strip", "--strip-debug", program)
    done = subprocess.run([os.path.abspath(sys.argv[1]), "list", program], capture_output=True, text=True)
    rows = [line.split(None, 3) for line in done.stdout.splitlines() if line.startswith("marked ")]
    assert len(rows) == count and all(row[2] == "-" for row in rows), done
    assert f"note: {count} marked functions have no line info" in done.stderr, done


def check(compiler, source, flags, output, count, folder):
    program = os.path.join(folder, "program")
    run(compiler, *WARNINGS, *flags, "-g", "-I", INCLUDE, source, "-o", program)
    environment = {**os.environ, "LLVM_PROFILE_FILE": os.path.join(folder, "p.profraw")}
    done = subprocess.run([program], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, output, ""), done
    found = marks(program)
    assert len(set(found)) == count and all("marked_" in name for name in found), found
    assert "lprof" not in run("readelf", "-dW", program)
    expect_listed(program, source, count)


def check_library(compiler, source, output, count, folder):
    """The same functions in a shared library, in front of which stands a program without marks."""
    library, program, main = (os.path.join(folder, name) for name in ("libmarked.so", "program", "main.c"))
    with open(main, "w", encoding="ascii") as file:
        file.write("int library_main(int argc, char **argv);\n"
                   "int main(int argc, char **argv) { return library_main(argc, argv); }\n")
    run(compiler, *WARNINGS, "-O2", "-fPIC", "-shared", "-Dmain=library_main", "-g", "-I", INCLUDE, source, "-o", library)
    symbol = next(line.split()[-1] for line in run("nm", library).splitlines() if "library_main" in line)
    run("gcc", f"-Dlibrary_main={symbol}", main, library, f"-Wl,-rpath,{folder}", "-o", program)
    done = subprocess.run([program], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, output, ""), done
    found = marks(library)
    assert len(set(found)) == count and all("marked_" in name for name in found), found
    assert not marks(program) and "lprof" not in run("readelf", "-dW", library)
    expect_listed(library, source, count)


def check_unknown_compiler(folder):
    """Where the attribute is not known the mark expands to nothing."""
    text = run("gcc", "-E", "-P", "-U__GNUC__", "-I", INCLUDE, "-include", "lprof/lprof.h", "-x", "c",
               "-D__extension__=", os.path.join(HERE, "one_mark.txt"))
    assert text.strip() == "int f(int n);", text


def main():
    failed = passed = 0
    cases = []
    for compiler, cpp in (("gcc", "g++"), ("clang", "clang++")):
        if not shutil.which(compiler):
            print(f"skipped: {compiler} is not installed")
            continue
        flags = FLAGS + (CLANG_FLAGS if compiler == "clang" else [])
        cases += [(compiler, "marked.c", [*f, "-std=c11"], C_OUTPUT, C_MARKS) for f in flags]
        cases += [(cpp, "marked.cc", [*f, "-std=c++11"], CPP_OUTPUT, CPP_MARKS) for f in flags]
        cases += [(compiler, "marked.c", ["-O2", f"-std={std}"], C_OUTPUT, C_MARKS)
                  for std in ("c99", "c17", "c2x", "gnu17")]
        cases += [(cpp, "marked.cc", ["-O2", f"-std={std}"], CPP_OUTPUT, CPP_MARKS)
                  for std in ("c++14", "c++17", "c++20")]
    for compiler, source, flags, output, count in cases:
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(compiler, os.path.join(HERE, source), flags, output, count, folder)
                passed += 1
            except AssertionError as error:
                failed += 1
                print(f"FAILED {compiler} {source} {' '.join(flags)}: {error}")
    for compiler, source, output, count in (("gcc", "marked.c", C_OUTPUT, C_MARKS), ("g++", "marked.cc", CPP_OUTPUT, CPP_MARKS),
                                            ("clang", "marked.c", C_OUTPUT, C_MARKS),
                                            ("clang++", "marked.cc", CPP_OUTPUT, CPP_MARKS)):
        if not shutil.which(compiler):
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                check_library(compiler, os.path.join(HERE, source), output, count, folder)
                passed += 1
            except AssertionError as error:
                failed += 1
                print(f"FAILED {compiler} {source} in a library: {error}")
    check_unknown_compiler(None)
    print(f"{passed + 1} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
