/**
 * @file
 * What lprof and the agent in the profiled programs say to each other, and the memory that both see.
 *
 * The agent is told by an environment variable where lprof is. The first program has two descriptors, of a
 * socket of the kind SOCK_SEQPACKET and of the file of the counters; all others connect to the socket at
 * the address, when they have something to say. Each message is one of the structs below, in this order:
 *
 *     agent -> lprof   agent_hello    what happens; the program waits
 *
 * at a start, when the program's memory is laid out and nothing of it has run:
 *
 *     lprof -> agent   one byte, with the descriptor of the counters; only where the agent connected
 *     lprof -> agent   agent_load     map the counters, and load a file of copies of functions, if one is
 *     agent -> lprof   agent_loaded   named; there may be several of these
 *     lprof -> agent   one byte       the program may run
 *
 * when libraries came or went, the same without the first byte; and when another program is to be run:
 *
 *     agent -> lprof   its path
 *     lprof -> agent   one byte       AGENT_YES: let it load the agent, too
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

/** "SOCKET COUNTERS ADDRESS", the first two in decimal; or the address alone. It starts with a slash. */
#define AGENT_VARIABLE "LPROF_AGENT"

/** Lprof's and the agent's must be the same. */
#define AGENT_VERSION 3

#define AGENT_PATH_MAX 4096
#define AGENT_REASON_MAX 256
#define AGENT_ADDRESS_MAX 108 ///< With its end. @source unix(7)
#define AGENT_HOOKS_MAX 2
#define AGENT_HOOK_SIZE 5 ///< [bytes]
#define AGENT_YES 'y'
#define AGENT_NO 'n'

enum agent_event {
    AGENT_STARTS,    ///< A program is about to start.
    AGENT_LIBRARIES, ///< It opened or closed libraries; those that are new have not run.
    AGENT_EXECS,     ///< A process is about to run another program.
};

/** Code of the C library that lprof is to change, so that the agent hears of events. */
struct agent_hook {
    uint64_t addr;
    uint8_t original[AGENT_HOOK_SIZE];
    uint8_t bytes[AGENT_HOOK_SIZE];
};

struct agent_hello {
    uint32_t version;
    uint32_t event; ///< enum agent_event
    int32_t pid;
    uint32_t hook_count;
    uint64_t time_ns; ///< CLOCK_MONOTONIC: the program waits from here on.
    struct agent_hook hooks[AGENT_HOOKS_MAX];
};

struct agent_load {
    uint64_t block_size; ///< [bytes] A multiple of the page size.
    uint64_t block_count;
    uint64_t times;       ///< Where in a block the agent_times are; 0 = calls are not timed.
    uint64_t ticks_least; ///< Calls of a function that come faster than this are not timed.
    uint64_t addr;        ///< Where the code is to be mapped; 0 = let the loader load the file.
    uint64_t offset;      ///< Of the code in the file.
    uint64_t size;        ///< Of the code [bytes].
    char path[AGENT_PATH_MAX]; ///< Of the file to load; empty = none.
};

struct agent_loaded {
    uint32_t version;
    uint32_t failed;
    uint64_t timing_ticks;         ///< What timing one call costs.
    uint64_t bias;                 ///< Where it was loaded, against the addresses in the file.
    char reason[AGENT_REASON_MAX]; ///< Why it failed.
};

/** The start of the file of the counters. */
struct agent_area {
    uint64_t used; ///< Blocks used so far, this one included.
    uint64_t
        overflow; ///< Threads that got no block: they count in that of their maker, not exactly.
    uint64_t unheard;      ///< Times that the agent could not tell lprof what happens.
    uint64_t fault_signal; ///< The signal of the first fault that ends a program; 0 = none has.
    uint64_t fault_addr;   ///< Where it was.
};

enum agent_block_state {
    AGENT_BLOCK_FREE,
    AGENT_BLOCK_CLAIMED, ///< For a thread that is being made.
    AGENT_BLOCK_USED,    ///< As long as the lock is held by a thread that lives.
};

/** The start of a block. */
struct agent_block {
    uint64_t state; ///< enum agent_block_state
    uint64_t start; ///< What a new thread is to run, while it starts.
    uint64_t argument;
    uint64_t
        region; ///< Of what is counted here, as in event/region_wire.h; stays when it is used again.
    uint64_t lock[5]; ///< A robust mutex.
    uint64_t unused[2];
    uint64_t entered; ///< What copies call on the way into a timed function ...
    uint64_t left;    ///< ... and out of it; the number of its timer is in the nop behind the call.
    uint64_t times;   ///< The agent_times of its thread.
    uint64_t unused_too[2];
};

/** Most calls of a function in a second that are timed. */
#define AGENT_CALLS_MOST 500000

/** Most calls of timed functions underway in a thread that are timed. */
#define AGENT_FRAMES 4096

/** A call that is underway. Times are in ticks of the time stamp counter. */
struct agent_frame {
    uint64_t sp; ///< Where its return address lies.
    uint64_t start;
    uint64_t timer; ///< Number.
};

/** The calls of a function in a thread. */
struct agent_timer {
    uint64_t calls;
    uint64_t primitive; ///< Of these, those while no other was underway.
    uint64_t underway;
    uint64_t ended;
    uint64_t total; ///< From the start of each primitive call to its end.
    uint64_t least; ///< Of the calls that ended.
    uint64_t most;
    uint64_t missed;  ///< Calls of which the start or the end was not seen.
    uint64_t window;  ///< When it was last looked at how fast they come.
    uint64_t off;     ///< They came too fast to be timed.
    uint64_t skipped; ///< Ways in and out since then.
};

/** What a thread times. Behind it lie the timers. */
struct agent_times {
    uint64_t depth; ///< Of frames.
    uint64_t busy;
    uint64_t now;         ///< When something was seen last.
    uint64_t paused;      ///< Calls were left out, for measuring was off.
    uint64_t ticks_least; ///< Calls that come faster than this are not timed.
    struct agent_frame frames[AGENT_FRAMES];
};

/** Not a region: what is counted while the program wants nothing to be measured. */
#define AGENT_REGION_PAUSED UINT64_MAX

#endif
