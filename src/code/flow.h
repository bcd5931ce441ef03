/**
 * @file
 * The control flow of one function: its instructions, basic blocks, and the edges between them.
 *
 * A basic block is a longest piece of straight-line code; a call does not end one. Blocks are nodes
 * 0 .. block_count - 1, by address. Three nodes more: the entry, from which the function starts; the
 * hub, through which all its indirect jumps go; and the exit, to which everything leads that leaves.
 *
 * What the bytes do not tell comes from the caller: where exceptions land (the LSDA) and where
 * indirect jumps lead (jump_table.h). A function whose flow is not sure is refused with a reason.
 */
#ifndef LPROF_CODE_FLOW_H
#define LPROF_CODE_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/graph.h"
#include "code/insn.h"

#define FLOW_NONE UINT32_MAX

/** A stretch of a function's code: GCC and Clang put what they think is cold elsewhere. */
struct flow_part {
    uint64_t addr;
    const uint8_t *bytes;
    size_t size; ///< [bytes]
};

/** Calls in [start, end) land at `pad` when they are left by an exception. */
struct flow_pad {
    uint64_t start;
    uint64_t end;
    uint64_t pad;
};

enum flow_jump_kind {
    FLOW_JUMP_INSIDE, ///< To one of the targets.
    FLOW_JUMP_LEAVES, ///< A call in tail position.
    FLOW_JUMP_EITHER, ///< Not told apart: to one of the targets, or away.
};

/** What an indirect jump does. */
struct flow_jump {
    uint64_t addr; ///< Of the jump.
    enum flow_jump_kind kind;
};

/** What a function's flow is made from. Everything is borrowed for the time of flow_init(). */
struct flow_source {
    uint64_t entry;
    const struct flow_part *parts; ///< By address, apart from each other.
    size_t part_count;
    const struct flow_pad *pads;
    size_t pad_count;
    const struct flow_jump *jumps; ///< Every indirect jump.
    size_t jump_count;
    const uint64_t *targets; ///< Of the indirect jumps together, each once.
    size_t target_count;
};

struct flow_insn {
    struct insn insn;
    uint32_t block; ///< The block it is in; FLOW_NONE for padding behind a jump or return.
    bool nop;
    bool packed; ///< Computes on several numbers at once.
    bool choice; ///< Moves on a condition.
};

struct flow_block {
    uint32_t first; ///< Its first instruction.
    uint32_t end;   ///< Behind its last instruction.
};

enum flow_edge_kind {
    FLOW_EDGE_ENTER,   ///< Entry -> first block.
    FLOW_EDGE_FALL,    ///< Into the block behind.
    FLOW_EDGE_TAKEN,   ///< By a direct jump or branch.
    FLOW_EDGE_TO_HUB,  ///< By an indirect jump.
    FLOW_EDGE_LABEL,   ///< Hub -> target of indirect jumps.
    FLOW_EDGE_LANDING, ///< Out of a call that an exception left.
    FLOW_EDGE_LEAVE,   ///< Block -> exit: a return, a tail call, the end of the code.
};

struct flow_edge {
    enum flow_edge_kind kind;
    uint32_t
        insn; ///< The instruction that control leaves its block at; FLOW_NONE where there is none.
};

struct flow {
    struct flow_insn *insns; ///< By address.
    uint32_t insn_count;
    struct flow_block *blocks; ///< By address.
    uint32_t block_count;
    struct graph graph;      ///< Nodes are blocks and the three below.
    struct flow_edge *edges; ///< Per edge of the graph.
    uint32_t hub;
    uint32_t entry;
    uint32_t exit;
};

#define FLOW_REASON_MAX 128

/** Why a function's flow is not sure. */
struct flow_doubt {
    char reason[FLOW_REASON_MAX]; ///< One line, lower case, no full stop; names the address.
};

/**
 * Find the flow of a function.
 *
 * @param[out] ret Free with flow_deinit(). Untouched when the flow is not sure.
 * @param[out] doubt Why the flow is not sure.
 * @return Whether it is.
 */
bool flow_init(struct flow *ret, const struct flow_source *source, struct insn_decoder *decoder,
               struct flow_doubt *doubt);

/** Free what it holds; a zeroed struct is allowed. */
void flow_deinit(struct flow *flow);

/** The instruction that starts at an address, or FLOW_NONE. */
uint32_t flow_insn_at(const struct flow *flow, uint64_t addr);

/** Address of the first instruction of a block. */
uint64_t flow_block_addr(const struct flow *flow, uint32_t block);

/** The last instruction of a block. */
const struct flow_insn *flow_block_last(const struct flow *flow, uint32_t block);

/** Whether an instruction is a direct jump, without condition, to an instruction of the function. */
bool flow_is_inner_jump(const struct flow *flow, const struct flow_insn *insn);

#endif
