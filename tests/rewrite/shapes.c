// Functions of every shape that a copy has to cope with. shapes_run() is deterministic and returns a
// number that depends on all of them.
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define APART __attribute__((noinline))

static jmp_buf escape;
static volatile unsigned sink;

APART static void nothing(void)
{
}

APART static unsigned one(void)
{
    return 1;
}

APART static unsigned identity(unsigned n)
{
    return n;
}

APART static unsigned note(unsigned n)
{
    sink += n;
    return sink;
}

// ---- loops

APART static unsigned triangle(unsigned n)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j <= i; j++)
            sum += i ^ j;
    return sum;
}

APART static unsigned collatz(unsigned n)
{
    unsigned steps = 0;

    do {
        n = n % 2 ? 3 * n + 1 : n / 2;
        steps++;
    } while (n != 1);
    return steps;
}

// The loop starts where the function does.
APART static unsigned shift_out(unsigned n)
{
    while (n > 3)
        n >>= 1;
    return n;
}

APART static unsigned dot(const int *a, const int *b, unsigned n)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < n; i++)
        sum += (unsigned)(a[i] * b[i]);
    return sum;
}

// ---- switches

APART static unsigned dense(unsigned n)
{
    switch (n) {
    case 0:
        return note(3);
    case 1:
        return 7;
    case 2:
        n += 5; // fall through
    case 3:
        return n * 3;
    case 4:
        nothing();
        return 9;
    case 5:
        return note(n) + 1;
    case 6:
        return 11;
    case 7:
        n = identity(n);
        break;
    case 8:
        return 13 ^ n;
    default:
        return 100;
    }
    return n;
}

APART static unsigned sparse(unsigned n)
{
    switch (n) {
    case 1:
        return 2;
    case 50:
        return note(1);
    case 1000:
        return 4;
    case 70000:
        nothing();
        return 5;
    case 800000:
        return 6;
    }
    return 0;
}

// The compiler knows that there is no other case, and fills holes in its table.
APART static unsigned holes(unsigned n)
{
    switch (n) {
    case 1:
        return note(n);
    case 2:
        return 17;
    case 5:
        return 23 + identity(n);
    case 7:
        nothing();
        return 29;
    case 9:
        return 31;
    case 12:
        return note(2) ^ 5;
    }
    __builtin_unreachable();
}

APART static unsigned interpret(const uint8_t *code)
{
    static const void *const labels[] = {&&add, &&twice, &&call, &&back, &&stop};
    unsigned value = 1;
    unsigned left = 3;

    goto *labels[*code++];
add:
    value += 5;
    goto *labels[*code++];
twice:
    value *= 2;
    goto *labels[*code++];
call:
    nothing();
    value ^= one();
    goto *labels[*code++];
back:
    if (left--)
        code -= 3;
    goto *labels[*code++];
stop:
    return value;
}

// ---- calls

APART static unsigned fibonacci(unsigned n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

APART static void adjacent(void)
{
    nothing();
    nothing();
    note(1);
    nothing();
    nothing();
}

APART static void adjacent_if(int wanted)
{
    if (wanted)
        nothing();
    nothing();
    if (!wanted)
        note(2);
    nothing();
    nothing();
}

APART static unsigned tail(unsigned n)
{
    return n & 1 ? identity(n + 2) : note(n);
}

APART static unsigned odd(unsigned n);

APART static unsigned even(unsigned n)
{
    return n == 0 ? 1 : odd(n - 1);
}

APART static unsigned odd(unsigned n)
{
    return n == 0 ? 0 : even(n - 1);
}

typedef unsigned operation(unsigned);

APART static unsigned apply(operation *f, unsigned n)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < n; i++)
        sum += f(i);
    return sum;
}

APART static int compare(const void *a, const void *b)
{
    int x = *(const int *)a;
    int y = *(const int *)b;

    return x < y ? -1 : x > y;
}

// ---- calls that do not return

__attribute__((noreturn)) APART static void give_up(int code)
{
    sink += 1;
    longjmp(escape, code);
}

__attribute__((cold)) APART static void complain(unsigned n)
{
    note(n);
    note(n + 1);
}

APART static unsigned careful(unsigned n)
{
    if (__builtin_expect(n > 900, 0)) {
        complain(n);
        if (n > 950)
            give_up((int)(n - 900));
        return note(3);
    }
    return n + 1;
}

APART static unsigned caught(unsigned n)
{
    volatile unsigned tries = 0;
    int code = setjmp(escape);

    tries++;
    if (code)
        return (unsigned)code + tries;
    nothing();
    return careful(n) + tries;
}

// ---- flags across blocks

APART static int three_ways(long a, long b)
{
    if (a < b)
        return -1;
    if (a == b)
        return 0;
    return 1;
}

APART static unsigned long long wide(unsigned long long a, unsigned n)
{
    unsigned __int128 product = a;

    for (unsigned i = 0; i < n; i++)
        product = product * 0x123456789abcdefull + i;
    return (unsigned long long)(product >> 64) + (unsigned long long)product;
}

