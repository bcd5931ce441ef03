/**
 * @file
 * What is to be counted by stepping in one module: functions with their code, and what came of it.
 *
 * A plan is made once for each module, when it is first mapped; its counts are those of all processes that
 * mapped it. Addresses are file addresses.
 */
#ifndef LPROF_TARGET_STEP_PLAN_H
#define LPROF_TARGET_STEP_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** No function. */
#define STEP_NONE UINT32_MAX

/** A stretch of code of a function. */
struct step_part {
    uint64_t begin;
    uint64_t end;
    uint32_t function; ///< Index.
};

/** A function with code of its own. */
struct step_function {
    uint64_t entry;
    uint64_t calls;     ///< Entries, by calls and by jumps from outside.
    uint64_t primitive; ///< Of these, those with no other call of the function underway.
};

/** A function of the source that was chosen: at `addr`, so many inlined calls below the outermost. */
struct step_choice {
    uint64_t addr;
    uint32_t depth; ///< 0 = the function whose own code it is.
    bool marked;    ///< In the source.
};

struct step_plan {
    uint32_t number;         ///< From 1.
    char *path;              ///< As mapped.
    struct step_part *parts; ///< [n_parts] By address, apart from each other.
    size_t n_parts;
    struct step_function *functions; ///< [n_functions]
    size_t n_functions;
    uint64_t *landings; ///< [n_landings] Where exceptions come back into the functions.
    size_t n_landings;
    struct step_choice *choices; ///< [n_choices]
    size_t n_choices;
    uint64_t addr_delta; ///< File address minus file offset, in the executable segment.
    uint64_t hook;       ///< Where the dynamic loader tells of changes, when this is it; else 0.
    struct step_cell **cells; ///< Per part, one for each byte.
    struct step_edges *edges;
};

/** What is known of an instruction. */
struct step_cell {
    uint64_t count;
    uint8_t size; ///< 0 = not decoded.
    uint8_t kind; ///< enum step_kind
};

enum step_kind {
    STEP_PLAIN,
    STEP_CALL,
    STEP_RETURN,
    STEP_SYSCALL,
    STEP_REPEATED,   ///< With a rep prefix: steps stop after each round.
    STEP_PUSH_FLAGS, ///< Would show the trap flag.
};

/** Who makes plans. */
struct step_planner {
    /**
     * Fill in what is to be counted in a module.
     *
     * @param file_offset A place in the file that is mapped executable.
     * @param[out] ret Zeroed before; `parts` to `hook` are to be set. May stay empty.
     */
    void (*plan)(void *context, const char *path, uint64_t file_offset, struct step_plan *ret);
    void *context;
};

/** Get ready to count, once the parts are known. */
void step_plan_start(struct step_plan *plan);

/** Free what it holds. */
void step_plan_deinit(struct step_plan *plan);

/** The part that holds an address, or NULL. */
const struct step_part *step_plan_find(const struct step_plan *plan, uint64_t addr);

/** What is known of the instruction at an address of a part. */
struct step_cell *step_plan_cell(struct step_plan *plan, const struct step_part *part,
                                 uint64_t addr);

/** Count a way that control went. */
void step_plan_count_edge(struct step_plan *plan, uint64_t from, uint64_t to);

/** A way that control went. */
struct step_edge {
    uint64_t from;
    uint64_t to;
    uint64_t count;
};

/** The ways that were counted, in no order. */
const struct step_edge *step_plan_edges(const struct step_plan *plan, size_t *capacity_ret);

#endif
