"""Hits of lines beside gcov's counts of a build at -O0, and why gcov may count a line otherwise.

gcov adds up blocks, and hits are passes. So they differ on lines of which several blocks are: parts of a statement
over several lines, conditions, macros and several statements on one line; on lines that are only a jump, which
compilers lead past; and on those of functions that are always inlined, whose blocks are those of their callers.
"""
import collections
import glob
import json
import os
import re
import subprocess

SEVERAL_LINES = "statement over several lines"
ELSE = "else behind a block"

# Of these gcov does not even tell whether they ran.
UNSURE = ("only a jump", "always inlined")
# Nor of these where another compiler than gcc files parts of a statement, and the jump at the end of a block, under
# other lines than gcc does.
UNSURE_ELSEWHERE = (SEVERAL_LINES, ELSE)


def counted_lines(folder):
    """{base name of a file: {line: count}} of what the programs left in a folder."""
    counts = collections.defaultdict(dict)
    for data in glob.glob(folder + "/*.gcda"):
        text = subprocess.run(["gcov", "--json-format", "--stdout", data], cwd=folder, check=True,
                              capture_output=True, text=True).stdout
        for part in text.splitlines():
            for file in json.loads(part)["files"]:
                lines = counts[os.path.basename(file["file"])]
                for line in file["lines"]:
                    lines[line["line_number"]] = lines.get(line["line_number"], 0) + line["count"]
    return counts


def macros(sources):
    """Names of macros with arguments, and of those that stand for statements."""
    names = set()
    for path in sources:
        with open(path, errors="replace") as file:
            text = file.read()
        names |= set(re.findall(r"^\s*#\s*define\s+(\w+)\(", text, re.M))
        names |= set(re.findall(r"^\s*#\s*define\s+(\w+)[ \t]+(?:.*[;{]|.*\bgoto\b|break\b)", text, re.M))
    return names


def code_lines(path):
    """The lines without comments and texts, which keep their places."""
    with open(path, errors="replace") as file:
        text = file.read()
    blank = lambda found: re.sub(r"[^\n]", " ", found.group(0))
    return re.sub(r"/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, text, flags=re.S).split("\n")


def continues(text):
    """Whether a line goes on with what the line above began."""
    return bool(re.match(r"[?:]|\|\||&&|[-+*/=<>]", text)) and not re.match(r"--|\+\+|\*\w", text)


def classes(path, macro_names):
    """Per line number, why gcov may count it otherwise; lines without a reason are left out."""
    lines = code_lines(path)
    found = {}
    depth = 0
    for number, line in enumerate(lines, 1):
        text = line.strip()
        before = depth
        depth += line.count("(") - line.count(")")
        above = lines[number - 2].rstrip() if number > 1 else ""
        below = lines[number].strip() if number < len(lines) else ""
        if before or depth or continues(text) or continues(below) or re.search(r"[=?:,&|+*/(-]$", above):
            found[number] = SEVERAL_LINES
        elif re.match(r"for\s*\(\s*;\s*;\s*\)", text):
            found[number] = "only a jump"
        elif re.match(r"(\w+\s*:\s*)?(goto|break|continue|return)\b[^()]*;\s*(\}\s*)?$", text):
            found[number] = "only a jump"
        elif re.search(r"&&|\|\||\?", text) or set(re.findall(r"\w+", text)) & macro_names:
            found[number] = "condition or macro on one line"
        elif re.match(r"(if|for|while)\b.*\).*;", text):
            found[number] = "several statements on one line"
    return found


class Function:
    """What decides how gcov counts the lines of a function."""

    def __init__(self, report):
        self.name = report["name"].partition("(")[0]
        self.file = os.path.basename(report["file"] or "")
        self.line, self.calls = report["line"], report["ncalls"] or 0
        own = [line for line in report["lines"] if not line.get("file")]
        self.lines = {line["line"] for line in own}
        self.inlined = not self.calls and any(line["hits"] for line in own)


class Comparison:
    """Lines of several files, added up."""

    def __init__(self, macro_names=(), functions=(), compiler="gcc"):
        self.failures = []
        self.equal = self.ran = 0
        self.macro_names, self.functions = set(macro_names), functions
        self.unsure = UNSURE if compiler == "gcc" else UNSURE + UNSURE_ELSEWHERE
        self.inlined = {function.name for function in functions if function.inlined}

    def reasons_of(self, path, hits, truth):
        name = os.path.basename(path)
        found = classes(path, self.macro_names)
        for number, text in enumerate(code_lines(path), 1):
            if set(re.findall(r"\w+", text)) & self.inlined:
                found[number] = "always inlined"
            elif ELSE in self.unsure and re.match(r"\s*\}\s*else\b", text):
                found[number] = ELSE
            # A head is come to at least as often as what is behind it.
            elif re.match(r"\s*(while|for)\b", text) and truth.get(number, 0) < truth.get(number + 1, 0):
                found[number] = "head of a loop"
        for function in (f for f in self.functions if f.file == name):
            if function.inlined:
                found.update({line: "always inlined" for line in function.lines})
            elif hits.get(function.line) == function.calls:
                # What gcov has beyond the calls are jumps back to there.
                found[function.line] = "head of a function"
        return found

    def file(self, path, hits, truth):
        """Compare {line: hits} of a file with gcov's counts; lines that only one knows say nothing."""
        name = os.path.basename(path)
        reasons = self.reasons_of(path, hits, truth)
        for line in sorted(hits.keys() & truth.keys()):
            ours, theirs, reason = hits[line], truth[line], reasons.get(line)
            self.ran += theirs > 0
            self.equal += ours == theirs > 0
            if ours == theirs:
                continue
            print(f"{name}:{line}: {ours} hits, gcov {theirs}: {reason}")
            if not reason or ((ours > 0) != (theirs > 0) and reason not in self.unsure):
                self.failures.append(f"{name}:{line}: {ours} hits, gcov says {theirs}: {reason or 'no known reason'}")

    def finish(self, least):
        """What failed, if fewer than so many percent are equal that, too."""
        print(f"{self.ran} lines ran, {100 * self.equal / max(self.ran, 1):.2f} % equal")
        if not self.ran or 100 * self.equal < least * self.ran:
            self.failures.append(f"fewer than {least} % of the lines that ran are equal")
        return self.failures
