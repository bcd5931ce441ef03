#!/usr/bin/env python3
"""Hits of lines: src/code against an oracle, against the truth in the fixtures, and against gcov.

usage: d1_check.py STEP_COUNTS LINE_HITS SOURCE COMPILER LEVEL [-pie|-no-pie] [--gcov]

The fixture is built and run under step_counts, which counts every executed instruction. From these
counts line_hits (the code under test) and d1_oracle.py compute hits; all lines must be equal. At -O0 they
must also be what the fixture says in its //= comments, and gcov must agree but where those say so."""
import os
import re
import subprocess
import sys
import tempfile

import binary as binaries
import d1_oracle


def build(source, out, compiler, level, pie, *more):
    command = [compiler, '-g', level, pie, '-w', *more, '-o', out, source]
    if pie == '-pie':
        command.insert(1, '-fPIE')
    else:
        command.insert(1, '-fno-pie')
    subprocess.run(command, check=True)


def step(tool, program, functions, folder):
    ranges, out = folder + '/ranges', folder + '/counts'
    with open(ranges, 'w') as file:
        for f in functions:
            for start, end in f.parts:
                file.write('%x %x\n' % (start, end))
    subprocess.run([tool, ranges, out, program], check=True, stdout=subprocess.DEVNULL)
    executed, transfers = {}, {}
    for line in open(out):
        p = line.split()
        if p[0] == 'I':
            executed[int(p[1], 16)] = int(p[2])
        else:
            transfers[int(p[1], 16), int(p[2], 16)] = int(p[3])
    return executed, transfers


class Subject:
    """One function as both sides see it."""

    def __init__(self, binary, function, executed, transfers):
        self.binary, self.function = binary, function
        self.flow = d1_oracle.Flow(binary, function)
        self.counts = d1_oracle.Counts(self.flow, executed, transfers)
        self.rows = [r for r in binary.rows if function.holds(r.addr) or
                     any(r.end and r.addr == end for _, end in function.parts)]
        self.lines = {}  # (file, number, chain) -> number for line_hits
        self.identity = []
        for row in self.rows:
            line = None if row.end or row.line == 0 else (row.file, row.line, binary.chains[row.addr])
            self.identity.append(line)
            if line:
                self.lines.setdefault(line, len(self.lines) + 1)

    def line_of(self, addr):
        found = None
        for row, line in zip(self.rows, self.identity):
            if row.addr > addr:
                break
            found = line
        return found

    def oracle(self):
        starts = {r.addr for r in self.rows}
        return d1_oracle.Oracle(self.flow, self.line_of, starts)

    def describe(self):
        out = ['F %x' % self.function.entry]
        for start, end in sorted(self.function.parts):
            out.append('P %x %s' % (start, self.binary.read(start, end - start).hex()))
        out += ['L %x %x %x' % pad for pad in self.flow.pads]
        names, chains = {}, {(): 0}
        for file, number, chain in self.lines:
            out.append('S %d %d %d' % (names.setdefault(file, len(names)), number,
                                       chains.setdefault(chain, len(chains))))
        for row, line in zip(self.rows, self.identity):
            out.append('R %x %d %d %d' % (row.addr, self.lines.get(line, 0), row.column,
                                          row.statement))
        out += ['C %x %d' % (a, n) for a, n in self.counts.executed.items()
                if self.function.holds(a)]
        for (source, dest, leaving), n in self.counts.edge.items():
            way = 1 if source == d1_oracle.ENTRY else leaving or 0
            out.append('E %x %x %d' % (way, 0 if dest == d1_oracle.HUB else dest, n))
        return out + ['.']


def run_line_hits(tool, binary, subjects, *options):
    text = ['D %x %s' % (start, data.hex()) for start, data in binary.relocated()]
    for subject in subjects:
        text += subject.describe()
    out = subprocess.run([tool, *options], input='\n'.join(text) + '\n', capture_output=True,
                         text=True, check=True).stdout
    found, current = {}, None
    for line in out.splitlines():
        kind, _, rest = line.partition(' ')
        if kind == 'F':
            current = found[int(rest, 16)] = {'B': [], 'J': [], 'L': {}}
        elif kind in 'BJ':
            current[kind].append(int(rest, 16))
        elif kind == 'L':
            numbers = [int(x) for x in rest.split()]
            current['L'][numbers[0]] = numbers[1:]
        else:
            current[kind] = rest
    return found


class Check:
    def __init__(self, title):
        self.title = title
        self.failed = 0
        self.compared = 0
        self.approximate = 0

    def equal(self, what, ours, theirs):
        self.compared += 1
        if ours != theirs:
            self.failed += 1
            print('%s: %s: line_hits %s, expected %s' % (self.title, what, ours, theirs))

    def summary(self, subjects, found):
        numbers = [[int(n) for n in f['P'].split()] for f in found.values() if 'P' in f]
        needed = sum(n[2] for n in numbers)
        print('%s: %d functions, %d numbers equal, %d not, %d approximate; %d counters, %d on edges' %
              (self.title, len(subjects), self.compared - self.failed, self.failed,
               self.approximate, sum(n[0] for n in numbers) + needed, needed))


