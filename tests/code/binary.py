"""What the checks of src/code know of a binary: from objdump, nm, readelf, llvm-dwarfdump and
llvm-symbolizer, and from the bytes of the exception tables. Nothing of lprof is used."""
import collections
import re
import struct
import subprocess

Insn = collections.namedtuple('Insn', 'addr size bytes text')
Row = collections.namedtuple('Row', 'addr file line column statement end')


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


class Function:
    """One function: `parts` are (start, end), the hot one first."""

    def __init__(self, name, start, end):
        self.name = name
        self.entry = start
        self.parts = [(start, end)]

    def holds(self, addr):
        return any(start <= addr < end for start, end in self.parts)


class Binary:
    def __init__(self, path):
        self.path = path
        self.sections = self._sections()
        self.rows = self._rows()
        self.insns = self._insns()
        self.relocations = self._relocations()
        self.functions = self._functions()
        self.pads = self._pads()
        self.chains = self._chains([a for a in sorted({r.addr for r in self.rows if not r.end})
                                    if any(f.holds(a) for f in self.functions)])

    def _sections(self):
        found = {}
        with open(self.path, 'rb') as file:
            data = file.read()
        for line in run('readelf', '-SW', self.path).splitlines():
            match = re.match(r'\s*\[ *\d+\] (\S+)\s+(\S+)\s+([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)', line)
            if match and match[2] != 'NOBITS' and int(match[3], 16):
                offset, size = int(match[4], 16), int(match[5], 16)
                found[match[1]] = (int(match[3], 16), bytearray(data[offset:offset + size]))
        return found

    def _rows(self):
        rows, files, number = [], {}, None
        for line in run('llvm-dwarfdump', '--debug-line', self.path).splitlines():
            if line.startswith('debug_line['):
                files = {}
            match = re.match(r'file_names\[ *(\d+)\]:', line)
            if match:
                number = int(match[1])
            match = re.match(r'\s+name: "(.*)"', line)
            if match:
                files[number] = match[1].split('/')[-1]
            if line.startswith('0x'):
                p = line.split()
                flags = p[6:]
                rows.append(Row(int(p[0], 16), files.get(int(p[3])), int(p[1]), int(p[2]),
                                'is_stmt' in flags, 'end_sequence' in flags))
        # A sequence ends before the next one begins at the same address.
        order = sorted(range(len(rows)), key=lambda i: (rows[i].addr, not rows[i].end, i))
        return [rows[i] for i in order]

    def _insns(self):
        found = {}
        for line in run('objdump', '-dw', self.path).splitlines():
            match = re.match(r'\s+([0-9a-f]+):\t([0-9a-f ]+?)\s*\t(.*)', line)
            if match:
                code = bytes.fromhex(match[2])
                text = re.sub(r'\s*#.*|\s*<.*?>', '', match[3]).strip()
                note = re.search(r'# ([0-9a-f]+)', match[3])
                addr = int(match[1], 16)
                found[addr] = Insn(addr, len(code), code, text + (' #' + note[1] if note else ''))
        return found

    def _relocations(self):
        """Of a binary linked with --emit-relocs: place -> (type, symbol + addend), of code and data."""
        found, section = {}, ''
        for line in run('readelf', '-rW', self.path).splitlines():
            match = re.match(r"Relocation section '(\S+)'", line)
            if match:
                section = match[1]
            if not re.match(r'\.rela\.(text|rodata|data|dyn)', section):
                continue
            match = re.match(r'([0-9a-f]+)\s+[0-9a-f]+ (R_X86_64_\w+)\s+([0-9a-f]+) \S+ ([+-]) ([0-9a-f]+)', line)
            if match:
                addend = int(match[5], 16) * (1 if match[4] == '+' else -1)
                found[int(match[1], 16)] = (match[2], int(match[3], 16) + addend)
            match = re.match(r'([0-9a-f]+)\s+[0-9a-f]+ R_X86_64_RELATIVE\s+([0-9a-f]+)', line)
            if match:
                found.setdefault(int(match[1], 16), ('R_X86_64_64', int(match[2], 16)))
        return found

    def _functions(self):
        symbols = []
        for line in run('nm', '-S', self.path).splitlines():
            p = line.split()
            if len(p) == 4 and p[2] in 'tTwW':
                start = int(p[0], 16)
                symbols.append((p[3], start, start + int(p[1], 16)))
        found = {name: Function(name, start, end) for name, start, end in symbols
                 if not re.search(r'\.cold(\.\d+)?$', name) and self.row_at(start)}
        for name, start, end in symbols:
            match = re.match(r'(.*)\.cold(\.\d+)?$', name)
            if match and match[1] in found:
                found[match[1]].parts.append((start, end))
        return list({f.entry: f for f in found.values()}.values())

    def row_at(self, addr):
        """Rule 1: the last row at or below the address in its sequence."""
        low, high = 0, len(self.rows)
        while low < high:
            middle = (low + high) // 2
            if self.rows[middle].addr <= addr:
                low = middle + 1
            else:
                high = middle
        row = self.rows[low - 1] if low else None
        return None if row is None or row.end else row

    def in_code(self, addr):
        return any(name.startswith('.text') and start <= addr < start + len(data)
                   for name, (start, data) in self.sections.items())

    def read(self, addr, size):
        for start, data in self.sections.values():
            if start <= addr and addr + size <= start + len(data):
                return bytes(data[addr - start:addr - start + size])
        return None

    def relocated(self):
        """Sections with the addresses filled in that the dynamic linker would (at bias 0)."""
        out = []
        for start, data in self.sections.values():
            data = bytearray(data)
            for place, (kind, value) in self.relocations.items():
                if kind == 'R_X86_64_64' and start <= place and place + 8 <= start + len(data):
                    struct.pack_into('<Q', data, place - start, value & (1 << 64) - 1)
            out.append((start, bytes(data)))
        return out

    def _chains(self, addrs):
        """Where each address was inlined: a tuple of call sites, empty for most."""
        text = subprocess.run(['llvm-symbolizer', '--inlines', '--obj=' + self.path],
                              input=''.join('0x%x\n' % a for a in addrs), capture_output=True,
                              text=True, check=True).stdout
        found = {}
        for addr, entry in zip(addrs, text.split('\n\n')):
            frames = entry.strip().split('\n')
            found[addr] = tuple(zip(frames[2::2], frames[3::2]))
        return found

    # The exception tables: .eh_frame tells each function's .gcc_except_table entry.

    def _pads(self):
        """(start, end, pad) of every call site range that lands somewhere."""
        if '.eh_frame' not in self.sections or '.gcc_except_table' not in self.sections:
            return []
        base, data = self.sections['.eh_frame']
        pads, cies, at = [], {}, 0
        while at + 4 <= len(data):
            length = struct.unpack_from('<I', data, at)[0]
            if length == 0:
                break
            identity = struct.unpack_from('<I', data, at + 4)[0]
            if identity == 0:
                cies[at] = self._cie(data, at)
            else:
                pads += self._fde(base, data, at, cies[at + 4 - identity])
            at += 4 + length
        return pads

    @staticmethod
    def _cie(data, at):
        at += 9
        end = data.index(0, at)
        letters = data[at:end].decode()
        at = end + 1
        for _ in range(3):  # code and data alignment, return register
            _, at = uleb(data, at)
        _, at = uleb(data, at)
        kinds = {}
        for letter in letters[1:]:
            if letter in 'RL':
                kinds[letter] = data[at]
                at += 1
            elif letter == 'P':
                at += 1 + encoded_size(data[at])
        return kinds

    def _fde(self, base, data, at, kinds):
        at += 8
        start, at = encoded(data, at, kinds.get('R', 0), base)
        at += encoded_size(kinds.get('R', 0))
        _, at = uleb(data, at)
        if 'L' not in kinds:
            return []
        table, at = encoded(data, at, kinds['L'], base)
        return self._call_sites(start, table) if table else []

    def _call_sites(self, start, table):
        base, data = self.sections['.gcc_except_table']
        at = table - base
        kind, at = data[at], at + 1
        landing = start
        if kind != 0xff:
            landing, at = encoded(data, at, kind, base)
        kind, at = data[at], at + 1
        if kind != 0xff:
            _, at = uleb(data, at)
        kind, at = data[at], at + 1
        assert kind == 1, 'call sites are not uleb128'
        size, at = uleb(data, at)
        end, found = at + size, []
        while at < end:
            first, at = uleb(data, at)
            length, at = uleb(data, at)
            pad, at = uleb(data, at)
            _, at = uleb(data, at)
            if pad:
                found.append((start + first, start + first + length, landing + pad))
        return found


def uleb(data, at):
    value, shift = 0, 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if not byte & 0x80:
            return value, at


def encoded_size(kind):
    return {0: 8, 2: 2, 3: 4, 4: 8, 10: 2, 11: 4, 12: 8}[kind & 15]


def encoded(data, at, kind, base):
    if kind & 15 == 1:
        return uleb(data, at)
    size = encoded_size(kind)
    value = int.from_bytes(data[at:at + size], 'little', signed=kind & 15 >= 10)
    if value and kind & 0x70 == 0x10:
        value += base + at
    return value, at + size
