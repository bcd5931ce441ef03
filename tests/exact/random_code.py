"""Random programs in C and C++, of what is hard to copy: switches, computed gotos, functions of two
instructions, calls with nothing between them, ways out by longjmp and exceptions.

source(seed, numbers, cxx) is a program of one case per number. A case depends on the seed and its number alone:
a few functions that call only those before them, and one that starts them. What they compute is defined, the
same every time, and printed.
"""
import random

PRELUDE = """\
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APART __attribute__((noinline))

static volatile unsigned sink;
static unsigned words[64];
static double reals[32];
static unsigned char bytes[64];

APART __attribute__((noreturn)) static void die(unsigned status)
{
    printf("%u\\n", status);
    exit((int)(status & 63));
}
"""

C_PRELUDE = """
static jmp_buf escape;

APART static int order(const void *a, const void *b)
{
    unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

    return x < y ? -1 : x > y;
}
"""

CXX_PRELUDE = """
struct fault {
    unsigned code;
};

struct guard {
    unsigned mark;
    explicit guard(unsigned m) : mark(m) { sink = sink + m; }
    ~guard() { sink = sink * 3 + mark; }
};

struct heavy_guard {
    unsigned mark;
    explicit heavy_guard(unsigned m) : mark(m) {}
    APART ~heavy_guard() { sink = sink ^ mark; }
};

struct shape {
    virtual unsigned of(unsigned n) = 0;
};
"""

MAIN = """
int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 3, sum = 0;

    for (unsigned c = 0; c < sizeof cases / sizeof *cases; c++) {
        unsigned hash = 0;
        for (unsigned i = 0; i < rounds; i++)
            hash = hash * 31 + cases[c](i * 2654435761u >> i % 29);
        printf("%u: %u %u\\n", c, hash, sink);
        sum += hash;
    }
    die(sum);
}
"""

COST = 2500  # Statements that a function may run, those of what it calls included.
STATEMENT = 3


class Case:
    """One small program."""

    def __init__(self, seed, number, cxx):
        self.draw = random.Random(f"{seed} {number}")
        self.name = f"case{number}"
        self.cxx = cxx
        self.lines = []
        self.valued = []  # (name, cost) of functions from a number to a number
        self.quiet = []  # names of functions without either
        self.labels = 0
        shapes = [tiny, quiet, plain, plain, plain, machine, loop_machine, recursive, ways, adjacent]
        shapes += [tries, methods, templates] if cxx else [sorts, jumps]
        tiny(self)
        quiet(self)
        for _ in range(self.draw.randint(4, 7)):
            self.draw.choice(shapes)(self)
        start(self)

    def put(self, depth, text):
        self.lines.append("    " * depth + text)

    def new_name(self):
        return f"{self.name}_{len(self.valued) + len(self.quiet)}"

    def label(self):
        self.labels += 1
        return f"{self.labels}"

    def open(self, name, takes="unsigned n", gives="unsigned", apart=None):
        if apart is None:
            apart = self.draw.random() < 0.7
        cold = "__attribute__((cold)) " if self.draw.random() < 0.08 else ""
        self.put(0, "")
        self.put(0, f"{cold}{'APART ' if apart else ''}static {gives} {name}({takes})")
        self.put(0, "{")

    def close(self):
        self.put(0, "}")


