// A region is opened in three steps, so that a signal handler which has regions of its own may come between
// any two: first the depth grows over an entry whose key is 0, which a handler passes over; then the entry
// is filled; last comes its key. Closing goes the other way.
#include "regions/thread.h"

#include <stddef.h>

#include "regions/blocks.h"
#include "regions/clock.h"
#include "regions/contexts.h"
#include "regions/counters.h"
#include "regions/print.h"
#include "regions/times.h"

#define THREAD_LOCAL static __thread __attribute__((tls_model("initial-exec")))

// The key of a region without a scope: no scope has an odd address.
#define NO_SCOPE UINT64_C(1)

// How a region is entered, by lprof.h.
enum { TIMED = LPROF_TIMED_SCOPE_, LITERAL = 2 };

static struct region_wire *wire; // NULL = nothing is told.
static uint64_t ns_per_tick;

THREAD_LOCAL struct region_wire_block *own; // NULL = none yet.
THREAD_LOCAL enum { NOT_ASKED, ASKING, REFUSED } state;

// What was open before a fork.
THREAD_LOCAL struct region_wire_open open_before[REGION_WIRE_DEPTH];
THREAD_LOCAL uint32_t depth_before;
THREAD_LOCAL uint8_t paused_before;

static inline void order(void)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

void thread_start(struct region_wire *of)
{
    blocks_give_back(of);
    ns_per_tick = of->header.ns_per_tick;
    counters_start();
    wire = of;
}

__attribute__((noinline)) static struct region_wire_block *join(void)
{
    if (wire && state == ASKING)
        __atomic_fetch_add(&wire->header.too_early, 1, __ATOMIC_RELAXED);
    if (!wire || state != NOT_ASKED)
        return NULL;
    // A handler that comes now must not take another one.
    state = ASKING;
    order();
    own = blocks_take(wire);
    order();
    state = own ? NOT_ASKED : REFUSED;
    return own;
}

static inline struct region_wire_block *block_of_thread(void)
{
    return __builtin_expect(own != NULL, 1) ? own : join();
}

// ---- opening

static uint32_t context_at(const struct region_wire_block *block, uint32_t depth)
{
    for (; depth; depth--)
        if (block->open[depth - 1].key)
            return block->open[depth - 1].context;
    return 0;
}

static inline void count_inside(const struct region_wire_block *block)
{
    if (counters_are_on())
        counters_switch(block->paused ? COUNTERS_PAUSED : context_at(block, block->depth));
}

static uint32_t find_context(struct region_wire_block *block, uint32_t parent, const char *name,
                             unsigned is_literal)
{
    uint64_t key = (uint64_t)(uintptr_t)name;
    struct region_wire_cached *cached =
        &block->cache[(key >> 2 ^ key >> 10 ^ parent * 31) % REGION_WIRE_CACHE];
    const struct region_wire_cached found = *cached;

    // What is at the address may have changed, unless it is a literal; and a handler may write here, so what is
    // used is a copy.
    if (found.name == key && found.parent == parent && found.context < REGION_WIRE_CONTEXTS &&
        (is_literal || contexts_is_called(wire, found.context, name)))
        return found.context;
    uint32_t context = contexts_find(wire, parent, name);
    if (context != REGION_WIRE_OTHERS) {
        cached->name = 0;
        order();
        cached->parent = parent;
        cached->context = context;
        order();
        cached->name = key;
    }
    return context;
}

// Back out of the regions above `depth`, which are over now.
static void close_down_to(struct region_wire_block *block, uint32_t depth, uint64_t end);

// A scope that has its mark when it is entered was left by a jump: its end takes the mark away.
static void close_earlier(struct region_wire_block *block, uint64_t key)
{
    for (uint32_t i = block->depth; i; i--)
        if (block->open[i - 1].key == key) {
            close_down_to(block, i - 1, clock_now(ns_per_tick));
            return;
        }
}

static void open_region(struct region_wire_block *block, struct lprof_scope *scope,
                        const char *name, unsigned how)
{
    uint64_t key = scope ? (uint64_t)(uintptr_t)scope : NO_SCOPE;

    if (scope && __builtin_expect(scope->mark == (REGION_WIRE_MARK ^ key), 0))
        close_earlier(block, key);
    uint32_t depth = block->depth;
    if (depth >= REGION_WIRE_DEPTH) {
        times_count(&block->too_deep);
        if (scope)
            scope->mark = 0;
        return;
    }
    uint32_t context = find_context(block, context_at(block, depth), name, how & LITERAL);
    struct region_wire_open *entry = &block->open[depth];
    block->depth = depth + 1;
    order();
    entry->context = context;
    entry->nested = block->times[context].active++ != 0;
    entry->inherited = 0;
    entry->timed = (how & TIMED) != 0;
    if (scope) {
        scope->place = (uint64_t)depth << 32 | context;
        scope->mark = REGION_WIRE_MARK ^ key;
    }
    entry->start = clock_now(ns_per_tick);
    order();
    entry->key = key;
    count_inside(block);
}

void thread_enter(struct lprof_scope *scope, const char *name, unsigned how)
{
    struct region_wire_block *block = block_of_thread();

    if (block)
        open_region(block, scope, name, how);
    else
        scope->mark = 0;
}

void thread_begin(const char *name)
{
    struct region_wire_block *block = block_of_thread();

    if (!block)
        return;
    wire->header.scopeless = 1;
    open_region(block, NULL, name, 0);
}

// ---- closing

