/**
 * @file
 * What lprof and the agent in the profiled program say to each other, and the memory that both see.
 *
 * The agent is told its two descriptors by an environment variable: a socket of the kind SOCK_SEQPACKET,
 * and the file of the counters. Each message is one of the structs below, in this order:
 *
 *     agent -> lprof   agent_hello    the program's memory is laid out; nothing of it has run
 *     lprof -> agent   agent_load     load a file of copies of functions; the first one of these also
 *     agent -> lprof   agent_loaded   maps the counters; there may be several, or none
 *     lprof -> agent   one byte       the program may run
 *
 * Whatever goes wrong, the agent closes both and lets the program run as it is: end of file says so to
 * either side.
 *
 * The file of the counters is an array of blocks of equal size. The first one holds an agent_area, each
 * other one an agent_block and behind it the counters of one thread at a time, to which the thread's GS
 * base points. Blocks are used again when their thread is gone and never cleared: a count is the sum over
 * all blocks.
 */
#ifndef LPROF_EVENT_AGENT_WIRE_H
#define LPROF_EVENT_AGENT_WIRE_H

#include <stdint.h>

/** "SOCKET COUNTERS" in decimal. */
#define AGENT_VARIABLE "LPROF_AGENT"

/** Lprof's and the agent's must be the same. */
#define AGENT_VERSION 1

#define AGENT_PATH_MAX 4096
#define AGENT_REASON_MAX 256

struct agent_hello {
    uint32_t version;
    int32_t pid;
    uint64_t time_ns; ///< CLOCK_MONOTONIC: the program waits from here on.
};

struct agent_load {
    uint64_t block_size; ///< [bytes] A multiple of the page size.
    uint64_t block_count;
    char path[AGENT_PATH_MAX]; ///< Of the file to load.
};

struct agent_loaded {
    uint32_t version;
    uint32_t failed;
    uint64_t bias;                 ///< Where it was loaded, against the addresses in the file.
    char reason[AGENT_REASON_MAX]; ///< Why it failed.
};

/** The start of the file of the counters. */
struct agent_area {
    uint64_t used; ///< Blocks used so far, this one included.
    uint64_t
        overflow; ///< Threads that got no block: they count in that of their maker, not exactly.
};

/** Who counts in a block: a thread's id, or one of these. */
#define AGENT_BLOCK_FREE UINT64_C(0)
#define AGENT_BLOCK_CLAIMED UINT64_MAX

/** The start of a block. */
struct agent_block {
    uint64_t owner;
    uint64_t start; ///< What a new thread is to run, while it starts.
    uint64_t argument;
    uint64_t unused[5];
};

#endif