class Body:
    """Statements of one function over n, a, b and s. `factor` is how often the next one may run."""

    def __init__(self, case, cost=COST):
        self.case, self.draw = case, case.draw
        self.left, self.spent, self.factor = cost, 0, 1
        self.loops = 0  # What `break` and `continue` may leave.
        self.in_switch = False
        self.put = case.put

    def begin(self):
        self.put(1, f"unsigned a = n * {self.draw.randint(1, 9)}u, b = n ^ {self.draw.randint(1, 99)}u;")
        self.put(1, "unsigned s = a + 1;")

    def spend(self, cost):
        self.left -= cost * self.factor
        self.spent += cost * self.factor

    def can(self, cost):
        return cost * self.factor <= self.left

    # ---- expressions

    def call(self):
        """A call of an earlier function; a number where all are too dear."""
        fitting = [f for f in self.case.valued if self.can(f[1] + STATEMENT)]
        if not fitting:
            return self.value()
        name, cost = self.draw.choice(fitting)
        self.spend(cost)
        return f"{name}({self.expression(0)})"

    def value(self):
        draw = self.draw
        return draw.choice(["n", "a", "b", "s", str(draw.randint(0, 40)) + "u", f"words[{draw.choice('nabs')} & 63]"])

    def expression(self, depth=2):
        draw = self.draw
        if depth == 0 or draw.random() < 0.2:
            return self.value()
        kind = draw.random()
        left, right = self.expression(depth - 1), self.expression(depth - 1)
        if kind < 0.55:
            return f"({left} {draw.choice(['+', '-', '*', '^', '&', '|'])} {right})"
        if kind < 0.65:
            return f"({left} {draw.choice(['/', '%'])} ({right} | 1))"
        if kind < 0.75:
            return f"({left} {draw.choice(['<<', '>>'])} ({right} & 15))"
        if kind < 0.85:
            return f"({self.condition(0)} ? {left} : {right})"
        if kind < 0.9:
            return f"(unsigned)((unsigned long long){left} * {right} >> {draw.randint(1, 40)})"
        return self.call()

    def condition(self, depth=1):
        draw = self.draw
        if depth and draw.random() < 0.3:
            return f"({self.condition(0)} {draw.choice(['&&', '||'])} {self.condition(0)})"
        kind = draw.random()
        value = self.expression(1)
        if kind < 0.3:
            return f"({value} & {draw.choice([1, 3, 6, 7])})"
        if kind < 0.5:
            return f"(int){value} {draw.choice(['<', '>', '<=', '>='])} (int){self.value()}"
        return f"{value} {draw.choice(['<', '>', '==', '!='])} {self.value()}"

    def assignment(self):
        draw = self.draw
        return f"{draw.choice('abs')} {draw.choice(['=', '+=', '^=', '-=', '*='])} {self.expression()};"

    # ---- statements

    def block(self, depth, nesting, most=4):
        for _ in range(self.draw.randint(1, most)):
            self.statement(depth, nesting)

    def statement(self, depth, nesting):
        self.spend(STATEMENT)
        kinds = [self.plain] * 5 + [self.calls, self.leave, self.stop]
        if nesting and self.can(40):
            kinds += [self.test] * 3 + [self.loop] * 3 + [self.dense, self.sparse, self.holes, self.again]
            kinds += [self.short_loop, self.vector, self.library]
            if self.case.cxx:
                kinds += [self.attempt, self.attempt, self.lambda_]
        self.draw.choice(kinds)(depth, nesting)

    def plain(self, depth, _):
        draw = self.draw
        kind = draw.random()
        if kind < 0.6:
            self.put(depth, self.assignment())
        elif kind < 0.75:
            self.put(depth, f"{self.assignment()} {self.assignment()}")
        elif kind < 0.85:
            self.put(depth, f"words[{self.expression(1)} & 63] += {self.expression(1)};")
        elif kind < 0.95:
            self.put(depth, f"s += {self.condition()}")
            self.put(depth + 2, f"? {self.expression(1)}")
            self.put(depth + 2, f": {self.expression(1)};")
        else:
            self.put(depth, f"sink = sink + {self.value()};")

    def calls(self, depth, _):
        draw = self.draw
        if draw.random() < 0.5:
            for _ in range(draw.randint(2, 4)):
                self.put(depth, f"{draw.choice(self.case.quiet)}();")
        else:
            self.put(depth, f"s ^= {self.call()};")
        self.spend(4 * STATEMENT)

    def leave(self, depth, _):
        """One of the rarer ways out."""
        draw = self.draw
        rare = f"({self.expression(1)} & 31) == {draw.randint(0, 31)}"
        kind = draw.random()
        if kind < 0.25 and self.loops:
            self.put(depth, f"if ({self.condition()})")
            self.put(depth + 1, "continue;")
        elif kind < 0.5 and self.loops and not self.in_switch:
            self.put(depth, f"if ({rare})")
            self.put(depth + 1, "break;")
        elif kind < 0.75:
            self.put(depth, f"if ({rare})")
            self.put(depth + 1, "return s;")
        else:
            self.put(depth, f"if ({rare})")
            self.put(depth + 1, self.throw())

    def throw(self):
        if not self.case.cxx:
            return "longjmp(escape, 1 + (int)(s & 7));"
        return self.draw.choice(["throw fault{s};", "throw s;", "throw 'c';"])

    def stop(self, depth, _):
        self.put(depth, f"if (s == {self.draw.getrandbits(32)}u)")
        self.put(depth + 1, "die(s);")

    def test(self, depth, nesting):
        draw = self.draw
        self.put(depth, f"if ({self.condition()}) {{")
        self.block(depth + 1, nesting - 1, 2)
        for _ in range(draw.choice([0, 0, 1, 2])):
            self.put(depth, f"}} else if ({self.condition()}) {{")
            self.block(depth + 1, nesting - 1, 2)
        if draw.random() < 0.5:
            self.put(depth, "} else {")
            self.block(depth + 1, nesting - 1, 2)
        self.put(depth, "}")

    def repeated(self, rounds, emit):
        """Emits what runs so many times."""
        in_switch, self.in_switch = self.in_switch, False
        self.factor *= rounds
        self.loops += 1
        emit()
        self.loops -= 1
        self.factor //= rounds
        self.in_switch = in_switch

    def loop(self, depth, nesting):
        draw = self.draw
        rounds = draw.randint(2, 6)
        i = f"i{depth}"
        kind = draw.randrange(4)
        body = lambda: self.block(depth + 1, nesting - 1, 3)
        if kind == 0:
            self.put(depth, f"for (unsigned {i} = 0; {i} < {rounds}; {i}++) {{")
            self.repeated(rounds, body)
            self.put(depth, "}")
        elif kind == 1:
            self.put(depth, f"for (unsigned {i} = n & {rounds}; {i} != 0; {i}--) {{")
            self.repeated(rounds, body)
            self.put(depth, "}")
        elif kind == 2:
            self.put(depth, f"unsigned {i}_{self.case.label()} = {rounds};")
            i = f"{i}_{self.case.labels}"
            self.put(depth, f"while ({i}-- && s != {draw.randint(0, 9)}) {{")
            self.repeated(rounds, body)
            self.put(depth, "}")
        else:
            i = f"{i}_{self.case.label()}"
            self.put(depth, f"unsigned {i} = 0;")
            self.put(depth, "do {")
            self.repeated(rounds, body)
            self.put(depth, f"}} while (++{i} < {rounds});")

    def short_loop(self, depth, _):
        self.spend(10)
        self.put(depth, f"for (unsigned i = 0; i < {self.draw.randint(1, 9)}; i++) s += i * {self.value()};")

    def vector(self, depth, _):
        self.spend(64)
        text = self.draw.choice(["words[i] = words[i] * 3 + a;", "s += words[i] ^ words[63 - i];", "bytes[i] ^= i;",
                                 "reals[i % 32] += (double)i * 0.5;", "s += bytes[i] > 9 ? words[i] : 1;"])
        self.put(depth, f"for (unsigned i = 0; i < {self.draw.choice([8, 16, 30, 64])}; i++)")
        self.put(depth + 1, text)

    def library(self, depth, _):
        self.put(depth, self.draw.choice(["memset(bytes, (int)a, b & 63);", "memcpy(words, words + 32, 128);",
                                          "s += (unsigned)strlen((const char *)memset(bytes, 0, 9));",
                                          "s += (unsigned)reals[a & 31];"]))

    def again(self, depth, nesting):
        name = f"again{self.case.label()}"
        self.put(depth, "{")
        self.put(depth + 1, f"unsigned tries_{name} = 0;")
        self.put(depth, f"{name}:")
        self.put(depth + 1, ";")
        loops, self.loops = self.loops, 0
        self.factor *= 3
        self.block(depth + 1, nesting - 1, 2)
        self.factor //= 3
        self.loops = loops
        self.put(depth + 1, f"if (tries_{name}++ < 2 && {self.condition()})")
        self.put(depth + 2, f"goto {name};")
        self.put(depth, "}")

    # ---- switches

    def switch(self, depth, nesting, value, cases, default):
        in_switch, self.in_switch = self.in_switch, True
        self.put(depth, f"switch ({value}) {{")
        for number in cases:
            self.put(depth, f"case {number}: {{")
            self.block(depth + 1, nesting - 1, 2)
            self.put(depth, "}")
            # Nothing may come to a default that cannot be reached.
            if self.draw.random() < 0.75 or (number == cases[-1] and "unreachable" in default):
                self.put(depth + 1, "break;")
        if default == "block":
            self.put(depth, "default: {")
            self.block(depth + 1, nesting - 1, 2)
            self.put(depth, "}")
        elif default:
            self.put(depth, "default:")
            self.put(depth + 1, default)
        self.put(depth, "}")
        self.in_switch = in_switch

    def dense(self, depth, nesting):
        n = self.draw.choice([4, 6, 8, 12, 20])
        first = self.draw.choice([0, 0, 1, 7])
        cases = [first + i for i in range(n)]
        if self.draw.random() < 0.3:
            self.draw.shuffle(cases)
        self.switch(depth, min(nesting, 1), f"{self.expression(1)} % {n + first + self.draw.choice([0, 3])}", cases,
                    self.draw.choice(["block", ""]))

    def sparse(self, depth, nesting):
        cases = sorted({self.draw.getrandbits(self.draw.randint(2, 30)) for _ in range(self.draw.randint(3, 7))})
        self.switch(depth, min(nesting, 1), f"{self.expression(1)} & {max(cases) | 7}", cases, "block")

    def holes(self, depth, nesting):
        """The compiler knows that there are no other cases, and may fill the holes of its table with anything."""
        cases = sorted(self.draw.sample(range(24), self.draw.choice([4, 8])))
        name = f"pick_{self.case.label()}"
        self.put(depth, f"static const unsigned char {name}[] = {{{', '.join(map(str, cases))}}};")
        self.switch(depth, min(nesting, 1), f"{name}[{self.expression(1)} % {len(cases)}]", cases,
                    "__builtin_unreachable();")

    # ---- C++

    def attempt(self, depth, nesting):
        draw = self.draw
        self.put(depth, "try {")
        if draw.random() < 0.5:
            self.put(depth + 1, f"{draw.choice(['guard', 'heavy_guard'])} g({self.value()});")
        self.block(depth + 1, nesting - 1, 2)
        if draw.random() < 0.5:
            self.put(depth + 1, f"if ({self.condition()})")
            self.put(depth + 2, self.throw())
        caught = draw.sample(["const fault &e", "unsigned e", "char e", "..."], draw.randint(1, 3))
        for what in sorted(caught, key="...".__eq__):
            self.put(depth, f"}} catch ({what}) {{")
            used = {"const fault &e": "e.code", "...": "7u"}.get(what, "(unsigned)e")
            self.put(depth + 1, f"s += {used};")
            if draw.random() < 0.4:
                self.block(depth + 1, nesting - 1, 1)
            if draw.random() < 0.2:
                self.put(depth + 1, f"if ({self.condition()})")
                self.put(depth + 2, "throw;")
        self.put(depth, "}")
        self.spend(30)

    def lambda_(self, depth, nesting):
        name = f"f{self.case.label()}"
        self.put(depth, f"auto {name} = [&](unsigned n) -> unsigned {{")
        loops, self.loops = self.loops, 0
        in_switch, self.in_switch = self.in_switch, False
        self.factor *= 2
        self.block(depth + 1, 0, 2)
        self.factor //= 2
        self.loops, self.in_switch = loops, in_switch
        self.put(depth + 1, "return s ^ n;")
        self.put(depth, "};")
        self.put(depth, f"b += {name}(a) + {name}(3u);")


