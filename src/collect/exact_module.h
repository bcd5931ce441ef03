/**
 * @file
 * Exact counting in one module: which functions are counted, their copies, and what the counters tell.
 *
 * First the functions are planned, from the file alone; then, for each process, a place of the copies is
 * found and they are emitted for it (exact_copies.h, exact_install.h); at the end the counters become
 * events.
 */
#ifndef LPROF_COLLECT_EXACT_MODULE_H
#define LPROF_COLLECT_EXACT_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/function_code.h"
#include "code/hits.h"
#include "event/event.h"
#include "object/object.h"
#include "rewrite/rewrite.h"
#include "select/choice.h"
#include "target/step_plan.h"

/** A function that is to be counted. */
struct exact_function {
    uint64_t entry;
    struct function_code code;
    struct hits_plan *hits;
    uint32_t *room;               ///< Per part of its code, bytes of padding behind it.
    struct rewrite_frame *frames; ///< [n_frames] How its stack frame is found.
    size_t n_frames;
    uint64_t *entries; ///< [n_entries] Where code of other functions jumps to.
    size_t n_entries;
    char *refusal;      ///< Why it is not counted after all; NULL = it is.
    uint32_t timer;     ///< Number of its timer; 0 = its calls are not to be timed.
    uint32_t rewritten; ///< Its number in the rewrite plan; STEP_NONE = in none.
};

struct exact_copies;

struct exact_module {
    uint32_t number; ///< From 1.
    char *path;
    struct object *object;
    struct step_plan choice;          ///< The functions that were chosen.
    struct exact_function *functions; ///< [choice.n_functions]
    struct rewrite_function *inputs;  ///< What `rewrite` was made from.
    struct rewrite_plan *rewrite;
    size_t first_slot;           ///< Number of its first counter among those of all modules.
    struct exact_copies *copies; ///< A list.
    bool installed;              ///< A program runs them.
};

/** Timers of functions. */
struct exact_timers {
    uint32_t count; ///< In use: they are numbered from 1.
    uint32_t most;
};

/**
 * Plan what is to be counted in a module.
 *
 * @param timers NULL = calls are not timed.
 * @param[out] ret Free it with exact_module_destroy(); NULL when nothing of it is to be counted.
 */
void exact_module_plan(const struct choice_options *choice, const char *path,
                       struct exact_timers *timers, struct exact_module **ret);

/** Free it. NULL is allowed. */
void exact_module_destroy(struct exact_module *module);

/** Leave a function out. The first reason is kept. */
void exact_module_refuse(struct exact_module *module, size_t function, const char *reason);

/** After the copies were emitted: take over what that refused. */
void exact_module_settle(struct exact_module *module);

struct exact_calls;

/**
 * Tell the module, its functions and their counts.
 *
 * @param slots The counters of all modules.
 * @param calls The functions of all modules.
 */
void exact_module_tell(const struct exact_module *module, const uint64_t *slots,
                       const struct exact_calls *calls, const struct event_sink *sink);

/** How a function is called for the user. Valid as long as the module. */
const char *exact_module_name(const struct exact_module *module, size_t function);

#endif