def all_calls_return(subject):
    """Whether every call came back as often as it was made, so that counts of parts are exact."""
    executed = subject.counts.executed
    return all(executed.get(i.addr, 0) == executed.get(i.addr + i.size, 0) for i in subject.flow.code
               if d1_oracle.is_call(i) and i.addr + i.size in subject.flow.at)


def compare_branches(check, where, subject, lines, found):
    """Which way branches went, with every branch counted."""
    oracle = subject.oracle()
    ways = {}
    for start, run in subject.flow.blocks.items():
        last = run[-1]
        line = oracle.line[last.addr]
        if d1_oracle.is_branch(last) and line is not None:
            total = subject.counts.executed.get(last.addr, 0)
            fall = sum(n for e, n in subject.counts.edge.items()
                       if e[2] == last.addr and e[1] == last.addr + last.size)
            t = ways.setdefault(line, [0, 0])
            t[0] += total
            t[1] += total - fall
    for line, (total, taken) in ways.items():
        ours = found['L'][lines[line]]
        check.equal('%s:%s branches' % (where, line[:2]), ours[2:5], [total, taken, 0])


def compare_function(check, subject, found, branched):
    where = subject.function.name
    if 'X' in found:
        check.equal(where, found['X'], 'a flow')
        return {}
    check.equal(where + ' targets', [hex(x) for x in found['J']],
                [hex(x) for x in sorted(subject.flow.targets)])
    check.equal(where + ' blocks', [hex(x) for x in found['B']],
                [hex(x) for x in sorted(subject.flow.blocks)])
    oracle = subject.oracle()
    hits, instructions = oracle.hits(subject.counts), oracle.instructions(subject.counts)
    returned = all_calls_return(subject)
    for line, expected in hits.items():
        ours = found['L'].get(subject.lines[line])
        what = '%s:%s:%s' % (where, line[1], '/'.join(c[1].split('/')[-1] for c in line[2]))
        if ours is None:
            check.equal(what, None, expected)
        elif ours[5]:
            check.approximate += 1
        else:
            check.equal(what, ours[0], expected)
        if ours and returned:
            check.equal(what + ' instructions', ours[1], instructions[line])
    compare_branches(check, where, subject, subject.lines, branched)
    return {line: found['L'][n] for line, n in subject.lines.items() if n in found['L']}


def read_truth(source, name):
    """Number -> true hits, from the comments behind lines, or what is said of `name` there; "-" is None."""
    truth = {}
    for number, line in enumerate(open(source), 1):
        match = re.search(r'//= (\d+)(.*)', line)
        if match:
            other = re.search(r'\b%s (\d+|-)' % name, match[2])
            text = other[1] if other else match[1]
            truth[number] = None if text == '-' else int(text)
    return truth


def check_truth(check, source, compiler, by_line):
    name = 'clang' if 'clang' in compiler else 'gcc'
    for number, hits in read_truth(source, name).items():
        check.equal('truth of line %d' % number, by_line.get(number), hits)


def check_gcov(check, source, folder):
    """What the comments say of gcov, so that the list of differences stays true."""
    compiler = 'g++' if source.endswith('.cc') else 'gcc'
    subprocess.run([compiler, '-O0', '--coverage', '-w', '-o', folder + '/covered', source],
                   check=True, cwd=folder)
    subprocess.run([folder + '/covered'], cwd=folder, stdout=subprocess.DEVNULL)
    name = [f for f in os.listdir(folder) if f.endswith('.gcda')]
    subprocess.run(['gcov', '-o', folder, name[0]], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    expected = read_truth(source, 'gcov')
    path = folder + '/' + os.path.basename(source) + '.gcov'
    for line in open(path, errors='replace'):
        count, number, _ = [x.strip() for x in line.split(':', 2)]
        if int(number) in expected and count != '-':
            hits = 0 if count[0] in '#=' else int(count.rstrip('*'))
            check.equal('gcov of line ' + number, expected[int(number)], hits)


def main():
    tools = sys.argv[1:3]
    source, compiler, level, pie = sys.argv[3:7]
    source = os.path.abspath(source)
    check = Check(' '.join([os.path.basename(source), compiler, level, pie]))
    with tempfile.TemporaryDirectory() as folder:
        program = folder + '/program'
        build(source, program, compiler, level, pie, '-Wl,--emit-relocs')
        binary = binaries.Binary(program)
        own = os.path.basename(source)
        functions = [f for f in binary.functions if binary.row_at(f.entry).file == own]
        counts = step(tools[0], program, functions, folder)
        subjects = [Subject(binary, f, *counts) for f in functions]
        found = run_line_hits(tools[1], binary, subjects)
        branched = run_line_hits(tools[1], binary, subjects, '--branches')
        by_line = {}
        for subject in subjects:
            entry = subject.function.entry
            for line, numbers in compare_function(check, subject, found[entry],
                                                  branched[entry]).items():
                if line[0] == own:
                    by_line[line[1]] = by_line.get(line[1], 0) + numbers[0]
        if level == '-O0':
            check_truth(check, source, compiler, by_line)
        if '--gcov' in sys.argv:
            check_gcov(check, source, folder)
    check.summary(subjects, found)
    sys.exit(check.failed > 0)


if __name__ == '__main__':
    main()