static void remember(struct region_wire_span *spans, uint64_t *n, uint64_t room,
                     const struct region_wire_span *span)
{
    spans[*n % room] = *span;
    __atomic_store_n(n, *n + 1, __ATOMIC_RELEASE);
}

static void close_one(struct region_wire_block *block, uint32_t depth, uint64_t end)
{
    if (depth >= REGION_WIRE_DEPTH)
        return; // Two threads share a block: they were made behind the C library's back.
    struct region_wire_open *entry = &block->open[depth];
    const struct region_wire_open was = *entry;

    entry->key = 0;
    order();
    if (was.key) {
        struct region_wire_times *times = &block->times[was.context];
        uint64_t ns = clock_ns(ns_per_tick, was.start, end);
        const struct region_wire_span span = {
            .start = was.start, .end = end, .context = was.context, .tid = (uint32_t)block->owner};
        times->active--;
        if (!was.inherited && !block->paused)
            times_add(times, ns, was.nested);
        remember(block->closed, &block->n_closed, REGION_WIRE_CLOSED, &span);
        if (was.timed)
            print_call(wire->contexts[was.context].name, ns);
    }
    order();
    block->depth = depth;
}

static void close_down_to(struct region_wire_block *block, uint32_t depth, uint64_t end)
{
    while (block->depth > depth)
        close_one(block, block->depth - 1, end);
    count_inside(block);
}

void thread_leave(struct lprof_scope *scope)
{
    uint64_t end = clock_now(ns_per_tick);
    struct region_wire_block *block = own;
    uint64_t key = (uint64_t)(uintptr_t)scope;
    uint64_t depth = scope->place >> 32;

    if (!block || scope->mark != (REGION_WIRE_MARK ^ key))
        return; // It found no place.
    scope->mark = 0;
    if (depth >= block->depth || block->open[depth].key != key) {
        times_count(&block->unbalanced);
        return;
    }
    if (depth + 1 != block->depth)
        times_count(&block->ended_late);
    close_down_to(block, (uint32_t)depth, end);
}

void thread_end(void)
{
    uint64_t end = clock_now(ns_per_tick);
    struct region_wire_block *block = own;

    if (!block)
        return;
    if (block->depth && block->open[block->depth - 1].key == NO_SCOPE)
        close_down_to(block, block->depth - 1, end);
    else
        times_count(&block->unbalanced);
}

void thread_unwind(uint64_t from, uint64_t to)
{
    uint64_t end = clock_now(ns_per_tick);
    struct region_wire_block *block = own;

    if (!block || !block->depth || from >= to)
        return;
    for (uint32_t i = 0; i < block->depth; i++) {
        uint64_t key = block->open[i].key;
        if (key == NO_SCOPE || key < from || key >= to)
            continue;
        // The memory is still below the stack pointer that will be, and above the one that is.
        for (uint32_t k = i; k < block->depth; k++) {
            uint64_t inner = block->open[k].key;
            if (inner >= from && inner < to)
                ((struct lprof_scope *)(uintptr_t)inner)->mark = 0;
        }
        close_down_to(block, i, end);
    }
}

// ---- forks

void thread_before_fork(void)
{
    depth_before = own ? own->depth : 0;
    paused_before = own && own->paused;
    for (uint32_t i = 0; i < depth_before; i++)
        open_before[i] = own->open[i];
}

void thread_forked(void)
{
    if (!wire)
        return;
    own = NULL;
    state = NOT_ASKED;
    counters_forked();
    if (!wire->header.children)
        wire = NULL;
    struct region_wire_block *block = depth_before || paused_before ? join() : NULL;
    if (!block)
        return;
    uint64_t now = clock_now(ns_per_tick);
    for (uint32_t i = 0; i < depth_before; i++) {
        block->open[i] = open_before[i];
        block->open[i].start = now;
        block->open[i].inherited = 1;
        block->times[block->open[i].context].active++;
    }
    block->depth = depth_before;
    block->paused = paused_before ? now : 0;
    count_inside(block);
}

// ---- all of a thread

void thread_set_enabled(int enabled)
{
    struct region_wire_block *block = block_of_thread();
    uint64_t now = clock_now(ns_per_tick);

    if (!block || enabled == !block->paused)
        return;
    if (!enabled) {
        block->paused = now;
        count_inside(block);
        return;
    }
    const struct region_wire_span span = {
        .start = block->paused, .end = now, .tid = (uint32_t)block->owner};
    remember(block->pauses, &block->n_pauses, REGION_WIRE_PAUSES, &span);
    order();
    block->paused = 0;
    count_inside(block);
}

static void forget(struct region_wire_times *times)
{
    uint64_t active = times->active;

    if (!times->calls)
        return;
    *times = (struct region_wire_times){.active = active};
}

void thread_reset_all(void)
{
    if (!wire)
        return;
    uint32_t contexts = __atomic_load_n(&wire->header.contexts, __ATOMIC_RELAXED);
    uint32_t blocks = __atomic_load_n(&wire->header.blocks, __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < blocks && i < REGION_WIRE_BLOCKS; i++) {
        for (uint32_t k = 1; k < contexts && k < REGION_WIRE_CONTEXTS; k++)
            forget(&wire->blocks[i].times[k]);
        forget(&wire->blocks[i].times[REGION_WIRE_OTHERS]);
    }
    counters_reset();
    __atomic_store_n(&wire->header.reset, clock_now(ns_per_tick), __ATOMIC_RELEASE);
    __atomic_fetch_add(&wire->header.resets, 1, __ATOMIC_RELEASE);
}
