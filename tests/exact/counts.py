"""What lprof counted, out of its JSON: for tests that compare one way of counting with another."""
import json
import os
import subprocess


def record(lprof, mode, chosen, program, saved, arguments=(), **options):
    """Runs a program under lprof: (the run, its report)."""
    options.setdefault("timeout", 120)
    run = subprocess.run([lprof, "record", "--mode", mode, *chosen, "-F", "0", "-o", saved, program, *arguments],
                         stdin=subprocess.DEVNULL, capture_output=True, **options)
    shown = subprocess.run([lprof, "report", "--format", "json", saved], capture_output=True, timeout=60,
                           check=True).stdout
    return run, json.loads(shown)


def base_name(path):
    return os.path.basename(path or "")


def counts_of(report, source):
    """Of one source file: {(function, line): (hits, instructions)} and {function: calls}."""
    lines, calls = {}, {}
    for function in report["functions"]:
        if not function["counted"]:
            continue
        if base_name(function["file"]) == base_name(source):
            calls[function["name"]] = function["ncalls"]
        for line in function["lines"]:
            if base_name(line.get("file") or function["file"]) == base_name(source) and line["hits"] is not None:
                key = (function["name"], line["line"])
                hits, instructions = lines.get(key, (0, 0))
                lines[key] = hits + line["hits"], instructions + line["instr"]
    return lines, calls


def refused_of(report):
    """How many functions are not counted, as the notes say: they name the first ones only."""
    return sum(note["count"] for note in report["notes"] if note["code"] == "not-counted")


def missing_of(counts, truth):
    """Names of the functions that only the truth has."""
    return set(truth[1]) - set(counts[1])


def differences(counts, truth, refused=()):
    """{function: [what is not as it should be]}, of functions that were not refused."""
    (lines, calls), (true_lines, true_calls) = counts, truth
    wrong = {}
    for key in sorted(set(lines) | set(true_lines)):
        if key[0] not in refused and lines.get(key) != true_lines.get(key):
            wrong.setdefault(key[0], []).append(
                f"{key[0]}:{key[1]}: {lines.get(key)} hits and instructions, not {true_lines.get(key)}")
    for name in sorted(set(calls) | set(true_calls)):
        if name not in refused and calls.get(name) != true_calls.get(name):
            wrong.setdefault(name, []).append(f"{name}: {calls.get(name)} calls, not {true_calls.get(name)}")
    return wrong
