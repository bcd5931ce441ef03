/**
 * @file
 * Walking a stack: registers, a copy of the stack and unwind rows in; addresses out. Pure: where
 * rows come from is the caller's business.
 */
#ifndef LPROF_INGEST_UNWIND_H
#define LPROF_INGEST_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/event.h"
#include "object/unwind_table.h"

/** Most frames of one stack; what lies further out is cut off and counted. */
#define UNWIND_FRAMES_MAX 512

/** What is known about code at an address. */
struct unwind_code {
    bool executable;              ///< The address lies in executable memory.
    const struct unwind_row *row; ///< NULL = no module there, or no call frame information.
};

/** Where the walker asks about code. */
struct unwind_lookup {
    struct unwind_code (*find)(void *context, uint64_t run_addr);
    void *context;
};

/** A copy of part of the stack. */
struct unwind_memory {
    const uint8_t *bytes;
    size_t size;   ///< [bytes]
    uint64_t addr; ///< Run address of the first byte.
};

struct unwind_frame {
    uint64_t
        run_addr; ///< Of the instruction for the leaf and for frames a signal broke into; of code
                  ///< that is entered by a return; else the return address.
    uint64_t cfa; ///< Stack pointer of its caller; 0 where the walk ended.
    bool is_call; ///< `run_addr` is a return address: look up `run_addr - 1`.
};

/** How a walk ended. */
enum unwind_end {
    UNWIND_COMPLETE,  ///< At the outermost frame.
    UNWIND_TRUNCATED, ///< The copy of the stack ends before the stack does.
    UNWIND_NO_RULE,   ///< At code that nothing is known about.
    UNWIND_BROKEN, ///< The values make no sense: a stack pointer that did not move up, no code there.
    UNWIND_LIMIT, ///< UNWIND_FRAMES_MAX frames.
};

struct unwind_stack {
    struct unwind_frame frames[UNWIND_FRAMES_MAX]; ///< Innermost first.
    size_t n_frames;                               ///< At least 1.
    size_t n_guessed; ///< Steps by frame pointer, for want of call frame information.
    enum unwind_end end;
};

/**
 * Walk from a thread's registers to its outermost frame.
 *
 * Code without call frame information is stepped over by its frame pointer, when that points to a
 * plausible frame: inside the copy, with a return address in executable memory.
 */
void unwind_walk(const uint64_t registers[EVENT_REG_COUNT], const struct unwind_memory *memory,
                 const struct unwind_lookup *lookup, struct unwind_stack *ret);

#endif