// ---- instructions with a reach of their own

APART static unsigned looped(unsigned n)
{
    unsigned long left = n;
    unsigned sum = 0;

    __asm__("1: add %%ecx, %0\n\t"
            "nop\n\t"
            "loop 1b"
            : "+r"(sum), "+c"(left)
            :
            : "cc");
    __asm__("jrcxz 2f\n\t"
            "add $1000, %0\n"
            "2:"
            : "+r"(sum)
            : "c"(left)
            : "cc");
    return sum;
}

// The flags of one comparison are used in two blocks that a third leads into.
APART static unsigned flagged(unsigned a, unsigned b, unsigned c)
{
    unsigned result;

    __asm__("cmp %2, %1\n\t"
            "jb 1f\n\t"
            "lea 3(%3), %0\n\t"
            "je 3f\n\t"
            "jmp 2f\n"
            "1: lea 1(%3), %0\n\t"
            "jp 3f\n"
            "2: lea 7(%0), %0\n\t"
            "js 3f\n\t"
            "jo 3f\n\t"
            "lea 9(%0), %0\n"
            "3:"
            : "=&r"(result)
            : "r"(a), "r"(b), "r"(c)
            : "cc");
    return result;
}

APART static unsigned copied(unsigned n)
{
    char from[64];
    char to[64];
    unsigned long size = n;
    void *source = from;
    void *target = to;

    memset(from, 'x', sizeof from);
    memset(to, 'y', sizeof to);
    __asm__("rep movsb" : "+c"(size), "+S"(source), "+D"(target) : : "memory");
    return (unsigned)(to[n - 1] + to[n]);
}

static unsigned run_loops(void)
{
    static const int a[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19};
    unsigned sum = triangle(12);

    for (unsigned i = 1; i < 20; i++)
        sum = sum * 31 + collatz(i) + shift_out(i * 100) + dot(a, a, i);
    return sum;
}

static unsigned run_switches(void)
{
    static const unsigned rare[] = {1, 50, 1000, 70000, 800000, 3, 49};
    static const unsigned known[] = {1, 2, 5, 7, 9, 12, 2, 5};
    static const uint8_t code[] = {0, 1, 2, 0, 3, 1, 2, 4};
    unsigned sum = interpret(code);

    for (unsigned i = 0; i < 30; i++)
        sum = sum * 31 + dense(i % 11);
    for (unsigned i = 0; i < 7; i++)
        sum = sum * 31 + sparse(rare[i]);
    for (unsigned i = 0; i < 8; i++)
        sum = sum * 31 + holes(known[i]);
    return sum;
}

static unsigned run_calls(void)
{
    int numbers[] = {5, 3, 9, 1, 7, 2};
    unsigned sum = fibonacci(9);

    for (int i = 0; i < 5; i++) {
        adjacent();
        adjacent_if(i % 2);
        sum = sum * 31 + tail((unsigned)i) + even((unsigned)i) + odd((unsigned)i);
    }
    sum += apply(identity, 4) + apply(note, 3) + apply(dense, 5);
    qsort(numbers, 6, sizeof *numbers, compare);
    for (int i = 0; i < 6; i++)
        sum = sum * 31 + (unsigned)numbers[i];
    return sum;
}

// ---- calls through pointers

struct pair {
    operation *first;
    operation *second;
};

static operation *volatile current = identity;

APART static unsigned through_table(operation *const *table, unsigned n, unsigned i)
{
    return table[i % n](i % 9 + 1) + 1;
}

APART static unsigned through_pair(const struct pair *pair, unsigned n)
{
    return pair->second(n) ^ pair->first(n + 1);
}

APART static unsigned through_variable(unsigned n)
{
    return current(n) * 3;
}

static unsigned run_pointers(void)
{
    // More than are told apart.
    static operation *const table[] = {identity,  note, dense, triangle, collatz,
                                       shift_out, tail, even,  odd,      fibonacci};
    const struct pair pairs[] = {{note, identity}, {dense, triangle}};
    unsigned sum = 0;

    for (unsigned i = 0; i < 40; i++) {
        sum = sum * 31 + through_table(table, 10, i) + through_pair(&pairs[i % 2], i % 7);
        current = i % 3 ? note : identity;
        sum += through_variable(i);
    }
    return sum;
}

static unsigned run_rest(void)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < 8; i++) {
        sum = sum * 31 + caught(i * 150) + looped(i + 1) + copied(i + 1);
        sum += (unsigned)three_ways((long)i, 3) + (unsigned)wide(sum, i);
        sum += flagged(i, 3, sum) + flagged(3, i, sum) + flagged(0x7fffffff, i - 4, 5);
    }
    return sum;
}

unsigned long shapes_run(void)
{
    sink = 0;
    unsigned long sum = run_loops();
    sum = sum * 31 + run_switches();
    sum = sum * 31 + run_calls();
    sum = sum * 31 + run_pointers();
    sum = sum * 31 + run_rest();
    return sum * 31 + sink;
}
