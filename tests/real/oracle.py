"""Lines of a program by `perf`, `objdump` and `llvm-symbolizer`: nothing of lprof is used.

The rule of skid, written a second time: a timer sample carries the address of the next instruction, so it belongs to
the instruction before, unless that one is a jump, call or return, or the address begins a function or is jumped to.
A sample in the kernel belongs to the user's instruction that went there: the syscall before, or one that touches memory
and so may have faulted; else an interrupt came, which is as late as the sample of a timer.
"""
import bisect
import collections
import json
import os
import re
import subprocess

NO_FALL_THROUGH = re.compile(r"^(j|call|ret|ud2|hlt|loop|notrack jmp|bnd (jmp|call|ret)|rep ret|repz ret)")

TOUCHES_MEMORY = re.compile(r"^(?!lea|nop).*\(|^(push|pop|call|ret|leave|rep|movs|stos|cmps|scas|lods)")


def perf_command(folder):
    """(words to put before a command so that perf samples it and all that it starts, the path of its samples).

    With build ids, as lprof asks for them: else Linux marks records as having one that have none, and perf aborts.
    """
    data = os.path.join(folder, "perf.data")
    return ["perf", "record", "-q", "--buildid-mmap", "-e", "cpu-clock", "-F", "999", "--user-regs=ip", "-o", data, "--"], data


def executable_segments(program):
    """[(file offset, size, address)] of the executable program headers."""
    text = subprocess.run(["readelf", "-lW", program], check=True, capture_output=True, text=True).stdout
    found = re.findall(r"LOAD +(0x\w+) (0x\w+) 0x\w+ (0x\w+) 0x\w+ R E", text)
    return [(int(offset, 16), int(size, 16), int(addr, 16)) for offset, addr, size in found]


def perf_samples(data, program):
    """Counter of (file address in the program, whether the sample was taken in the kernel)."""
    text = subprocess.run(["perf", "script", "-i", data, "--show-mmap-events", "-F", "ip,sym,dso,uregs"], check=True,
                          capture_output=True, text=True).stdout
    maps = re.compile(r"PERF_RECORD_MMAP2?.*\[(0x\w+)\((0x\w+)\) @ (0x\w+|0) .*\]: r-xp (.*)$")
    segments = executable_segments(program)
    mapped, samples = [], collections.Counter()
    for line in text.splitlines():
        match = maps.search(line)
        if match:
            if os.path.realpath(match[4]) == os.path.realpath(program):
                mapped.append(tuple(int(match[i], 16) for i in (1, 2, 3)))
            continue
        match = re.match(r"\s*([0-9a-f]+) .*\bIP:(0x[0-9a-f]+)", line)
        if match:
            address = file_address(int(match[2], 16), mapped, segments)
            if address is not None:
                samples[address, int(match[1], 16) != int(match[2], 16)] += 1
    return samples


def file_address(run_address, mapped, segments):
    for start, size, page_offset in mapped:
        if start <= run_address < start + size:
            offset = run_address - start + page_offset
            for segment_offset, segment_size, address in segments:
                if segment_offset <= offset < segment_offset + segment_size:
                    return offset - segment_offset + address
    return None


class Code:
    """The instructions and functions of a program, by objdump."""

    def __init__(self, program):
        self.at = {}  # address: instruction
        self.before = {}  # address: the instruction that ends there
        self.targets = set()  # of direct jumps
        self.functions = {}  # entry: name
        text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", program], check=True, capture_output=True,
                              text=True).stdout
        last = None
        for line in text.splitlines():
            entry = re.match(r"([0-9a-f]{8,}) <(.*)>:", line)
            if entry:
                self.functions[int(entry[1], 16)] = re.sub(r"\.(isra|constprop|part|cold)\b.*", "", entry[2])
                continue
            match = re.match(r" *([0-9a-f]+):\t(.*)", line)
            if match:
                address = int(match[1], 16)
                if last is not None:
                    self.before[address] = last
                last = self.at[address] = match[2].strip()
                jump = re.match(r"j\w+ +([0-9a-f]+)\b", last)
                if jump:
                    self.targets.add(int(jump[1], 16))
        self.entries = sorted(self.functions)

    def lookup_address(self, address, in_kernel):
        """Where to look up a sample."""
        before = self.before.get(address)
        if before is None or address in self.functions or NO_FALL_THROUGH.match(before):
            return address
        if in_kernel and before.startswith("syscall"):
            return address - 1
        if in_kernel and TOUCHES_MEMORY.match(self.at.get(address, "")):
            return address
        return address if address in self.targets else address - 1

    def function_at(self, address):
        """The out-of-line function that holds an address."""
        return self.functions[self.entries[bisect.bisect_right(self.entries, address) - 1]]


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


def place(program, samples):
    """(Counter by (base name of the file, line), Counter by out-of-line function), the rule of skid applied."""
    code = Code(program)
    moved = collections.Counter()
    for (address, in_kernel), count in samples.items():
        moved[code.lookup_address(address, in_kernel)] += count
    by_line, by_function = collections.Counter(), collections.Counter()
    lines = lines_of(program, moved)
    for address, count in moved.items():
        by_line[lines[address]] += count
        by_function[code.function_at(address)] += count
    return by_line, by_function