# ---- shapes of functions

def keep(case, name, cost):
    case.valued.append((name, cost + STATEMENT))


def tiny(case):
    name = case.new_name()
    case.open(name, apart=True)
    case.put(1, case.draw.choice(["return n;", "return 7;", "return n * 3 + 1;", "return n > 4;", "return words[n & 63];",
                                  "if (n & 1)\n        return 5;\n    return n;"]))
    case.close()
    keep(case, name, STATEMENT)


def quiet(case):
    name = case.new_name()
    case.open(name, "void", "void", apart=True)
    case.put(1, case.draw.choice(["", "sink = sink + 1;", "words[3]++;", "if (sink & 1)\n        words[5] += 2;"]))
    case.close()
    case.quiet.append(name)


def plain(case):
    name = case.new_name()
    body = Body(case)
    case.open(name)
    body.begin()
    body.block(1, 3, 6)
    case.put(1, f"return {body.expression()};")
    case.close()
    keep(case, name, body.spent)


def adjacent(case):
    name = case.new_name()
    case.open(name)
    case.put(1, f"words[n & 63] += {case.draw.randint(1, 9)};")
    for _ in range(case.draw.randint(3, 7)):
        if case.draw.random() < 0.3:
            case.put(1, f"if (n & {case.draw.randint(1, 4)})")
            case.put(2, f"{case.draw.choice(case.quiet)}();")
        else:
            case.put(1, f"{case.draw.choice(case.quiet)}();")
    case.put(1, "return n;")
    case.close()
    keep(case, name, 30)


