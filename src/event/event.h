/**
 * @file
 * Events: what capture saw, in the one form that every collector produces and ingest folds.
 *
 * An event borrows what it points to (paths, stack bytes): the receiver copies what it keeps.
 * Times are CLOCK_MONOTONIC in nanoseconds; addresses are run addresses (as in the target).
 */
#ifndef LPROF_EVENT_EVENT_H
#define LPROF_EVENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/build_id.h"

enum event_kind {
    EVENT_SAMPLE,   ///< A clock ticked while a thread ran.
    EVENT_MAP,      ///< Executable memory was mapped.
    EVENT_COMM,     ///< A thread got a name; with `exec`, its process runs a new program.
    EVENT_FORK,     ///< A thread or process began.
    EVENT_EXIT,     ///< A thread ended.
    EVENT_LOST,     ///< The kernel dropped records.
    EVENT_THROTTLE, ///< The kernel held a clock back.
    EVENT_MODULE,   ///< A module got a number, which counters name it by.
    EVENT_CHOICE,   ///< A function is counted.
    EVENT_COUNTER,  ///< How often something happened, up to now.
    EVENT_CALLED,   ///< Time spent in a call out of counted functions.
    EVENT_FAULT,    ///< A page was touched that was not there.
    EVENT_RESIDENT, ///< The size of a process's memory was read.
    EVENT_ALLOC,    ///< Memory was allocated.
    EVENT_FREE,     ///< Allocated memory is about to be freed.
    EVENT_REGION,   ///< A region got a number, which events name it by.
    EVENT_ENTERED,  ///< How often and for how long a region was entered, up to now.
};

/** General registers of x86-64 at the sample, in perf's order of PERF_REG_X86_*. */
enum event_register {
    EVENT_REG_AX,
    EVENT_REG_BX,
    EVENT_REG_CX,
    EVENT_REG_DX,
    EVENT_REG_SI,
    EVENT_REG_DI,
    EVENT_REG_BP,
    EVENT_REG_SP,
    EVENT_REG_IP,
    EVENT_REG_R8,
    EVENT_REG_R9,
    EVENT_REG_R10,
    EVENT_REG_R11,
    EVENT_REG_R12,
    EVENT_REG_R13,
    EVENT_REG_R14,
    EVENT_REG_R15,
    EVENT_REG_COUNT
};

struct event_sample {
    uint64_t ip;        ///< Where the CPU was: a user or a kernel address.
    uint64_t weight_ns; ///< CPU time the sample stands for [ns].
    bool in_kernel;     ///< The CPU was in the kernel for this thread.
    bool has_registers; ///< `registers` hold the thread's user state.
    uint64_t registers[EVENT_REG_COUNT];
    const uint8_t *stack; ///< User stack from the stack pointer up, or NULL.
    size_t stack_size;    ///< [bytes]
};

struct event_map {
    uint64_t start;           ///< First address.
    uint64_t size;            ///< [bytes]
    uint64_t file_offset;     ///< Where in the file `start` lies [bytes].
    const char *path;         ///< As the kernel names it: a path, "[vdso]", "//anon" ...
    struct build_id build_id; ///< Of the file as it was mapped; unknown when the kernel has none.
};

struct event_comm {
    const char *name;
    bool exec; ///< The name comes from execve(2): all mappings of the process are gone.
};

struct event_fork {
    pid_t parent_pid; ///< Equal to the event's pid for a thread.
    pid_t parent_tid;
};

struct event_lost {
    uint64_t count; ///< Records that never reached us.
};

struct event_throttle {
    bool begins; ///< False when the clock is let go again.
};

struct event_module {
    uint32_t number;  ///< From 1.
    const char *path; ///< As the kernel names it.
};

struct event_choice {
    uint32_t module;
    uint64_t addr;  ///< A file address in the function's code.
    uint32_t depth; ///< How many inlined calls lead to it there; 0 = the code is its own.
    bool marked;    ///< In the source.
};

