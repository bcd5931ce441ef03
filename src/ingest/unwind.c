// A walk keeps three values from frame to frame: instruction, stack and frame pointer. All
// registers are known in the leaf, and again in a frame that a signal broke into (from its
// ucontext); rows that count from another register than these two can be followed only there.
#include "ingest/unwind.h"

#include <string.h>

/** The registers of a frame. */
struct state {
    uint64_t values[EVENT_REG_COUNT];
    bool all_known; ///< Else only IP, SP and BP.
    bool is_call;   ///< IP is a return address.
};

/** How a step went. */
enum step {
    STEP_OK,
    STEP_END,
    STEP_NO_RULE,
    STEP_OUTSIDE, // the value lies outside the copy of the stack
};

// DWARF's numbering of registers in event.h's names. @source System V ABI AMD64 figure 3.36
static const uint8_t dwarf_registers[] = {
    EVENT_REG_AX,  EVENT_REG_DX,  EVENT_REG_CX,  EVENT_REG_BX,  EVENT_REG_SI,  EVENT_REG_DI,
    EVENT_REG_BP,  EVENT_REG_SP,  EVENT_REG_R8,  EVENT_REG_R9,  EVENT_REG_R10, EVENT_REG_R11,
    EVENT_REG_R12, EVENT_REG_R13, EVENT_REG_R14, EVENT_REG_R15,
};

// The order of the general registers in a ucontext. @source sys/ucontext.h, REG_R8 ... REG_RIP
static const uint8_t ucontext_registers[] = {
    EVENT_REG_R8,  EVENT_REG_R9,  EVENT_REG_R10, EVENT_REG_R11, EVENT_REG_R12, EVENT_REG_R13,
    EVENT_REG_R14, EVENT_REG_R15, EVENT_REG_DI,  EVENT_REG_SI,  EVENT_REG_BP,  EVENT_REG_BX,
    EVENT_REG_DX,  EVENT_REG_AX,  EVENT_REG_CX,  EVENT_REG_SP,  EVENT_REG_IP,
};

// Where they start in it [bytes]: behind uc_flags, uc_link and uc_stack.
enum { UCONTEXT_REGISTERS = 40 };

static bool read_stack(const struct unwind_memory *memory, uint64_t addr, uint64_t *ret)
{
    uint64_t offset = addr - memory->addr;

    if (addr < memory->addr || memory->size < sizeof *ret || offset > memory->size - sizeof *ret)
        return false;
    memcpy(ret, memory->bytes + offset, sizeof *ret);
    return true;
}

// The value of the register a row counts from.
static bool base_register(const struct state *state, uint8_t dwarf_register, uint64_t *ret)
{
    bool kept = dwarf_register == UNWIND_REG_BP || dwarf_register == UNWIND_REG_SP;

    if (dwarf_register >= sizeof dwarf_registers || !(kept || state->all_known))
        return false;
    *ret = state->values[dwarf_registers[dwarf_register]];
    return true;
}

static enum step find_cfa(const struct state *state, const struct unwind_row *row,
                          const struct unwind_memory *memory, uint64_t *ret)
{
    uint64_t base;

    if (!base_register(state, row->cfa_register, &base))
        return STEP_NO_RULE;
    if (row->cfa == UNWIND_CFA_PLT) {
        bool pushed = (state->values[EVENT_REG_IP] & 15) >= (uint64_t)row->cfa_offset;
        *ret = base + (pushed ? 16 : 8);
        return STEP_OK;
    }
    uint64_t addr = base + (uint64_t)(int64_t)row->cfa_offset;
    if (row->cfa == UNWIND_CFA_DEREF)
        return read_stack(memory, addr, ret) ? STEP_OK : STEP_OUTSIDE;
    *ret = addr;
    return STEP_OK;
}

// The caller's frame pointer. One that cannot be read keeps its value: it is seldom needed.
static uint64_t find_bp(const struct state *state, const struct unwind_row *row,
                        const struct unwind_memory *memory, uint64_t cfa)
{
    uint64_t bp = state->values[EVENT_REG_BP];
    uint64_t offset = (uint64_t)(int64_t)row->bp_offset;

    if (row->bp == UNWIND_BP_AT_CFA)
        read_stack(memory, cfa + offset, &bp);
    else if (row->bp == UNWIND_BP_AT_BP)
        read_stack(memory, bp + offset, &bp);
    return bp;
}

static enum step step_signal(struct state *state, const struct unwind_memory *memory)
{
    uint64_t context = state->values[EVENT_REG_SP] + UCONTEXT_REGISTERS;
    struct state caller = {.all_known = true, .is_call = false};

    for (size_t i = 0; i < sizeof ucontext_registers; i++) {
        if (!read_stack(memory, context + 8 * i, &caller.values[ucontext_registers[i]]))
            return STEP_OUTSIDE;
    }
    *state = caller;
    return STEP_OK;
}

// Step to the caller whose stack pointer is `cfa`.
static enum step step_to(struct state *state, uint64_t return_addr, uint64_t cfa, uint64_t bp)
{
    state->values[EVENT_REG_IP] = return_addr;
    state->values[EVENT_REG_SP] = cfa;
    state->values[EVENT_REG_BP] = bp;
    state->all_known = false;
    state->is_call = true;
    // The first frame of a thread was entered with 0 as its return address.
    return return_addr ? STEP_OK : STEP_END;
}

