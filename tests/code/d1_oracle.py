"""Definition D1 of a hit (src/code/hits.h), from counts of executed instructions alone.

Written from the definition, on purpose in another way than src/code: jump tables come from the linker's
relocations, what is done in a pass from the ways on which it is not, counts from every instruction and
every transfer. Slow and plain."""
import bisect
import re

HUB, ENTRY = 'hub', 'entry'


def is_jump(insn):
    return re.match(r'(bnd |notrack )*jmp', insn.text) is not None


def target_of(insn):
    match = re.match(r'(?:bnd |notrack )*(?:j\w+|loop\w*) +(?:[a-z,]*\s)?([0-9a-f]+)$', insn.text)
    return int(match[1], 16) if match else None


def is_branch(insn):
    return re.match(r'(bnd )?(j(?!mp)|loop)', insn.text) is not None


def is_call(insn):
    return re.match(r'(bnd |notrack |data16 |rex\S* )*call', insn.text) is not None


def is_end(insn):
    return is_jump(insn) or re.match(r'(bnd |repz? )*ret|ud2|hlt|int3', insn.text) is not None


def is_nop(insn):
    return re.match(r'(cs |data16 |rex\S* )*nop|xchg +%ax,%ax', insn.text) is not None


def taken_addresses(binary, function):
    """Addresses that `lea` instructions of a function take."""
    found = set()
    for insn in body(binary, function):
        match = re.search(r'#([0-9a-f]+)$', insn.text)
        if insn.text.startswith('lea') and match:
            found.add(int(match[1], 16))
    return found


def jump_targets(binary, function):
    """Where indirect jumps of a function lead, from the relocations that made the tables."""
    if not any(is_jump(i) and target_of(i) is None for i in body(binary, function)):
        return set()
    if not hasattr(binary, 'taken'):
        binary.taken = sorted(set().union(*(taken_addresses(binary, f) for f in binary.functions)))
    inside = {i.addr for i in body(binary, function)} - {function.entry}
    own = taken_addresses(binary, function)
    targets = own & inside
    for place, (kind, value) in binary.relocations.items():
        if place in binary.insns or binary.in_code(place):
            if kind in ('R_X86_64_32', 'R_X86_64_32S') and value in inside:
                targets.add(value)  # mov $label, r
        elif kind == 'R_X86_64_64' and value in inside:
            targets.add(value)
        elif kind == 'R_X86_64_PC32':
            below = bisect.bisect_right(binary.taken, place)
            table = binary.taken[below - 1] if below else None
            if table in own and table + value - place in inside:
                targets.add(table + value - place)
    return targets


def body(binary, function):
    return [binary.insns[a] for start, end in sorted(function.parts) for a in range(start, end)
            if a in binary.insns]


