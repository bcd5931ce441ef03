#!/usr/bin/env python3
"""Shows source text that is not where the program was built: from the debug info itself, from a debuginfod server, and
tells a file that was changed from one that was only touched.

usage: check_sources.py LPROF
"""
import contextlib
import ctypes.util
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

from serving import build_id, server, skip

LPROF = os.path.abspath(sys.argv[1])
TEXT = """\
#include <stdint.h>

__attribute__((noinline)) uint64_t work(uint64_t x)
{
    for (long i = 0; i < 100000000; i++)
        x = x * 6364136223846793005u + 1; /* the hot line */
    return x;
}

int main(void)
{
    return work(1) == 0;
}
"""
HOT = "x = x * 6364136223846793005u + 1; /* the hot line */"


class Program:
    """Compiled in a folder of its own, and profiled at once."""

    def __init__(self, compiler, *flags):
        self.folder = tempfile.mkdtemp(prefix="lprof-sources.")
        self.source = os.path.join(self.folder, "src", "hot.c")
        os.mkdir(os.path.dirname(self.source))
        self.write(TEXT)
        program = os.path.join(self.folder, "hot")
        subprocess.run([compiler, "-O1", *flags, "-Wl,--build-id", "-o", program, self.source], check=True)
        self.build_id = build_id(program)
        if subprocess.run([LPROF, "record", "-q", program], cwd=self.folder, check=False).returncode == 125:
            skip("nothing can be recorded here")

    def write(self, text):
        with open(self.source, "w", encoding="utf-8") as file:
            file.write(text)

    def report(self, urls="", cache="cache", *options):
        """The text of the report, of a profile that is symbolized anew."""
        env = {**os.environ, "DEBUGINFOD_URLS": urls, "DEBUGINFOD_CACHE_PATH": os.path.join(self.folder, cache)}
        return subprocess.run([LPROF, "report", *options, "hot.lprof"], cwd=self.folder, env=env, check=True,
                              capture_output=True, text=True).stdout


@contextlib.contextmanager
def program(compiler, *flags):
    built = Program(compiler, *flags)
    try:
        yield built
    finally:
        shutil.rmtree(built.folder)


def expect(what, holds, report):
    if not holds:
        sys.exit(f"{what}: not so in\n{report}")
    print(f"{what}: as expected")


def check_embedded():
    with program("clang", "-g", "-gdwarf-5", "-gembed-source") as built:
        os.remove(built.source)
        report = built.report()
        expect("source in the debug info", HOT in report and "source-" not in report, report)
        os.remove(os.path.join(built.folder, "hot"))
        report = built.report()
        expect("it is kept in the profile", HOT in report, report)
        built.write("something else\n")
        report = built.report()
        expect("it comes before a file", HOT in report and "something else" not in report, report)


def check_sums():
    with program("clang", "-g", "-gdwarf-5") as built:
        os.utime(built.source, (4e9, 4e9))
        report = built.report()
        expect("a file that is newer and the same", HOT in report and "changed" not in report and
               "is not the text" not in report, report)
        built.write(TEXT.replace("the hot line", "another line"))
        os.utime(built.source, (1e9, 1e9))
        report = built.report()
        expect("a file that is older and another", "another line" in report and "is not the text" in report, report)
        elsewhere = os.path.join(built.folder, "elsewhere")
        os.mkdir(elsewhere)
        with open(os.path.join(elsewhere, "hot.c"), "w", encoding="utf-8") as file:
            file.write(TEXT)
        report = built.report("", "cache", "--path-map", f"{os.path.dirname(built.source)}={elsewhere}")
        expect("the right one behind a path map", HOT in report and "is not the text" not in report, report)


def check_served(compiler, *flags):
    with program(compiler, "-g", *flags) as built:
        asked = f"/buildid/{built.build_id}/source/{built.source}".replace("//", "/")
        os.remove(built.source)
        report = built.report()
        expect("no server", HOT not in report and "was not found" in report, report)

        def answer(text):
            return lambda path: text.encode() if urllib.parse.unquote(path).replace("//", "/") == asked else None

        with server(answer(TEXT)) as url:
            report = built.report(url, "kept")
            expect("source from a server", HOT in report and "was not found" not in report, report)
        report = built.report(url, "kept")
        expect("what it sent is kept", HOT in report, report)
        with server(lambda path: None) as url:
            report = built.report(url, "empty")
            expect("a server that knows nothing", HOT not in report and "was not found" in report, report)
        with server(answer("int nothing;\n")) as url:
            report = built.report(url, "liar")
            warned = "is not the text" if "-gdwarf-5" in flags else "has 1 lines"
            expect("a server that lies", warned in report, report)


def main():
    if shutil.which("clang"):
        check_embedded()
        check_sums()
    else:
        print("left out: clang is not installed")
    if ctypes.util.find_library("debuginfod"):
        check_served("cc")
        if shutil.which("clang"):
            check_served("clang", "-gdwarf-5")
    else:
        print("left out: libdebuginfod is not installed (package libdebuginfod1)")


main()