static enum step step_by_row(struct state *state, const struct unwind_row *row,
                             const struct unwind_memory *memory)
{
    uint64_t cfa;
    uint64_t return_addr;

    if (row->cfa == UNWIND_CFA_END)
        return STEP_END;
    if (row->cfa == UNWIND_CFA_SIGNAL)
        return step_signal(state, memory);
    enum step step = find_cfa(state, row, memory, &cfa);
    if (step != STEP_OK)
        return step;
    if (row->ra_in && !base_register(state, row->ra_in - 1, &return_addr))
        return STEP_NO_RULE;
    if (!row->ra_in && !read_stack(memory, cfa - 8, &return_addr))
        return STEP_OUTSIDE;
    return step_to(state, return_addr, cfa, find_bp(state, row, memory, cfa));
}

// Step by the chain of frame pointers: [rbp] is the caller's rbp, [rbp + 8] the return address.
static enum step step_by_frame_pointer(struct state *state, const struct unwind_memory *memory,
                                       const struct unwind_lookup *lookup)
{
    uint64_t bp = state->values[EVENT_REG_BP];
    uint64_t caller_bp;
    uint64_t return_addr;

    if (bp < state->values[EVENT_REG_SP] || bp % 8 != 0)
        return STEP_NO_RULE;
    if (!read_stack(memory, bp, &caller_bp) || !read_stack(memory, bp + 8, &return_addr))
        return STEP_NO_RULE;
    if (return_addr && !lookup->find(lookup->context, return_addr - 1).executable)
        return STEP_NO_RULE;
    return step_to(state, return_addr, bp + 16, caller_bp);
}

static bool has_rule(const struct unwind_row *row)
{
    return row && row->cfa != UNWIND_CFA_NO_INFO && row->cfa != UNWIND_CFA_UNKNOWN;
}

// Step from the frame in `state`, whose code is `code`, to its caller.
static enum step step_frame(struct state *state, const struct unwind_code *code,
                            const struct unwind_memory *memory, const struct unwind_lookup *lookup,
                            struct unwind_stack *stack)
{
    if (has_rule(code->row))
        return step_by_row(state, code->row, memory);
    enum step step = step_by_frame_pointer(state, memory, lookup);
    stack->n_guessed += step == STEP_OK || step == STEP_END;
    return step;
}

static enum unwind_end end_of(enum step step)
{
    switch (step) {
    case STEP_END:
        return UNWIND_COMPLETE;
    case STEP_OUTSIDE:
        return UNWIND_TRUNCATED;
    default:
        return UNWIND_NO_RULE;
    }
}

// A call may be the last instruction of its function: its return address belongs to the next one. But
// some code is entered by a return, and nothing of it lies before: what returns from signals, whose rules
// start one byte early for that, and where coroutines begin (makecontext).
static struct unwind_code code_of(struct state *state, const struct unwind_lookup *lookup)
{
    uint64_t ip = state->values[EVENT_REG_IP];

    if (!state->is_call)
        return lookup->find(lookup->context, ip);
    struct unwind_code before = lookup->find(lookup->context, ip - 1);
    if (has_rule(before.row)) {
        state->is_call = before.row->cfa != UNWIND_CFA_SIGNAL;
        return before;
    }
    struct unwind_code here = lookup->find(lookup->context, ip);
    if (!before.row || !has_rule(here.row))
        return before;
    state->is_call = false;
    return here;
}

static struct unwind_frame *add_frame(struct unwind_stack *stack, const struct state *state)
{
    struct unwind_frame *frame = &stack->frames[stack->n_frames++];

    frame->run_addr = state->values[EVENT_REG_IP];
    frame->is_call = state->is_call;
    frame->cfa = 0;
    return frame;
}

// Stacks grow down, so callers lie above; only a signal may come from another stack. Code whose return
// address is in a register may have no frame of its own left.
static bool has_moved_up(const struct unwind_code *code, uint64_t caller_sp, uint64_t sp)
{
    return caller_sp > sp || (caller_sp == sp && has_rule(code->row) && code->row->ra_in);
}

static enum unwind_end walk(struct state *state, const struct unwind_memory *memory,
                            const struct unwind_lookup *lookup, struct unwind_stack *stack)
{
    for (;;) {
        struct unwind_code code = code_of(state, lookup);
        if (stack->n_frames && !code.executable)
            return UNWIND_BROKEN;
        if (stack->n_frames == UNWIND_FRAMES_MAX)
            return UNWIND_LIMIT;
        struct unwind_frame *frame = add_frame(stack, state);
        uint64_t sp = state->values[EVENT_REG_SP];
        enum step step = step_frame(state, &code, memory, lookup, stack);
        if (step != STEP_OK)
            return end_of(step);
        if (state->is_call && !has_moved_up(&code, state->values[EVENT_REG_SP], sp))
            return UNWIND_BROKEN;
        frame->cfa = state->values[EVENT_REG_SP];
    }
}

void unwind_walk(const uint64_t registers[EVENT_REG_COUNT], const struct unwind_memory *memory,
                 const struct unwind_lookup *lookup, struct unwind_stack *ret)
{
    struct state state = {.all_known = true};

    memcpy(state.values, registers, sizeof state.values);
    ret->n_frames = 0;
    ret->n_guessed = 0;
    ret->end = walk(&state, memory, lookup, ret);
}