/** What a counter counts. Addresses are file addresses. */
enum event_counter_kind {
    EVENT_COUNTER_PART, ///< Not a count: `count` bytes at `from` belong to the function at `addr`.
    EVENT_COUNTER_INSTRUCTION, ///< Executions of the instruction at `addr`.
    EVENT_COUNTER_EDGE,      ///< Ways from the instruction at `from` to `addr`, within a function.
    EVENT_COUNTER_ENTRIES,   ///< Calls of the function at `addr`, jumps from outside included.
    EVENT_COUNTER_PRIMITIVE, ///< Of these, those while no other call of it was underway.
    EVENT_COUNTER_CALL,      ///< Calls of the function at `addr` by the call at `from`.
    EVENT_COUNTER_REFUSED,   ///< As EVENT_COUNTER_PART, of a function that is not counted.
    EVENT_COUNTER_TIME,      ///< Wall time in calls of the function at `addr` [ns].
    EVENT_COUNTER_LEAST,     ///< Of the shortest one of them [ns].
    EVENT_COUNTER_MOST,      ///< Of the longest one of them [ns].
};

struct event_counter {
    enum event_counter_kind kind;
    uint32_t from_module; ///< 0 = none.
    uint64_t from;
    uint32_t module;
    uint64_t addr;
    uint64_t count;
};

/** An address that holds for all processes. */
struct event_place {
    uint32_t module;
    uint64_t addr; ///< File address.
};

/** Most places that an event has. */
#define EVENT_PLACES_MAX 128

struct event_called {
    const struct event_place *calls; ///< [n] Innermost first: inside each call; each place once.
    size_t n;
    uint64_t time_ns; ///< Wall time, up to now [ns].
};

struct event_fault {
    struct event_sample at; ///< Who touched it; without weight.
    uint64_t addr;          ///< What was touched.
    uint64_t page_bytes;    ///< Size of the page that is there now.
};

struct event_resident {
    uint64_t bytes; ///< Resident size.
};

struct event_alloc {
    struct event_sample at; ///< Who allocated it; without weight.
    uint64_t addr;
    uint64_t bytes;    ///< Asked for.
    uint64_t interval; ///< Mean number of bytes between two that are told of; 0 = all are.
    uint64_t rounds;   ///< How often the same was allocated there and freed at once before.
    bool gone;         ///< That is all: it is not allocated now.
    bool mapped;       ///< By mmap(2) or brk(2): parts of it may be freed.
    uint64_t stack_id; ///< Of `at`, if that has a stack; else who allocated is who did the first so numbered. 0 = none.
};

struct event_free {
    uint64_t addr;
    uint64_t mapped_bytes; ///< What was mapped of so much from `addr` on; 0 = what was allocated there.
    bool temporary; ///< The thread that allocated it frees it, and allocated nothing since.
};

struct event_region {
    uint32_t number; ///< From 1.
    uint32_t parent; ///< The one that it is inside of; 0 = none.
    const char *name;
};

/** Durations are counted in so many buckets: below 32 ns one each, then 32 for each power of two. */
#define EVENT_BUCKETS 1344

struct event_entered {
    uint32_t number;
    uint64_t calls;
    uint64_t total_ns; ///< Of calls inside of each other, of the outermost.
    uint64_t min_ns;
    uint64_t max_ns;
    const uint64_t *buckets; ///< [EVENT_BUCKETS] Calls by duration.
};

/** What an event tells. */
union event_detail {
    struct event_sample sample;
    struct event_map map;
    struct event_comm comm;
    struct event_fork fork;
    struct event_lost lost;
    struct event_throttle throttle;
    struct event_module module;
    struct event_choice choice;
    struct event_counter counter;
    struct event_called called;
    struct event_fault fault;
    struct event_resident resident;
    struct event_alloc alloc;
    struct event_free free;
    struct event_region region;
    struct event_entered entered;
};

struct event {
    enum event_kind kind;
    pid_t pid; ///< Process (thread group).
    pid_t tid; ///< Thread.
    uint64_t time_ns;
    uint32_t region; ///< Number of the one that it is inside of; 0 = none, or not known.
    union event_detail u;
};

/** Who receives events. */
struct event_sink {
    void (*receive)(void *context, const struct event *event);
    void *context;
};

#endif
