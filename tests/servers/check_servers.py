#!/usr/bin/env python3
"""Symbolizes a stripped program with the help of debuginfod servers: one that is as it should be, Debian's own where
it is installed, and ones that hang, lie, serve garbage or are not there.

usage: check_servers.py LPROF FIXTURES

Whatever the server does, the report comes with status 0, soon, and with one note at most.
"""
import ctypes.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from serving import build_id, server, skip

LPROF, FIXTURES = sys.argv[1:3]
NOTES = ("debug-info-not-fetched", "debug-info-mismatch", "debug-info-damaged")


class Lab:
    """A stripped program, and a cache for what servers send."""

    def __init__(self, folder):
        self.folder = folder
        self.program = shutil.copy(f"{FIXTURES}/hello.split", f"{folder}/hello")
        self.build_id = build_id(self.program)
        self.debug = open(f"{FIXTURES}/hello.split.debug", "rb").read()
        self.report_path = f"{folder}/report.json"
        if self.start(None).wait() == 125:
            skip("nothing can be recorded here")

    def start(self, urls, cache="empty"):
        path = f"{self.folder}/{cache}"
        if cache == "empty":
            shutil.rmtree(path, ignore_errors=True)
        env = {**os.environ, "DEBUGINFOD_CACHE_PATH": path}
        env.pop("DEBUGINFOD_URLS", None)
        if urls is not None:
            env["DEBUGINFOD_URLS"] = urls
        return subprocess.Popen([LPROF, "--format", "json", "--report-file", self.report_path, self.program], env=env,
                                cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def finish(self, running, limit_s=30):
        _, err = running.communicate(timeout=limit_s)
        assert running.returncode == 0, (running.returncode, err)
        with open(self.report_path, encoding="utf-8") as report:
            return json.load(report)

    def report(self, urls, **options):
        return self.finish(self.start(urls, **options))


def has_lines(report):
    return any((f["file"] or "").endswith("hello.c") and f["lines"] for f in report["functions"] if f["name"] == "work")


def notes(report):
    return [(n["code"], n["text"]) for n in report["notes"] if n["code"] in NOTES]


def expect(what, report, lines, code=None, text=""):
    found = notes(report)
    assert has_lines(report) == lines, f"{what}: lines {has_lines(report)}, notes {found}"
    assert [n[0] for n in found] == ([code] if code else []), f"{what}: notes {found}"
    assert not code or text in found[0][1], f"{what}: notes {found}"
    print(f"{what}: as expected {found or ''}")


def check_answers(lab):
    def good(path):
        return lab.debug if path == f"/buildid/{lab.build_id}/debuginfo" else None

    expect("no server", lab.report(None), False)
    with server(good) as url:
        expect("a good server", lab.report(url, cache="kept"), True)
    expect("what it sent is kept", lab.report(None, cache="kept"), True)
    with server(lambda path: None) as url:
        expect("a server that knows nothing", lab.report(url), False)
    with server(lambda path: b"<html>welcome</html>") as url:
        expect("garbage", lab.report(url), False, "debug-info-not-fetched", "no debug info of")
    other = open(f"{FIXTURES}/hello.dwarf4", "rb").read()
    with server(lambda path: other if lab.build_id in path else None) as url:
        found = lab.report(url)
        assert not has_lines(found) and "debug-info-not-fetched" in [n[0] for n in notes(found)], notes(found)
        print("another build: as expected")
    with server(lambda path: lab.debug[:len(lab.debug) // 2] if lab.build_id in path else None) as url:
        assert not has_lines(lab.report(url))
        print("half a file: as expected")


def check_silence(lab):
    gone = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    # It takes connections and says nothing.
    start = time.monotonic()
    expect("a server that hangs", lab.report(url), False, "debug-info-not-fetched", "no answer")
    took = time.monotonic() - start
    assert took < 20, f"{took} s lost to a server that hangs"
    running = lab.start(url)
    time.sleep(3)
    running.send_signal(signal.SIGINT)
    start = time.monotonic()
    expect("Ctrl-C", lab.finish(running), False, "debug-info-not-fetched", "interrupted")
    assert time.monotonic() - start < 5, "Ctrl-C took its time"
    gone.close()
    found = lab.report(url)
    assert not has_lines(found) and len(notes(found)) == 1, notes(found)
    print("no server where there should be one: as expected", notes(found))


def check_debuginfod(lab):
    """Debian's own server, over a folder with the debug info."""
    if not shutil.which("debuginfod"):
        print("skipped: Debian's server is not installed (package debuginfod)")
        return
    os.mkdir(f"{lab.folder}/served")
    shutil.copy(f"{FIXTURES}/hello.split.debug", f"{lab.folder}/served")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = subprocess.Popen(["debuginfod", "-p", str(port), "-d", ":memory:", "-F", f"{lab.folder}/served"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(40):
            time.sleep(0.5)
            if has_lines(lab.report(f"http://127.0.0.1:{port}")):
                print("Debian's debuginfod: as expected")
                return
        raise AssertionError("debuginfod's debug info did not arrive within 20 s")
    finally:
        running.terminate()
        running.wait()


def main():
    if not ctypes.util.find_library("debuginfod"):
        skip("libdebuginfod is not installed (package libdebuginfod1)")
    with tempfile.TemporaryDirectory(prefix="lprof-servers.") as folder:
        lab = Lab(folder)
        check_answers(lab)
        check_silence(lab)
        check_debuginfod(lab)


main()
