/**
 * @file
 * The memory of a traced process: which modules lie where in it, and the breakpoints in it.
 *
 * A vforked child shares its parent's memory until it runs a program; a forked child has a copy, with all
 * breakpoints.
 */
#ifndef LPROF_TARGET_STEP_MEMORY_H
#define LPROF_TARGET_STEP_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "target/step_plan.h"
#include "target/step_rescue.h"

/** All plans, one for each module. */
struct step_plans {
    struct step_planner planner;
    struct step_plan **items; ///< [count]
    size_t count;
    size_t capacity;
};

/** Free all plans. */
void step_plans_deinit(struct step_plans *plans);

/** An executable stretch of memory. */
struct step_area {
    uint64_t start;
    uint64_t end;
    uint64_t bias;
    struct step_plan *plan;
};

struct step_memory {
    int fd; ///< /proc/PID/mem
    pid_t pid;
    struct step_rescue *rescue; ///< Borrowed; NULL = breakpoints are noted nowhere.
    size_t users;               ///< Threads.
    struct step_area *areas;    ///< [n_areas]
    size_t n_areas;
    struct step_breakpoint *breakpoints; ///< A uthash table, by address.
};

/** Open the memory of a process; NULL when it is gone. */
struct step_memory *step_memory_create(pid_t pid, struct step_rescue *rescue);

/** The memory of a forked child, with the same areas and breakpoints; NULL when it is gone. */
struct step_memory *step_memory_fork(const struct step_memory *from, pid_t pid);

/** Free it, without taking breakpoints out. NULL is allowed. */
void step_memory_destroy(struct step_memory *memory);

/** Look what is mapped now; plans what is new and places its breakpoints. */
void step_memory_scan(struct step_memory *memory, struct step_plans *plans);

/** The area that holds an address, or NULL. */
const struct step_area *step_memory_area(const struct step_memory *memory, uint64_t addr);

/** Read bytes as they are without breakpoints; returns how many. */
size_t step_memory_read(const struct step_memory *memory, uint64_t addr, void *ret, size_t size);

/** Write bytes. False when they cannot be written. */
bool step_memory_write(const struct step_memory *memory, uint64_t addr, const void *bytes,
                       size_t size);

/** Whether there is a breakpoint. */
bool step_memory_has_breakpoint(const struct step_memory *memory, uint64_t addr);

/** Place a breakpoint, unless there is one. */
void step_memory_place(struct step_memory *memory, uint64_t addr);

/** Take a breakpoint's byte out of the code for a while (`in` false), and put it back. */
void step_memory_lift(struct step_memory *memory, uint64_t addr, bool in);

/** Take all breakpoints out. */
void step_memory_restore(struct step_memory *memory);

#endif
