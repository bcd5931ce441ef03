/**
 * @file
 * One function on its way into its copy: what each step of rewriting found out, for the next one.
 *
 *     sites      where control comes from outside, and which patch leads it into the copy
 *     counting   which slot counts what
 *     layout     the copy as a list of items
 *     emit       the items as bytes
 *     verify     that the bytes do what the original does
 *
 * A step that is not sure writes a reason; the steps behind it are left out then.
 */
#ifndef LPROF_REWRITE_COPY_H
#define LPROF_REWRITE_COPY_H

#include <stdbool.h>

#include "rewrite/rewrite.h"

#define COPY_NONE UINT32_MAX

struct no_return;

/** Ways from outside to an instruction. */
enum site_way {
    SITE_ENTRY = 1,
    SITE_RETURN = 2,  ///< Back from the call before it.
    SITE_LABEL = 4,   ///< From an indirect jump of the function.
    SITE_LANDING = 8, ///< From an exception.
    SITE_FOREIGN = 16 ///< From a jump of another function.
};

/** A patch at the original. */
struct site {
    uint32_t insn;
    uint8_t ways;  ///< enum site_way
    uint8_t size;  ///< [bytes] of the springboard: 5, 2, or 0 where the original runs on in place.
    uint64_t addr; ///< Of the springboard: at the instruction, or behind an `endbr64` there.
    uint64_t pad;  ///< Of the long jump that one of 2 bytes leads to.
    uint32_t slot; ///< What is counted on the way from here into the copy; COPY_NONE = nothing.
};

/** How the original runs on in place from a site without a springboard. */
struct in_place {
    bool runs;       ///< The instruction is run in place.
    uint32_t behind; ///< The call that comes back to where this begins; COPY_NONE = a way in.
};

/** What gives a count: the counter of a slot, and the count of a part before. Both or one. */
struct counting {
    uint32_t slot;
    uint32_t part;
};

enum item_kind {
    ITEM_INSN,   ///< The instruction, its address operands re-based.
    ITEM_JUMP,   ///< A direct jump or branch.
    ITEM_GO,     ///< A jump that the original does not have.
    ITEM_LOOP,   ///< loop or jrcxz, which reach 128 bytes only.
    ITEM_HOME,   ///< To the original: a call, or what lies behind the function's end.
    ITEM_CALLEE, ///< To what a call calls.
    ITEM_COUNT,  ///< A counter.
    ITEM_ENTER,  ///< Tells that the function was entered (timer_call.h).
    ITEM_LEAVE,  ///< Tells that it is left.
    ITEM_TABLE,  ///< The table of what a call through a pointer calls (callee_table.h).
    ITEM_ALIGN,  ///< To 16 bytes.
};

struct item {
    enum item_kind kind;
    bool saves;      ///< A counter where flags are live.
    bool is_far;     ///< A jump of 32 bits.
    uint32_t insn;   ///< Its own; of a counter the next one that runs.
    uint32_t to;     ///< Jumps: the item; COPY_NONE = out of the function.
    uint32_t slot;   ///< Counters; of a table the first one.
    uint32_t offset; ///< From the start of the copy.
    uint64_t home;   ///< ITEM_HOME: where to.
};

/** A call that leads over a counter to what it calls. */
struct detour {
    uint32_t call;
    uint32_t item; ///< Where it leads.
};

struct copy {
    const struct rewrite_function *function;
    enum rewrite_counter_form form;
    const struct no_return *no_return; ///< Of all functions together.
    char reason[FLOW_REASON_MAX];      ///< Empty = not refused.
    bool *live;                        ///< Per instruction: flags are live before it.

    struct site *sites; ///< [site_count] By instruction.
    size_t site_count;
    struct in_place *in_place; ///< Per instruction.

    bool timed;          ///< Its calls are.
    uint32_t slot_first; ///< Slots are numbered from here on.
    uint32_t slot_count;
    struct counting *parts; ///< Per part.
    uint32_t
        *part_call; ///< Per part, the call on whose way it is counted; COPY_NONE = at its start.
    struct counting *edges;  ///< Per needed edge.
    struct counting entries; ///< Calls of the function; both COPY_NONE = not counted.
    uint32_t *tables;        ///< Per instruction, the first slot of its table; COPY_NONE = none.
    uint32_t *edge_taken;    ///< Per instruction, the needed edge by its jump.
    uint32_t *edge_fall;     ///< Per instruction, the needed edge into the block behind.

    struct item *items;
    size_t item_count;
    size_t item_capacity;
    uint32_t *item_of_insn;   ///< Per instruction, where jumps to it lead.
    uint32_t *item_of_return; ///< Per call, where its return leads.
    uint32_t *item_of_site;   ///< Per site, where its springboard leads.
    struct detour *detours;   ///< [detour_count] By call.
    size_t detour_count;
    uint32_t offset; ///< Of the copy among all copies.
    uint32_t size;   ///< [bytes]
};

/** Get ready. */
void copy_init(struct copy *ret, const struct rewrite_function *function,
               enum rewrite_counter_form form);

/** Free what it holds. */
void copy_deinit(struct copy *copy);

/** Refuse the function. Always false. */
__attribute__((format(printf, 2, 3))) bool copy_refuse(struct copy *copy, const char *format, ...);

/** Whether it was refused. */
bool copy_is_refused(const struct copy *copy);

/** The original's bytes at an address, up to the end of its part; NULL outside of all parts. */
const uint8_t *copy_bytes_at(const struct copy *copy, uint64_t addr, size_t *size_ret);

/** An instruction of the function. */
const struct insn *copy_insn(const struct copy *copy, uint32_t insn);

/** The instruction that a direct jump leads to; COPY_NONE when that is outside of the function. */
uint32_t copy_target(const struct copy *copy, uint32_t insn);

#endif