def machine(case):
    """Code behind computed gotos."""
    draw, name = case.draw, case.new_name()
    n_ops = draw.randint(2, 6)
    code = [draw.randrange(n_ops) for _ in range(draw.randint(3, 9))]
    body = Body(case)
    case.open(name, apart=True)
    labels = ", ".join(f"&&op{i}" for i in range(n_ops)) + ", &&back, &&end"
    case.put(1, f"static const void *const labels[] = {{{labels}}};")
    case.put(1, f"static const unsigned char code[] = {{{', '.join(map(str, code + [n_ops, n_ops + 1]))}}};")
    case.put(1, "const unsigned char *at = code;")
    case.put(1, "unsigned left = n & 3;")
    body.begin()
    case.put(1, "goto *labels[*at++];")
    body.factor = 4 * len(code)
    for i in range(n_ops):
        case.put(0, f"op{i}: {{")
        body.block(1, 1, 2)
        case.put(0, "}")
        case.put(1, "goto *labels[*at++];")
    case.put(0, "back:")
    case.put(1, "if (left) {")
    case.put(2, "left--;")
    case.put(2, "at = code;")
    case.put(1, "}")
    case.put(1, "goto *labels[*at++];")
    case.put(0, "end:")
    case.put(1, "return s;")
    case.close()
    keep(case, name, body.spent + 8 * len(code))


