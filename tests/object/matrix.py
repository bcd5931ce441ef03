#!/usr/bin/env python3
"""Programs in every language, by every compiler, at every level, in every form and place of debug info: each is looked up
by lprof and by llvm-symbolizer, as oracle.py does.

    matrix.py FRAMES LANGUAGE [CELL]

Cells whose compiler or tool is not there are left out and said.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import oracle

TESTS = pathlib.Path(__file__).resolve().parent.parent
FRAMES = TESTS.parent / "fixtures" / "frames"
C_SOURCES = [FRAMES / "nested.c", FRAMES / "other.c"]
CPP_SOURCES = [FRAMES / "chain.cpp"]
ADA = """\
with Ada.Text_IO; use Ada.Text_IO;
procedure Sums is
   type Numbers is array (Positive range <>) of Integer;
   function Square (X : Integer) return Integer is (X * X);
   pragma Inline (Square);
   function Total (Items : Numbers) return Integer is
      Sum : Integer := 0;
   begin
      for Item of Items loop
         Sum := Sum + Square (Item);
      end loop;
      return Sum;
   end Total;
begin
   Put_Line (Integer'Image (Total ((1, 2, 3, 4))));
end Sums;
"""
GO = """\
package main

import (
	"fmt"
	"sort"
)

type shape interface{ area() int }
type square struct{ side int }

func (s square) area() int { return s.side * s.side }

func total(shapes []shape) (sum int) {
	for _, s := range shapes {
		sum += s.area()
	}
	return sum
}

func main() {
	numbers := []int{5, 3, 8}
	sort.Slice(numbers, func(i, j int) bool { return numbers[i] < numbers[j] })
	fmt.Println(total([]shape{square{numbers[0]}, square{2}}))
}
"""


class Missing(Exception):
    """A tool that a cell needs is not there."""


def run(*command, env=None):
    if not shutil.which(str(command[0])):
        raise Missing(f"{command[0]} is not installed")
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True,
                          env={**os.environ, **env} if env else None)
    if done.returncode:
        raise Missing(f"{command[0]} cannot do it here: {(done.stderr or done.stdout).strip().splitlines()[:1]}")


ASSEMBLY = """\
        .text
        .globl  checksum
        .type   checksum, @function
checksum:
        xor     %eax, %eax
        test    %rsi, %rsi
        je      2f
1:      movzbl  (%rdi), %edx
        rol     $5, %eax
        xor     %edx, %eax
        inc     %rdi
        dec     %rsi
        jne     1b
2:      ret
        .size   checksum, . - checksum
"""
BUILT = {}  # What was compiled for several cells: command -> path.


def compile_once(target, compiler, sources, *flags):
    """Compile it, or take what was compiled so for another cell."""
    command = (compiler, "-w", *flags, *map(str, sources))
    if command not in BUILT:
        path = f"{SHARED.name}/{len(BUILT)}"
        run(compiler, "-w", "-o", path, *flags, *sources)
        BUILT[command] = path
    shutil.copy(BUILT[command], target)


# A cell is a name and a function that builds in the current folder and returns what Comparison() wants.

def compiled(compiler, sources, *flags):
    def build():
        run(compiler, "-w", "-o", "program", *flags, *sources)
        return {"path": "program"}
    return build


def split(compiler, sources, *flags, packed=False):
    def build():
        run(compiler, "-w", "-gsplit-dwarf", *flags, "-c", *sources)
        run(compiler, "-o", "program", *sorted(pathlib.Path().glob("*.o")))
        if packed:
            run("llvm-dwp", "-e", "program", "-o", "program.dwp")
            for path in pathlib.Path().glob("*.dwo"):
                path.unlink()
        return {"path": "program"}
    return build


def changed(compiler, sources, flags, *command):
    """The program is compiled as `plain`, and the command makes `program` of it, which only lprof reads."""
    def build():
        compile_once("plain", compiler, sources, *flags)
        shutil.copy("plain", "program")
        run(*command)
        return {"path": "program", "plain": "plain"}
    return build


def apart(compiler, sources, place):
    """Debug info in a file of its own; `place` tells where, below the current folder."""
    def build():
        compile_once("plain", compiler, sources, "-O2", "-g", "-Wl,--build-id")
        run("objcopy", "--only-keep-debug", "plain", "program.debug")
        run("objcopy", "--strip-all", "--add-gnu-debuglink=program.debug", "plain", "program")
        notes = subprocess.run(["readelf", "-n", "plain"], capture_output=True, text=True, check=True).stdout
        build_id = notes.split("Build ID: ")[1].split()[0]
        target = pathlib.Path(place.format(id=build_id))
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename("program.debug", target)
        return {"path": "program", "plain": "plain"}
    return build


def split_apart(compiler, sources, *flags):
    """Only the skeletons are in the file of their own; the package stays with the program."""
    def build():
        split(compiler, sources, *flags, packed=True)()
        os.rename("program", "plain")
        os.rename("program.dwp", "plain.dwp")
        run("objcopy", "--only-keep-debug", "plain", "apart.debug")
        run("objcopy", "--strip-all", "--add-gnu-debuglink=apart.debug", "plain", "program")
        shutil.copy("plain.dwp", "program.dwp")
        return {"path": "program", "plain": "plain"}
    return build


def shared_debug_info(compiler, sources, kind):
    def build():
        compile_once("plain", compiler, sources, "-O2", kind)
        compile_once("other", compiler, sources, "-O1", kind)
        shutil.copy("plain", "program")
        run("dwz", "-m", "common", "program", "other")
        return {"path": "program", "plain": "plain"}
    return build


def with_assembly(compiler, sources):
    def build():
        pathlib.Path("checksum.s").write_text(ASSEMBLY, encoding="utf-8")
        run(compiler, "-w", "-O2", "-g", "-o", "program", "checksum.s", *sources)
        return {"path": "program"}
    return build


def levels(compilers, sources, forms, names=("-O0", "-O1", "-O2", "-O3", "-Os", "-Og")):
    for compiler in compilers:
        for level in names:
            for form in forms:
                yield f"{compiler} {level} {form}", compiled(compiler, sources, level, form)


def forms(gcc, clang, sources):
    here = f"-fdebug-prefix-map={FRAMES}=/elsewhere"
    for compiler in [gcc, clang]:
        for name, flags in [("lto", ["-g", "-flto"]), ("g1", ["-g1"]), ("types", ["-g", "-fdebug-types-section"]),
                            ("types of DWARF 4", ["-gdwarf-4", "-fdebug-types-section"]), ("prefix map", ["-g", here]),
                            ("sections", ["-g", "-ffunction-sections", "-Wl,--gc-sections"]),
                            ("no pie", ["-g", "-no-pie"]), ("folded", ["-g", "-ffunction-sections", "-fuse-ld=gold",
                                                                       "-Wl,--icf=all"]),
                            ("folded by lld", ["-g", "-ffunction-sections", "-fuse-ld=lld", "-Wl,--icf=all"]),
                            ("packed by zlib", ["-g", "-gz=zlib"])]:
            yield f"{compiler} {name}", compiled(compiler, sources, "-O2", *flags)
        for version in ["4", "5"]:
            for packed in [False, True]:
                yield (f"{compiler} split{', packed' if packed else ''}, DWARF {version}",
                       split(compiler, sources, "-O2", f"-gdwarf-{version}", packed=packed))
        for kind in ["zstd", "zlib-gnu", "zlib-gabi"]:
            yield f"{compiler} {kind}", changed(compiler, sources, ["-O2", "-g"], "objcopy",
                                                f"--compress-debug-sections={kind}", "program")
        yield f"{compiler} with assembly", with_assembly(compiler, sources)
        # dwz does not know Clang's form of DWARF 5.
        kind = "-gdwarf-4" if "clang" in compiler else "-g"
        yield f"{compiler} dwz", changed(compiler, sources, ["-O2", kind], "dwz", "program")
        yield f"{compiler} dwz of several", shared_debug_info(compiler, sources, kind)
    yield f"{gcc} DWARF64", compiled(gcc, sources, "-O2", "-gdwarf-5", "-gdwarf64")
    yield f"{gcc} split, packed and apart", split_apart(gcc, sources, "-O2", "-g")
    yield f"{clang} lines only", compiled(clang, sources, "-O2", "-gline-tables-only")
    yield f"{clang} embedded source", compiled(clang, sources, "-O2", "-gdwarf-5", "-gembed-source")


def places(compiler, sources):
    for place in ["program.debug", ".debug/program.debug", "cache/{id}/debuginfo"]:
        yield f"{compiler} in {place}", apart(compiler, sources, place)


def cells_of_c():
    yield from levels(["gcc", "clang"], C_SOURCES, ["-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5"])
    yield from forms("gcc", "clang", C_SOURCES)
    yield from places("gcc", C_SOURCES)


def cells_of_cpp():
    yield from levels(["g++", "clang++"], CPP_SOURCES, ["-gdwarf-4", "-gdwarf-5"], ["-O0", "-O2", "-Os"])
    yield from forms("g++", "clang++", CPP_SOURCES)
    yield from places("g++", CPP_SOURCES)


def cells_of_rust():
    source = TESTS / "unwind" / "trees.rs"
    for mangling in ["legacy", "v0"]:
        for level in ["0", "1", "2", "3", "s"]:
            def build(level=level, mangling=mangling):
                symbols = [] if mangling == "legacy" else ["-C", "symbol-mangling-version=v0"]
                try:
                    run("rustc", "-g", "-C", f"opt-level={level}", *symbols, "-o", "program", source)
                except Missing:
                    # Before Rust 1.59 only the compiler's own developers may choose.
                    run("rustc", "-g", "-C", f"opt-level={level}", *[s.replace("-C", "-Z") for s in symbols], "-o",
                        "program", source, env={"RUSTC_BOOTSTRAP": "1"})
                return {"path": "program", "every": 29}
            yield f"{mangling} opt-level {level}", build


def cells_of_fortran():
    yield from levels(["gfortran"], [TESTS / "unwind" / "waves.f90"], ["-gdwarf-2", "-gdwarf-4", "-gdwarf-5"])


def cells_of_ada():
    for level in ["-O0", "-O2"]:
        for version in ["4", "5"]:
            def build(level=level, version=version):
                pathlib.Path("sums.adb").write_text(ADA, encoding="utf-8")
                run("gnatmake", "-q", level, f"-gdwarf-{version}", "-gnatn", "sums.adb", "-o", "program")
                return {"path": "program"}
            yield f"{level} DWARF {version}", build


def cells_of_go():
    for name, flags in [("optimized", []), ("not optimized", ["-gcflags=all=-N -l"])]:
        def build(flags=flags):
            pathlib.Path("main.go").write_text(GO, encoding="utf-8")
            run("go", "build", *flags, "-o", "program", "main.go",
                env={"GO111MODULE": "off", "GOFLAGS": "", "GOCACHE": os.path.abspath("go-cache")})
            return {"path": "program", "every": 101}
        yield name, build


SHARED = tempfile.TemporaryDirectory(prefix="lprof-matrix.")
LANGUAGES = {"c": cells_of_c, "cpp": cells_of_cpp, "rust": cells_of_rust, "fortran": cells_of_fortran,
             "ada": cells_of_ada, "go": cells_of_go}


def check(frames, name, build):
    """One of "good", "left out", "bad"."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory(prefix="lprof-matrix.") as folder:
        os.chdir(folder)
        os.environ["DEBUGINFOD_CACHE_PATH"] = f"{folder}/cache"
        try:
            found = oracle.Comparison(frames, **build())
        except Missing as reason:
            print(f"left out  {name}: {reason}")
            return "left out"
        finally:
            os.chdir(before)
    reasons = ", ".join(f"{len(cases)} {reason.split(':')[0]}" for reason, cases in found.reasons.items())
    print(f"{'good' if found.is_good else 'BAD ':9} {name}: {len(found.addrs)} instructions, {found.with_line} with a "
          f"line, {found.deepest} frames at most; {reasons or 'no differences'}")
    found.show_unexplained(3)
    return "good" if found.is_good else "bad"


def main():
    frames, language, *wanted = sys.argv[1:]
    if not shutil.which("llvm-symbolizer") or not shutil.which("objdump"):
        print("skipped: llvm-symbolizer or objdump is missing")
        return 77
    counts = {"good": 0, "left out": 0, "bad": 0}
    for name, build in LANGUAGES[language]():
        if not wanted or name in wanted:
            counts[check(os.path.abspath(frames), name, build)] += 1
    print(", ".join(f"{n} {what}" for what, n in counts.items()))
    if counts["bad"]:
        return 1
    return 0 if counts["good"] else 77


sys.exit(main())
