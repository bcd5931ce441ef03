#!/usr/bin/env python3
"""Hits of lines in larger code that is not run: counts come from random walks through its functions.

usage: d1_walk.py LINE_HITS BINARY [MOST_FUNCTIONS]

The binary must be linked with --emit-relocs. Every function is walked through, taking edges at random;
calls return but where the walk takes a landing. From these counts src/code and the oracle compute hits, and
must agree in every line, every block and every target of an indirect jump."""
import random
import sys

import binary as binaries
import d1_check
import d1_oracle

WALKS = 12
STEPS = 400


def walk(flow, chance):
    """Executed instructions and transfers of some walks from the entry, each up to its end."""
    executed, transfers = {}, {}
    edges = {}
    for edge in flow.edges:
        edges.setdefault(edge[0], []).append(edge)
    hub = [e[1] for e in edges.get(d1_oracle.HUB, [])]
    for _ in range(WALKS):
        block, steps = flow.function.entry, 0
        while block is not None:
            steps += 1
            ways = edges.get(block, [])
            tired = steps > STEPS
            thrown = [e for e in ways if flow.is_landing(e)]
            way = chance.choice(thrown) if thrown and chance.random() < 0.2 else None
            stop = chance.choice([i.addr for i in flow.blocks[block]]) if tired else None
            for insn in flow.blocks[block]:
                executed[insn.addr] = executed.get(insn.addr, 0) + 1
                if (way and insn.addr == way[2]) or (tired and d1_oracle.is_call(insn) and
                                                     insn.addr == stop):
                    break
            else:
                ends = [e for e in ways if not flow.is_landing(e)]
                way = chance.choice(ends) if ends else None
                if way and tired:  # Walk on towards an end, where there is one.
                    way = max(ends, key=lambda e: (e[1] != d1_oracle.HUB and e[1] > block,
                                                   chance.random()))
                insn = flow.blocks[block][-1]
            if tired and steps > 20 * STEPS:
                return None  # It never ends.
            if way is None or (way[2] != insn.addr):
                break
            if way[1] == d1_oracle.HUB:
                block = chance.choice(hub)
            else:
                block = way[1]
            transfers[insn.addr, block] = transfers.get((insn.addr, block), 0) + 1
    return executed, transfers


def main():
    tool, path = sys.argv[1:3]
    most = int(sys.argv[3]) if len(sys.argv) > 3 else None
    chance = random.Random(1)
    binary = binaries.Binary(path)
    check = d1_check.Check(path.split('/')[-1])
    subjects, endless = [], 0
    for function in binary.functions[:most]:
        flow = d1_oracle.Flow(binary, function)
        counts = walk(flow, chance)
        if counts is None:
            endless += 1
        else:
            subjects.append(d1_check.Subject(binary, function, *counts))
    found = d1_check.run_line_hits(tool, binary, subjects)
    branched = d1_check.run_line_hits(tool, binary, subjects, '--branches')
    for subject in subjects:
        entry = subject.function.entry
        d1_check.compare_function(check, subject, found[entry], branched[entry])
    check.summary(subjects, found)
    sys.exit(check.failed > 0)


if __name__ == '__main__':
    main()
