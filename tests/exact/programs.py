"""Lua, zstd and SQLite as tests of counts need them: what to build, and runs that do the same each time."""
import glob
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))

# No addresses in hashes, so that each build does the same.
LUA_FLAGS = ["-Dluai_makeseed(L)=0u", "-DSTRCACHE_N=1", "-DSTRCACHE_M=1", "-DLUA_USE_POSIX"]
ZSTD_FLAGS = ["-DXXH_NAMESPACE=ZSTD_", "-DZSTD_DISABLE_ASM=1", "-DZSTD_LEGACY_SUPPORT=0", "-DBACKTRACE_ENABLE=0"]
ZSTD_FOLDERS = ["lib", "lib/common", "lib/compress", "lib/decompress", "lib/dictBuilder", "programs"]


def lua(cache):
    """(sources, headers, compiler's options, argument lists of the runs)."""
    top = os.path.join(cache, "lua", "src")
    sources = [path for path in sorted(glob.glob(top + "/*.c")) if os.path.basename(path) != "luac.c"]
    runs = [[os.path.join(HERE, "..", "real", "calls.lua"), "10"], [os.path.join(HERE, "..", "step", "oracles.lua")]]
    return sources, glob.glob(top + "/*.h"), LUA_FLAGS + ["-lm"], runs


def zstd(cache):
    top = os.path.join(cache, "zstd")
    folders = [os.path.join(top, folder) for folder in ZSTD_FOLDERS]
    sources = sorted(path for folder in folders for path in glob.glob(folder + "/*.c"))
    headers = [path for folder in folders for path in glob.glob(folder + "/*.h")]
    quiet = ["-q", "-f", "--single-thread", "--no-asyncio"]
    runs = [[*quiet, "-3", "text", "-o", "text.zst"], [*quiet, "-15", "text", "-o", "text.zst"],
            [*quiet, "-d", "text.zst", "-o", "text.out"]]
    return sources, headers, ZSTD_FLAGS + ["-I" + folder for folder in folders], runs


def make_text(path):
    with open(path, "w", encoding="ascii") as out:
        for i in range(12000):
            out.write(f"{i * 7919 % 5003} {'abcdefgh'[i % 7:]} {i * 104729 % 100003}\n")


def build(compiler, folder, sources, flags, *options):
    """The program's path; not a PIE, so that it always lies at the same addresses."""
    program = os.path.join(folder, "program")
    subprocess.run([compiler, "-g", "-w", "-no-pie", *options, *sources, "-o", program, *flags], cwd=folder,
                   check=True)
    return program
