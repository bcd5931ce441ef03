"""Lines of a program by `perf`, `objdump` and `llvm-symbolizer`: nothing of lprof is used.

The rule of skid, written a second time: a timer sample carries the address of the next instruction, so it belongs to
the instruction before, unless that one is a jump, call or return, or the address begins a function or is jumped to.
"""
import collections
import json
import os
import re
import subprocess

NO_FALL_THROUGH = re.compile(r"^(j|call|ret|ud2|hlt|loop|notrack jmp|bnd (jmp|call|ret)|rep ret|repz ret)")


def perf_record(folder, argv, stdin=subprocess.DEVNULL):
    data = os.path.join(folder, "perf.data")
    subprocess.run(["perf", "record", "-q", "-e", "cpu-clock:u", "-F", "999", "-o", data, "--", *argv], check=True,
                   stdin=stdin, stdout=subprocess.DEVNULL)
    return data


def executable_segments(program):
    """[(file offset, size, address)] of the executable program headers."""
    text = subprocess.run(["readelf", "-lW", program], check=True, capture_output=True, text=True).stdout
    found = re.findall(r"LOAD +(0x\w+) (0x\w+) 0x\w+ (0x\w+) 0x\w+ R E", text)
    return [(int(offset, 16), int(size, 16), int(addr, 16)) for offset, addr, size in found]


def perf_samples(data, program):
    """(Counter of file addresses in the program, Counter of symbols in it, number of all samples)."""
    text = subprocess.run(["perf", "script", "-i", data, "--show-mmap-events", "-F", "ip,sym,dso"], check=True,
                          capture_output=True, text=True).stdout
    maps = re.compile(r"PERF_RECORD_MMAP2?.*\[(0x\w+)\((0x\w+)\) @ (0x\w+|0) .*\]: r-xp (.*)$")
    segments = executable_segments(program)
    mapped, addresses, symbols, total = [], collections.Counter(), collections.Counter(), 0
    for line in text.splitlines():
        match = maps.search(line)
        if match:
            if os.path.realpath(match[4]) == os.path.realpath(program):
                mapped.append(tuple(int(match[i], 16) for i in (1, 2, 3)))
            continue
        match = re.match(r"\s*([0-9a-f]+) (.*) \((.*)\)$", line)
        if not match:
            continue
        total += 1
        address = file_address(int(match[1], 16), mapped, segments)
        if address is not None:
            addresses[address] += 1
            symbols[re.sub(r"\.(isra|constprop|part|cold)\b.*", "", match[2])] += 1
    return addresses, symbols, total


def file_address(run_address, mapped, segments):
    for start, size, page_offset in mapped:
        if start <= run_address < start + size:
            offset = run_address - start + page_offset
            for segment_offset, segment_size, address in segments:
                if segment_offset <= offset < segment_offset + segment_size:
                    return offset - segment_offset + address
    return None


class Code:
    """The instructions of a program, by objdump."""

    def __init__(self, program):
        self.before = {}  # address: the instruction that ends there
        self.targets = set()  # of direct jumps
        self.entries = set()
        text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", program], check=True, capture_output=True,
                              text=True).stdout
        last = None
        for line in text.splitlines():
            entry = re.match(r"([0-9a-f]{8,}) <", line)
            if entry:
                self.entries.add(int(entry[1], 16))
                continue
            match = re.match(r" *([0-9a-f]+):\t(.*)", line)
            if match:
                address = int(match[1], 16)
                if last is not None:
                    self.before[address] = last
                last = match[2].strip()
                jump = re.match(r"j\w+ +([0-9a-f]+)\b", last)
                if jump:
                    self.targets.add(int(jump[1], 16))

    def lookup_address(self, address):
        """Where to look up a sample."""
        before = self.before.get(address)
        if before is None or address in self.entries or address in self.targets or NO_FALL_THROUGH.match(before):
            return address
        return address - 1


def lines_of(program, addresses):
    """{address: (base name of the file, line) of the innermost inlined function}, by llvm-symbolizer."""
    run = subprocess.run(["llvm-symbolizer", "--inlines", "--output-style=JSON", "--obj=" + program], check=True,
                         input="".join(f"{address:#x}\n" for address in addresses), capture_output=True, text=True)
    lines = {}
    for answer in run.stdout.splitlines():
        entry = json.loads(answer)
        leaf = entry["Symbol"][0] if entry.get("Symbol") else {}
        lines[int(entry["Address"], 16)] = (os.path.basename(leaf.get("FileName", "")) or None, leaf.get("Line", 0))
    return lines


def samples_by_line(program, addresses):
    """Counter of (base name of the file, line), the rule of skid applied."""
    code = Code(program)
    moved = collections.Counter()
    for address, count in addresses.items():
        moved[code.lookup_address(address)] += count
    lines = lines_of(program, moved)
    sums = collections.Counter()
    for address, count in moved.items():
        sums[lines[address]] += count
    return sums