class Flow:
    """Blocks are named by the address of their first instruction."""

    def __init__(self, binary, function):
        self.binary, self.function = binary, function
        self.code = body(binary, function)
        self.at = {i.addr: i for i in self.code}
        self.pads = [p for p in binary.pads if function.holds(p[0])]
        self.targets = jump_targets(binary, function)
        self._make_blocks()
        self._make_edges()

    def _make_blocks(self):
        leaders = {self.function.entry} | self.targets | {p[2] for p in self.pads}
        leaders |= {target_of(i) for i in self.code if target_of(i) in self.at}
        self.blocks, run = {}, []
        for insn in self.code:
            if run and (insn.addr in leaders or run[-1].addr + run[-1].size != insn.addr):
                self.blocks[run[0].addr] = run
                run = []
            run.append(insn)
            if is_end(insn) or is_branch(insn):
                self.blocks[run[0].addr] = run
                run = []
        if run:
            self.blocks[run[0].addr] = run
        before = {i.addr + i.size: i for i in self.code}
        for start, run in list(self.blocks.items()):
            entered = start in leaders or start in before and not is_end(before[start])
            if not entered and all(is_nop(i) or i.text in ('int3', 'ud2', 'hlt') for i in run):
                del self.blocks[start]
        self.block_of = {i.addr: start for start, run in self.blocks.items() for i in run}

    def _make_edges(self):
        """Edges are (from block, to block, address of the instruction that leaves)."""
        self.edges = [(ENTRY, self.function.entry, None)]
        for start, run in self.blocks.items():
            last = run[-1]
            behind = last.addr + last.size
            if target_of(last) in self.blocks:
                self.edges.append((start, target_of(last), last.addr))
            if is_jump(last) and target_of(last) is None and self.targets:
                self.edges.append((start, HUB, last.addr))
            if not is_end(last) and behind in self.blocks:
                if (start, behind, last.addr) not in self.edges:
                    self.edges.append((start, behind, last.addr))
            for insn in run:
                for first, end, pad in self.pads:
                    if is_call(insn) and first <= insn.addr + insn.size - 1 < end:
                        self.edges.append((start, pad, insn.addr))
        for target in sorted(self.targets):
            self.edges.append((HUB, target, None))

    def is_landing(self, edge):
        return edge[2] is not None and is_call(self.at[edge[2]]) and any(
            p[2] == edge[1] and p[0] <= edge[2] + self.at[edge[2]].size - 1 < p[1] for p in self.pads)

    def inner_jump(self, insn):
        return is_jump(insn) and target_of(insn) in self.at


class Counts:
    """How often instructions and edges of a flow ran."""

    def __init__(self, flow, executed, transfers):
        self.flow = flow
        self.executed = executed
        self.edge = {}
        jumps = [i.addr for i in flow.code if is_jump(i) and target_of(i) is None]
        for edge in flow.edges:
            source, dest, leaving = edge
            if source == HUB:
                self.edge[edge] = sum(transfers.get((j, dest), 0) for j in jumps)
            elif dest == HUB:
                self.edge[edge] = sum(transfers.get((leaving, t), 0) for t in flow.targets)
            elif leaving is not None:
                self.edge[edge] = transfers.get((leaving, dest), 0)
        # What comes back from a call, and what enters, is whatever else came.
        for edge in flow.edges:
            source, dest, leaving = edge
            returned = leaving is not None and is_call(flow.at[leaving]) and not flow.is_landing(edge)
            if source == ENTRY or returned:
                others = sum(self.edge[e] for e in flow.edges if e[1] == dest and e != edge)
                self.edge[edge] = max(0, executed.get(dest, 0) - others)


