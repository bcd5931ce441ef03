#!/usr/bin/env python3
"""Installs lprof into a folder, and builds and runs programs of C, C++ and Fortran against what is there.

usage: check_installed.py LPROF BUILD_FOLDER
"""
import os
import shutil
import subprocess
import sys

import regions


def install():
    """(lprof, flags of pkg-config) of a fresh installation."""
    prefix = os.path.abspath("installed")
    regions.run("cmake", "--install", sys.argv[2], "--prefix", prefix)
    folder = next(path for path, _, files in os.walk(prefix) if "lprof.pc" in files)
    flags = regions.run("pkg-config", "--cflags", "--libs", "lprof", env={"PKG_CONFIG_PATH": folder}).stdout.split()
    libraries = regions.run("pkg-config", "--variable=libdir", "lprof", env={"PKG_CONFIG_PATH": folder}).stdout.strip()
    assert all(prefix in os.path.realpath(flag[2:]) for flag in flags if flag[:2] in ("-I", "-L")), flags
    return os.path.join(prefix, "bin", "lprof"), [*flags, f"-Wl,-rpath,{os.path.realpath(libraries)}"]


def build(source, program, flags, *compiler):
    done = subprocess.run([*compiler, "-g", "-O2", f"{regions.HERE}/{source}", "-o", program, *flags],
                          capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr


def test_c(_):
    lprof, flags = install()
    build("control.c", "control", [*flags, "-pthread"], "gcc")
    regions.run("./control", "so-far", env={"LPROF": "1", "LPROF_OUTPUT": "c.lprof"})
    assert regions.by_path(regions.report(lprof, "c.lprof"))["after"]["calls"] == 1
    assert regions.by_path(regions.report(lprof, "so-far.0"))["part"]["calls"] == 1


def test_cpp(_):
    lprof, flags = install()
    build("self.cc", "self", flags, "g++")
    done = regions.run("./self", "three", status=5)
    assert done.stdout == "three\n" and "saved self.lprof" in done.stderr, done
    assert regions.by_path(regions.report(lprof, "self.lprof"))["from C++"]["calls"] == 1


def test_fortran(_):
    if not shutil.which("gfortran"):
        print("skip: there is no gfortran")
        return
    lprof, flags = install()
    build("bound.f90", "bound", flags, "gfortran")
    assert not regions.run("./bound").stderr
    regions.run("./bound", env={"LPROF": "1"})
    made = regions.report(lprof, "bound.lprof")
    calls = {path: region["calls"] for path, region in regions.by_path(made).items()}
    assert calls == {"part 1": 1, "part 2": 1, "part 3": 1, "part 1/inner": 1, "part 2/inner": 1, "part 3/inner": 1}, calls
    inner = sum(region["cpu_ns"] for path, region in regions.by_path(made).items() if "/" in path)
    share = inner / made["meta"]["sampled_ns"]
    assert abs(share - 0.25) < 0.05, share
    assert regions.notes(made)["regions-unbalanced"] == 1, regions.notes(made)
    assert len(regions.by_path(regions.report(lprof, "fortran-dump.lprof"))) == 6


if __name__ == "__main__":
    sys.exit(regions.Tests(sys.modules[__name__]).run())
