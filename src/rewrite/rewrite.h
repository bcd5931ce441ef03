/**
 * @file
 * Exact mode: copies of functions that count, and what turns the originals into ways into the copies.
 *
 * A copy is the function as it was with one `inc` for each of its counter points. It runs in place of
 * the original; the original stays where it is, for two things. Every call is executed there, so that
 * no address of a copy ever lies on a stack: exceptions, longjmp and backtraces find what they know. (The
 * one exception are calls that time a function, which return before anything else happens.)
 * And wherever control can come to a function from outside (its entry, behind each call, the targets
 * of its indirect jumps, its landing pads) a patch leads into the copy: a springboard, a jump of 5
 * bytes, or one of 2 bytes to a jump of 5 bytes in code that nothing runs any more.
 *
 * This is bytes in, bytes out: nothing here knows a process. All addresses are file addresses; what is
 * to lie somewhere in the target is told by its run address minus the module's bias, so a copy below a
 * module at bias 0x7000 can have an "address" that wraps around.
 *
 *     plan = rewrite_plan_create(functions, n, REWRITE_COUNTER_GS);
 *     ... find rewrite_plan_size(plan) bytes within 2 GiB of the module, and counters ...
 *     rewrite_plan_emit(plan, copy - bias, counters, &image);
 *     ... check that the target's code is as the file's; place the copy, then the patches ...
 *     rewrite_counts(plan, function, slots, &counts);
 */
#ifndef LPROF_REWRITE_REWRITE_H
#define LPROF_REWRITE_REWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/counter_points.h"
#include "code/flow.h"

#define REWRITE_FRAME_NONE 0 ///< Nothing is known of the stack frame.

/** How the stack frame is found from an address on, up to the next one. */
struct rewrite_frame {
    uint64_t addr;
    uint32_t shape; ///< The same number means in the same way; or REWRITE_FRAME_NONE.
};

/** A function to be copied. All that it points to is borrowed until the plan is destroyed. */
struct rewrite_function {
    const struct flow_source *source;    ///< With the bytes as in the file.
    const struct flow *flow;             ///< Made from `source`.
    const struct counter_points *points; ///< Of `flow`.
    const uint32_t *room; ///< Per part, bytes of padding behind its bytes; NULL = none.
    const struct rewrite_frame *frames; ///< [frame_count] By address; none = it does not matter.
    size_t frame_count;
    const uint64_t *entries; ///< Instructions that code of other functions jumps to.
    size_t entry_count;
    uint32_t timer; ///< Number of its timer, from 1; 0 = its calls are not timed.
};

/** How a counter is addressed. */
enum rewrite_counter_form {
    REWRITE_COUNTER_RIP, ///< At a fixed address: for one thread.
    REWRITE_COUNTER_GS,  ///< At a distance from the GS base: each thread has its own.
};

/** Where, from the GS base, copies find what to call when a timed function is entered, and left. */
#define REWRITE_ENTERED_AT (-40)
#define REWRITE_LEFT_AT (-32)

struct rewrite_plan; // opaque

/**
 * Plan the copies. A function that cannot surely be copied is refused and takes no part; so is one
 * with code that another one before it also has.
 */
struct rewrite_plan *rewrite_plan_create(const struct rewrite_function *functions, size_t count,
                                         enum rewrite_counter_form form);

/** Free a plan. NULL is allowed. */
void rewrite_plan_destroy(struct rewrite_plan *plan);

/**
 * Why a function is refused: one line, lower case, no full stop. NULL when it is not. Final once
 * rewrite_plan_emit() was called, as that can refuse more.
 */
const char *rewrite_plan_refusal(const struct rewrite_plan *plan, size_t function);

/** Whether the calls of a function are timed: not all can be where that was asked for. */
bool rewrite_plan_is_timed(const struct rewrite_plan *plan, size_t function);

/** How large the copies are together [bytes]. They are to lie at a multiple of 16. */
size_t rewrite_plan_size(const struct rewrite_plan *plan);

/** How many counters of 8 bytes there are: the slots, numbered from 0. */
size_t rewrite_plan_slots(const struct rewrite_plan *plan);

#define REWRITE_PATCH_MAX 6