class Oracle:
    def __init__(self, flow, line_of, starts):
        """`line_of(addr)` is the line of an instruction or None; `starts` are addresses of rows."""
        self.flow = flow
        self.line = {}
        for insn in flow.code:
            counted = insn.addr in flow.block_of and (not is_nop(insn) or insn.addr in starts)
            self.line[insn.addr] = line_of(insn.addr) if counted else None
        self._lines_of_blocks()
        self._walk()
        self._find_loops()

    def _lines_of_blocks(self):
        """Rules 2 and 3: `first[block]` maps lines to their first instruction, in order."""
        working = {self.line[i.addr] for i in self.flow.code if not self.flow.inner_jump(i)}
        self.first, self.running = {}, {}
        for start, run in self.flow.blocks.items():
            lined = [i for i in run if self.line[i.addr] is not None]
            self.running[start] = self.line[lined[-1].addr] if lined else None
            last = run[-1]
            if lined and lined[-1] is last and self.flow.inner_jump(last):
                line = self.line[last.addr]
                alone = len(lined) == 1 or self.line[lined[-2].addr] != line
                if (len(run) == 1 and line in working) or \
                        (alone and self.line.get(target_of(last)) == line):
                    lined.pop()
            self.first[start] = {}
            for insn in lined:
                self.first[start].setdefault(self.line[insn.addr], insn.addr)

    @staticmethod
    def _counted_at(run, insn):
        """Rule 2: the instruction whose count is that of a line which first runs at `insn`.

        Between calls with no room for a jump nothing is counted: before the first of them is."""
        number = run.index(insn)
        while is_call(run[number]) or number + 1 < len(run) and is_call(run[number + 1]):
            here = number if is_call(run[number]) else number + 1
            before = [i for i in range(here) if is_call(run[i])]
            behind = run[before[-1]].addr + run[before[-1]].size if before else None
            if behind is None or run[here].addr - behind > 1:
                break
            number = before[-1]
        return run[number].addr

    def _successors(self, node):
        return sorted((e for e in self.flow.edges if e[0] == node),
                      key=lambda e: (e[1] == HUB, e[1] if e[1] != HUB else 0))

    def _walk(self):
        """Rule 4: an edge to a node that is being walked retreats; those are the back edges."""
        self.back, entered, left = set(), set(), set()
        stack = [(ENTRY, iter(self._successors(ENTRY)))]
        entered.add(ENTRY)
        while stack:
            node, rest = stack[-1]
            edge = next(rest, None)
            if edge is None:
                left.add(node)
                stack.pop()
            elif edge[1] not in entered:
                entered.add(edge[1])
                stack.append((edge[1], iter(self._successors(edge[1]))))
            elif edge[1] not in left:
                self.back.add(edge)
        self.reached = entered

    def _closure(self, start, forward, within=None, barred=None):
        found, todo = set(start), list(start)
        while todo:
            node = todo.pop()
            if node == barred:
                continue
            for source, dest, _ in self.flow.edges:
                here, there = (source, dest) if forward else (dest, source)
                if here == node and there not in found and (within is None or there in within):
                    found.add(there)
                    todo.append(there)
        return found

    def _find_loops(self):
        self.loops = {}
        for header in {e[1] for e in self.back}:
            below = self._closure({header}, True)
            ends = {e[0] for e in self.back if e[1] == header}
            self.loops[header] = self._closure(ends | {header}, False, below & self.reached, header)
        self.loop_lines = {h: {self.line[i.addr] for b in members if b in self.flow.blocks
                               for i in self.flow.blocks[b]} for h, members in self.loops.items()}

    def _is_fresh_start(self, edge, line):
        source, dest, leaving = edge
        if source == ENTRY:
            return True
        if dest not in self.loops or line not in self.loop_lines[dest]:
            return False
        if edge in self.back:
            return True
        if source in self.loops[dest]:
            return False
        running = self.line[leaving] if self.flow.is_landing(edge) else self.running.get(source)
        first = next(iter(self.first.get(dest, ())), None)
        return not (running == line and first == line)

    def _runs_before_leaving(self, edge, line):
        first = self.first.get(edge[0], {}).get(line)
        return first is not None and (not self.flow.is_landing(edge) or first <= edge[2])

    def undone(self, line):
        """Rule 5, turned round: the edges along which the line may not be done yet."""
        edges = [e for e in self.flow.edges if e[0] in self.reached]
        found = {e for e in edges if self._is_fresh_start(e, line)}
        nodes = {e[1] for e in found}
        todo = list(nodes)
        while todo:
            node = todo.pop()
            for edge in edges:
                if edge[0] == node and edge not in found and not self._runs_before_leaving(edge, line):
                    found.add(edge)
                    if edge[1] not in nodes:
                        nodes.add(edge[1])
                        todo.append(edge[1])
        return found, nodes

    def hits(self, counts):
        """Rule 6: line -> hits."""
        found = {}
        for line in {l for l in self.line.values() if l is not None}:
            undone, nodes = self.undone(line)
            total = 0
            for block, firsts in self.first.items():
                if line not in firsts or (block in self.reached and block not in nodes):
                    continue
                done = [e for e in self.flow.edges if e[1] == block and e[0] in self.reached and
                        e not in undone]
                first = self._counted_at(self.flow.blocks[block], self.flow.at[firsts[line]])
                total += max(0, counts.executed.get(first, 0) -
                             sum(counts.edge[e] for e in done))
            found[line] = total
        return found

    def instructions(self, counts):
        found = {}
        for addr, line in self.line.items():
            if line is not None:
                found[line] = found.get(line, 0) + counts.executed.get(addr, 0)
        return found
