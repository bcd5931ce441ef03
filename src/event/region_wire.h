/**
 * @file
 * What a profiled program tells lprof of its regions: memory that both share, in which nothing waits.
 *
 *     header | contexts | their hash table | names | blocks, one for each thread at a time
 *
 * A context is a region inside of others, such as "parse" in "load". Threads find and add contexts without
 * locks: an entry is written first and put into the hash table then, so two threads may add the same one
 * twice, which the reader does not mind. Everything else is written by one thread and read by lprof, which
 * accepts no number unchecked: the program may write anything.
 *
 * Times are ticks: of the CPU's counter, or nanoseconds of CLOCK_MONOTONIC where that is of no use.
 *
 * An open region stands in its thread's block, and its mark on the stack, where it is part of the copies of
 * stacks that samples have. Closed ones stay in the block for a while, for samples whose copy ends before
 * the mark and which are read later.
 */
#ifndef LPROF_EVENT_REGION_WIRE_H
#define LPROF_EVENT_REGION_WIRE_H

#include <stdint.h>

/** In the environment of the program: "PATH", a file to map. */
#define REGION_WIRE_VARIABLE "LPROF_REGIONS"

#define REGION_WIRE_VERSION 1

/** The library that is loaded into the program. */
#define REGION_WIRE_LIBRARY "lprof-regions.so"

/** The section in which a program keeps its pointers to the hooks. */
#define REGION_WIRE_SECTION "lprof_hooks"

/** Contexts, numbered from 1; what is more stands together in the last one. */
#define REGION_WIRE_CONTEXTS 4096
#define REGION_WIRE_OTHERS (REGION_WIRE_CONTEXTS - 1)
#define REGION_WIRE_HASHES (4 * REGION_WIRE_CONTEXTS)

/** Most of a name [bytes]. */
#define REGION_WIRE_NAME_MAX 255

/** Threads at a time. */
#define REGION_WIRE_BLOCKS 1024

/** Regions open at once in a thread; deeper ones are not told. */
#define REGION_WIRE_DEPTH 128

/** Closed regions, and spans without measuring, that a block remembers. Powers of two. */
#define REGION_WIRE_CLOSED 1024
#define REGION_WIRE_PAUSES 65536

/** Contexts that a thread finds without the hash table; a power of two. */
#define REGION_WIRE_CACHE 256

/** The first word of a struct lprof_scope is this and the struct's own address, by exclusive or. */
#define REGION_WIRE_MARK UINT64_C(0x6c70726f663a5267)

/** Durations: exact below 32, then 32 buckets for each power of two. */
#define REGION_WIRE_BUCKETS 1344

struct region_wire_context {
    uint32_t parent; ///< 0 = in no other region.
    uint32_t hash;
    char name[REGION_WIRE_NAME_MAX + 1];
};

/** What some ticks are. `ns_per_tick` as in struct region_wire_header [ns]. */
static inline uint64_t region_wire_ns(uint64_t ns_per_tick, uint64_t ticks)
{
    __extension__ typedef unsigned __int128 wide;

    return ns_per_tick ? (uint64_t)((wide)ticks * ns_per_tick >> 32) : ticks;
}

/** The bucket of a duration. */
static inline uint32_t region_wire_bucket(uint64_t ns)
{
    enum { BITS = 5 };

    if (ns < 1 << BITS)
        return (uint32_t)ns;
    uint32_t exponent = 63 - (uint32_t)__builtin_clzll(ns);
    uint64_t bucket = ((uint64_t)(exponent - BITS) << BITS) + (ns >> (exponent - BITS));

    return bucket < REGION_WIRE_BUCKETS ? (uint32_t)bucket : REGION_WIRE_BUCKETS - 1;
}

/** Times of a context in one thread [ns]. */
struct region_wire_times {
    uint64_t calls;
    uint64_t total_ns; ///< Of those that are not inside of another one of the same context.
    uint64_t min_ns;   ///< Plus 1; 0 = no calls.
    uint64_t max_ns;
    uint64_t active; ///< Open now.
    uint64_t buckets[REGION_WIRE_BUCKETS];
};

struct region_wire_open {
    uint64_t key; ///< The address of the scope; 0 = this one is being opened or closed.
    uint64_t start;
    uint32_t context;
    uint8_t nested;    ///< Inside of another one of the same context.
    uint8_t inherited; ///< From the process that forked: its call is told by that.
    uint8_t timed;     ///< Of LPROF_TIMED.
    uint8_t unused;
};

struct region_wire_span {
    uint64_t start;
    uint64_t end;
    uint32_t context; ///< Of a region.
    uint32_t tid;
};

struct region_wire_cached {
    uint64_t name; ///< A pointer; 0 = none.
    uint32_t parent;
    uint32_t context;
};

/** Who uses a block: a thread's id, or one of these. */
#define REGION_WIRE_FREE UINT64_C(0)
#define REGION_WIRE_CLAIMED UINT64_MAX

struct region_wire_block {
    uint64_t owner;
    uint64_t paused; ///< Since when nothing is measured; 0 = it is.
    uint64_t n_closed;
    uint64_t n_pauses;
    uint64_t unbalanced; ///< Ends of regions that were not open.
    uint64_t too_deep;
    uint64_t ended_late; ///< Regions that ended with one around them.
    uint32_t depth;
    uint32_t unused;
    struct region_wire_open open[REGION_WIRE_DEPTH];
    struct region_wire_span closed[REGION_WIRE_CLOSED];
    struct region_wire_span pauses[REGION_WIRE_PAUSES];
    struct region_wire_cached cache[REGION_WIRE_CACHE];
    struct region_wire_times times[REGION_WIRE_CONTEXTS];
};

enum region_wire_request {
    REGION_WIRE_IDLE,
    REGION_WIRE_TAKEN, ///< A thread is writing its request.
    REGION_WIRE_ASKED, ///< For a profile of up to now.
    REGION_WIRE_ANSWERED,
};

struct region_wire_header {
    uint32_t version;
    uint32_t children; ///< Processes other than the first are told of.
    int32_t first_pid;
    int32_t reader_pid;
    uint32_t closed;        ///< Nobody reads any more.
    uint32_t prints;        ///< Each call of LPROF_TIMED is to be printed.
    uint64_t ns_per_tick;   ///< Times 2^32; 0 = ticks are nanoseconds of the clock.
    uint32_t contexts;      ///< Numbers taken, 0 included.
    uint32_t contexts_lost; ///< Regions that found no number, each time one was looked for.
    uint32_t names_cut;     ///< Names that were longer than REGION_WIRE_NAME_MAX.
    uint32_t blocks;        ///< Blocks that were ever used.
    uint32_t blocks_lost;   ///< Threads that found no block.
    uint32_t too_early; ///< Regions of signal handlers that came while their thread took its block.
    uint32_t scopeless; ///< There are regions without a mark on the stack.
    uint32_t left_open; ///< Regions of threads that ended inside of them.
    uint32_t started;   ///< Processes that joined.
    uint32_t resets;    ///< How many times all was to be forgotten.
    uint64_t reset;     ///< When last [ticks].
    uint32_t request;   ///< enum region_wire_request.
    int32_t answer;     ///< 0, or the number of an error.
    char path[4096];    ///< Where the profile is to be saved.
};

struct region_wire {
    struct region_wire_header header;
    _Alignas(4096) struct region_wire_context contexts[REGION_WIRE_CONTEXTS];
    uint32_t hashes[REGION_WIRE_HASHES]; ///< Numbers of contexts.
    _Alignas(4096) struct region_wire_block blocks[REGION_WIRE_BLOCKS];
};

#endif