/** Bytes of the original to be replaced. */
struct rewrite_patch {
    uint64_t addr;
    uint32_t function; ///< Index.
    uint8_t size;      ///< [bytes]
    uint8_t original[REWRITE_PATCH_MAX];
    uint8_t bytes[REWRITE_PATCH_MAX];
};

/** What the code of the copies from an offset on, up to that of the next place, stands for. */
struct rewrite_place {
    uint32_t offset;
    uint16_t pushed; ///< By how much the stack pointer is lower than at the original [bytes].
    uint64_t addr;   ///< The instruction that runs here, or, in a counter, the one that runs next.
};

/** Where a function's copy lies, as offsets. Both 0 for a refused one. */
struct rewrite_extent {
    uint32_t begin;
    uint32_t end;
};

/** All that is to be put into the target. */
struct rewrite_image {
    uint8_t *bytes;
    size_t size;
    struct rewrite_patch *patches; ///< [patch_count] By address, apart from each other.
    size_t patch_count;
    struct rewrite_place *places; ///< [place_count] By offset.
    size_t place_count;
    struct rewrite_extent *extents; ///< Per function.
};

/**
 * Emit the copies for the place that they will run at, and verify them: original and copy are decoded
 * side by side. A function whose copy is not what it should be, or cannot reach what it refers to
 * from there, is refused and has no patches. Call it once.
 *
 * @param addr Of the copies.
 * @param counters Of slot 0: for REWRITE_COUNTER_GS its distance from the GS base.
 * @param[out] ret Free with rewrite_image_deinit().
 */
void rewrite_plan_emit(struct rewrite_plan *plan, uint64_t addr, uint64_t counters,
                       struct rewrite_image *ret);

/** Free what it holds; a zeroed struct is allowed. */
void rewrite_image_deinit(struct rewrite_image *image);

/** The place that an offset into the copies is in; NULL outside of them. */
const struct rewrite_place *rewrite_image_place(const struct rewrite_image *image, size_t offset);

enum rewrite_count_kind {
    REWRITE_COUNT_INSTRUCTION, ///< Executions of the instruction at `addr`.
    REWRITE_COUNT_EDGE,        ///< Ways from the instruction at `from` to the one at `addr`.
    REWRITE_COUNT_ENTRIES,     ///< Calls of the function at `addr`, jumps to its entry included.
    REWRITE_COUNT_CALL, ///< Calls, or jumps out of the function, by the one at `from` to `addr`.
};

/** How often the code ran that only counts, or leads to and from a copy. */
struct rewrite_passes {
    uint64_t counters;
    uint64_t calls;   ///< Calls that were executed in the original, there and back.
    uint64_t entries; ///< Ways from the original's entry.
};

/** Add those of a function. `slots` as for rewrite_counts(). */
void rewrite_passes_add(const struct rewrite_plan *plan, size_t function, const uint64_t *slots,
                        struct rewrite_passes *sum);

/** Most functions that are told apart of those that one call through a pointer calls. */
#define REWRITE_CALLEES 8

/** A function that was called through a pointer. */
struct rewrite_callee {
    uint64_t from;   ///< The call, by its last byte.
    uint64_t target; ///< Run address.
    uint64_t count;
};

/**
 * What the calls of a function through pointers called. Where one called more than REWRITE_CALLEES
 * functions, and where it runs in the original without a way into the copy, calls are missing.
 *
 * @param slots The counters of one thread: addresses are among them.
 * @param[out] ret Free it.
 * @return How many.
 */
size_t rewrite_callees(const struct rewrite_plan *plan, size_t function, const uint64_t *slots,
                       struct rewrite_callee **ret);

/** A count in the form that counting by steps gives: what `hits` needs of it is all there. */
struct rewrite_count {
    enum rewrite_count_kind kind;
    uint64_t from;
    uint64_t addr;
    uint64_t count;
};

/**
 * What the counters say of a function.
 *
 * @param slots All counters, added up over threads.
 * @param[out] ret Free it; NULL when there are none.
 * @return How many; 0 for a refused function.
 */
size_t rewrite_counts(const struct rewrite_plan *plan, size_t function, const uint64_t *slots,
                      struct rewrite_count **ret);

#endif
