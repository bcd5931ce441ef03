#!/usr/bin/env python3
"""Makes the inputs of fuzz_object, fuzz_dwarf and fuzz_apart from small programs, in every form of debug info that the
compilers of this machine know.

    make_corpus.py FOLDER

writes FOLDER/object, FOLDER/dwarf and FOLDER/apart; fixtures/corpus has what it made once.
"""
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

# Namespaces, classes, templates, lambdas, inlined calls, a switch, a second file by #line.
SOURCE = """\
namespace outer { namespace {
template <typename T> struct box { T value; T twice() const { return value + value; } };
inline __attribute__((always_inline)) int add(int a, int b) { return a + b; }
int kept(int a) { auto more = [a](int b) { return add(a, b); }; return more(a) + box<int>{a}.twice(); }
} }
#line 5 "other.h"
extern "C" int entry(int a)
{
    int sum = 0;
    for (int i = 0; i < a; i++)
        switch (i % 4) {
        case 0: sum += outer::kept(i); break;
        case 1: sum -= i; break;
        default: sum ^= a;
        }
    return sum;
}
#line 9 "main.cc"
extern "C" void _start() { volatile int x = entry(3); for (;;) x = entry(x); }
"""
LINK = ["-nostdlib", "-static", "-Wl,--build-id", "-fno-exceptions"]
SECTIONS = [".debug_info", ".debug_abbrev", ".debug_line", ".debug_line_str", ".debug_str", ".debug_str_offsets",
            ".debug_ranges", ".debug_rnglists", ".debug_addr", ".debug_aranges"]


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def build(name, compiler, *flags):
    run(compiler, "-O2", *flags, *LINK, "-o", name, "unit.cc")
    return name


def section(path, name):
    part = pathlib.Path("part")
    part.unlink(missing_ok=True)
    subprocess.run(["objcopy", "-O", "binary", f"--only-section={name}", "--set-section-flags", f"{name}=alloc", path, "part"],
                   check=False, stderr=subprocess.DEVNULL)
    return part.read_bytes() if part.exists() else b""


def dwarf_input(path):
    out = subprocess.run(["size", "-A", path], check=True, capture_output=True, text=True).stdout
    size, addr = next(line.split()[1:] for line in out.splitlines() if line.startswith(".text "))
    parts = [section(path, name) for name in SECTIONS]
    return struct.pack("<QQ", int(addr), int(size)) + struct.pack(f"<{len(parts)}I", *map(len, parts)) + b"".join(parts)


def pair(program, other):
    first = pathlib.Path(program).read_bytes()
    return struct.pack("<I", len(first)) + first + pathlib.Path(other).read_bytes()


def programs():
    for compiler, name in [("g++", "gcc"), ("clang++", "clang")]:
        for version in "2345":
            yield build(f"{name}.dwarf{version}", compiler, f"-gdwarf-{version}")
        yield build(f"{name}.types", compiler, "-gdwarf-5", "-fdebug-types-section")
        yield build(f"{name}.lto", compiler, "-g", "-flto")
    yield build("gcc.dwarf64", "g++", "-gdwarf-5", "-gdwarf64")
    yield build("clang.source", "clang++", "-gdwarf-5", "-gembed-source")


def packed(program):
    for kind in ["zlib-gabi", "zlib-gnu", "zstd"]:
        name = f"{program}.{kind}"
        if subprocess.run(["objcopy", f"--compress-debug-sections={kind}", program, name], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0:
            yield name


def pairs():
    run("objcopy", "--only-keep-debug", "gcc.dwarf5", "program.debug")
    run("objcopy", "--strip-all", "--add-gnu-debuglink=program.debug", "gcc.dwarf5", "program")
    yield "debuglink", pair("program", "program.debug")
    run("g++", "-O2", "-gdwarf-5", *LINK[:2], "-o", "program", "unit.cc")
    shutil.copy("program", "twin")
    run("dwz", "-m", "common", "program", "twin")
    yield "dwz", pair("program", "common")
    for compiler, name in [("g++", "gcc"), ("clang++", "clang")]:
        for version in "45":
            run(compiler, "-O2", f"-gdwarf-{version}", "-gsplit-dwarf", "-fno-exceptions", "-c", "unit.cc", "-o", "unit.o")
            run(compiler, *LINK, "-o", "program", "unit.o")
            yield f"split.{name}{version}", pair("program", "unit.dwo")
            run("llvm-dwp", "unit.dwo", "-o", "program.dwp")
            yield f"packed.{name}{version}", pair("program", "program.dwp")


def main():
    target = pathlib.Path(sys.argv[1]).resolve()
    for kind in ["object", "dwarf", "apart"]:
        (target / kind).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lprof-corpus.") as folder:
        os.chdir(folder)
        pathlib.Path("unit.cc").write_text(SOURCE, encoding="utf-8")
        made = list(programs())
        for name in made + list(packed("gcc.dwarf5")):
            shutil.copy(name, target / "object")
        for name in made:
            (target / "dwarf" / name).write_bytes(dwarf_input(name))
        for name, content in pairs():
            (target / "apart" / name).write_bytes(content)
        os.chdir("/")


main()
