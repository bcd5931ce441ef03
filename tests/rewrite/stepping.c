#include "stepping.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define TRAP_FLAG 0x100
#define EDGES (1u << 18)

struct edge {
    uint64_t from;
    uint64_t to;
    uint64_t count;
};

// A signal handler has nowhere else to keep it.
static struct stepping *current;
static struct edge *edges;
static uint64_t before;
static volatile sig_atomic_t on;

// Where a pair is, or a free place for it.
static struct edge *find_edge(uint64_t from, uint64_t to)
{
    size_t at = (from * 0x9e3779b97f4a7c15u ^ to * 0xc2b2ae3d27d4eb4fu) >> 20 & (EDGES - 1);

    while (edges[at].count && (edges[at].from != from || edges[at].to != to))
        at = (at + 1) & (EDGES - 1);
    return &edges[at];
}

static void count_edge(uint64_t from, uint64_t to)
{
    struct edge *edge = find_edge(from, to);

    edge->from = from;
    edge->to = to;
    edge->count++;
}

// A repeated string instruction stops at each round.
static int is_repeated(uint64_t addr)
{
    const uint8_t *code = (const uint8_t *)addr;

    return (code[0] == 0xf3 || code[0] == 0xf2) && code[1] >= 0xa4 && code[1] <= 0xaf;
}

static void trapped(int number, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    uint64_t now = (uint64_t)registers[REG_RIP];

    (void)number;
    (void)info;
    if (!on) {
        registers[REG_EFL] &= ~(greg_t)TRAP_FLAG;
        return;
    }
    registers[REG_EFL] |= TRAP_FLAG;
    if (now >= current->begin && now < current->end && !(now == before && is_repeated(now))) {
        current->counts[now - current->begin]++;
        count_edge(before, now);
    }
    before = now;
}

unsigned long stepping_run(struct stepping *ret, uint64_t begin, uint64_t end,
                           unsigned long (*function)(void))
{
    struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO | SA_NODEFER};
    struct sigaction old;

    *ret = (struct stepping){begin, end, calloc(end - begin, sizeof *ret->counts)};
    edges = calloc(EDGES, sizeof *edges);
    current = ret;
    sigaction(SIGTRAP, &action, &old);
    on = 1;
    raise(SIGTRAP);
    unsigned long value = function();
    on = 0;
    raise(SIGTRAP);
    sigaction(SIGTRAP, &old, NULL);
    return value;
}

uint64_t stepping_edge(uint64_t from, uint64_t to)
{
    return find_edge(from, to)->count;
}

void stepping_deinit(struct stepping *stepping)
{
    free(stepping->counts);
    free(edges);
    edges = NULL;
}