def loop_machine(case):
    """An interpreter by a switch in a loop."""
    draw, name = case.draw, case.new_name()
    n_ops = draw.randint(4, 9)
    code = [draw.randrange(n_ops) for _ in range(draw.randint(3, 12))]
    body = Body(case)
    case.open(name, apart=True)
    case.put(1, f"static const unsigned char code[] = {{{', '.join(map(str, code + [n_ops]))}}};")
    case.put(1, "const unsigned char *at = code;")
    body.begin()
    case.put(1, "for (;;) {")
    case.put(2, "switch (*at++) {")
    body.factor = len(code)
    for i in range(n_ops):
        case.put(2, f"case {i}: {{")
        body.block(3, 1, 2)
        case.put(2, "}")
        case.put(3, "continue;")
    case.put(2, f"case {n_ops}:")
    case.put(3, "return s;")
    case.put(2, "}")
    case.put(1, "}")
    case.close()
    keep(case, name, body.spent + 8 * len(code))


def recursive(case):
    name = case.new_name()
    body = Body(case, COST // 20)
    case.open(name, apart=True)
    if case.draw.random() < 0.4:
        case.put(1, f"return (n & 7) < 2 ? n + 1 : {name}((n & 7) - 1) + {name}((n & 7) - 2);")
        body.spend(50 * STATEMENT)
    else:
        case.put(1, "if ((n & 7) == 0)")
        case.put(2, "return n;")
        body.factor = 8
        body.begin()
        body.block(1, 1)
        case.put(1, f"return {name}((n & 7) - 1){case.draw.choice(['', ' + s', ' * 3 ^ a'])};")
    case.close()
    keep(case, name, body.spent + 8 * STATEMENT)


def ways(case):
    """Calls by pointer, in tail position or not."""
    draw, name = case.draw, case.new_name()
    called = [draw.choice(case.valued) for _ in range(draw.randint(2, 4))]
    case.put(0, "")
    case.put(0, f"static unsigned (*const {name}_way[])(unsigned) = {{{', '.join(f for f, _ in called)}}};")
    case.open(name)
    way = f"{name}_way[n % {len(called)}]"
    case.put(1, draw.choice([f"return {way}(n + 1);", f"return {way}(n) + 1;",
                             f"if (n & 4)\n        return {called[0][0]}(n * 2);\n    return {way}(n + 3);"]))
    case.close()
    keep(case, name, max(cost for _, cost in called) + 2 * STATEMENT)


def sorts(case):
    """The library calls back."""
    name = case.new_name()
    case.open(name)
    case.put(1, "unsigned few[6];")
    case.put(1, "for (unsigned i = 0; i < 6; i++)")
    case.put(2, "few[i] = n * (i + 7) ^ i;")
    case.put(1, "qsort(few, 6, sizeof *few, order);")
    case.put(1, "return few[1] ^ few[4];")
    case.close()
    keep(case, name, 150)


def jumps(case):
    """Comes back from below by longjmp."""
    name = case.new_name()
    body = Body(case)
    case.open(name, apart=True)
    case.put(1, "jmp_buf outer;")
    case.put(1, "volatile unsigned kept = n;")
    case.put(1, "memcpy(&outer, &escape, sizeof outer);")
    case.put(1, "int how = setjmp(escape);")
    case.put(1, "if (how == 0)")
    case.put(2, f"kept = kept + {call_of_n(body)};")
    case.put(1, "memcpy(&escape, &outer, sizeof outer);")
    case.put(1, "return kept + (unsigned)how;")
    case.close()
    keep(case, name, body.spent + 20)


def call_of_n(body):
    name, cost = body.draw.choice(body.case.valued)
    body.spend(cost)
    return f"{name}(n)"


def tries(case):
    """Catches, in a loop, what is thrown below."""
    name = case.new_name()
    body = Body(case)
    case.open(name)
    body.begin()
    case.put(1, "heavy_guard outer(a);")
    case.put(1, "for (unsigned i = 0; i < 3; i++) {")
    body.repeated(3, lambda: body.attempt(2, 2))
    case.put(1, "}")
    case.put(1, "return s;")
    case.close()
    keep(case, name, body.spent)


def methods(case):
    draw, name = case.draw, case.new_name()
    n = draw.randint(2, 3)
    body = Body(case)
    case.put(0, "")
    case.put(0, "namespace {")
    for i in range(n):
        case.put(0, f"struct {name}_{i} : shape {{")
        case.put(1, "unsigned of(unsigned n) override")
        case.put(1, "{")
        body.begin()
        body.block(1, 1, 3)
        case.put(1, "    return s;")
        case.put(1, "}")
        case.put(0, "};")
    case.put(0, "}")
    case.open(name)
    for i in range(n):
        case.put(1, f"static {name}_{i} x{i};")
    case.put(1, f"shape *const all[] = {{{', '.join(f'&x{i}' for i in range(n))}}};")
    case.put(1, f"return all[n % {n}]->of(n) + all[n / 2 % {n}]->of(n * 3);")
    case.close()
    keep(case, name, 2 * body.spent)


def templates(case):
    name = case.new_name()
    body = Body(case, COST // 2)
    case.put(0, "")
    case.put(0, "template <unsigned K>")
    case.put(0, f"APART static unsigned {name}_of(unsigned n)")
    case.put(0, "{")
    body.begin()
    case.put(1, "s += K;")
    body.block(1, 2, 4)
    case.put(1, "return s * K;")
    case.put(0, "}")
    case.open(name)
    case.put(1, f"return {name}_of<3>(n) ^ {name}_of<8>(n + 1);")
    case.close()
    keep(case, name, 2 * body.spent)


def start(case):
    """The function that starts the case; nothing leaves it but by return."""
    case.open(case.name, apart=True)
    called = [name for name, _ in case.valued[-3:]]
    if case.cxx:
        case.put(1, "unsigned s = 0;")
        case.put(1, "try {")
        for name in called:
            case.put(2, f"s = s * 7 + {name}(n + s);")
        case.put(1, "} catch (...) {")
        case.put(2, "s += 11;")
        case.put(1, "}")
        case.put(1, "return s;")
    else:
        case.put(1, "static unsigned s;")
        case.put(1, "s = 0;")
        for name in called:
            case.put(1, "if (setjmp(escape) == 0)")
            case.put(2, f"s = s * 7 + {name}(n + s);")
            case.put(1, "else")
            case.put(2, "s += 11;")
        case.put(1, "return s;")
    case.close()


def source(seed, numbers, cxx):
    """A program of these cases, as text."""
    cases = [Case(seed, number, cxx) for number in numbers]
    lines = [line for case in cases for line in case.lines]
    names = ", ".join(case.name for case in cases)
    table = f"\nstatic unsigned (*const cases[])(unsigned) = {{{names}}};\n"
    return PRELUDE + (CXX_PRELUDE if cxx else C_PRELUDE) + "\n".join(lines) + "\n" + table + MAIN
