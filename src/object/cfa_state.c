#include "object/cfa_state.h"

#include "object/cfa_opcodes.h"

static void define_cfa(struct cfa_state *state, uint64_t reg, int64_t offset)
{
    state->cfa = (struct cfa){reg, offset, true};
}

static int64_t factored(const struct cfa_state *state, int64_t operand)
{
    return (int64_t)((uint64_t)operand * (uint64_t)state->cie->data_alignment);
}

// Pass over the operands of an instruction that has nothing to do with the CFA. False when it is unknown.
static bool skip_operands(uint8_t op, struct cursor *program)
{
    switch (op) {
    case DW_CFA_OFFSET_EXTENDED:
    case DW_CFA_REGISTER:
    case DW_CFA_VAL_OFFSET:
    case DW_CFA_OFFSET_EXTENDED_SF:
    case DW_CFA_VAL_OFFSET_SF:
    case DW_CFA_GNU_NEGATIVE_OFFSET_EXTENDED:
        cursor_uleb(program);
        cursor_uleb(program);
        return true;
    case DW_CFA_RESTORE_EXTENDED:
    case DW_CFA_UNDEFINED:
    case DW_CFA_SAME_VALUE:
    case DW_CFA_GNU_ARGS_SIZE:
        cursor_uleb(program);
        return true;
    case DW_CFA_EXPRESSION:
    case DW_CFA_VAL_EXPRESSION:
        cursor_uleb(program);
        cursor_skip(program, cursor_uleb(program));
        return true;
    default:
        return op == DW_CFA_NOP;
    }
}

static bool follow_states(struct cfa_state *state, uint8_t op)
{
    if (op == DW_CFA_REMEMBER_STATE) {
        if (state->n_remembered == CFA_STATES_MAX)
            return false;
        state->remembered[state->n_remembered++] = state->cfa;
        return true;
    }
    if (!state->n_remembered)
        return false;
    state->cfa = state->remembered[--state->n_remembered];
    return true;
}

bool cfa_state_follow(struct cfa_state *state, uint8_t op, struct cursor *program)
{
    uint64_t reg;

    switch (op) {
    case DW_CFA_DEF_CFA:
        reg = cursor_uleb(program);
        define_cfa(state, reg, (int64_t)cursor_uleb(program));
        return true;
    case DW_CFA_DEF_CFA_SF:
        reg = cursor_uleb(program);
        define_cfa(state, reg, factored(state, cursor_sleb(program)));
        return true;
    case DW_CFA_DEF_CFA_REGISTER:
        state->cfa.reg = cursor_uleb(program);
        return true;
    case DW_CFA_DEF_CFA_OFFSET:
        state->cfa.offset = (int64_t)cursor_uleb(program);
        return true;
    case DW_CFA_DEF_CFA_OFFSET_SF:
        state->cfa.offset = factored(state, cursor_sleb(program));
        return true;
    case DW_CFA_DEF_CFA_EXPRESSION:
        state->cfa.known = false;
        cursor_skip(program, cursor_uleb(program));
        return true;
    case DW_CFA_REMEMBER_STATE:
    case DW_CFA_RESTORE_STATE:
        return follow_states(state, op);
    default:
        return skip_operands(op, program);
    }
}

void cfa_state_init(struct cfa_state *ret, const struct cfa_cie *cie)
{
    struct cursor program = cie->program;

    *ret = (struct cfa_state){.cie = cie};
    while (cursor_left(&program)) {
        uint8_t op = cursor_u8(&program);
        if ((op & 0xc0) == DW_CFA_OFFSET)
            cursor_uleb(&program);
        else if ((op & 0xc0) != DW_CFA_RESTORE && !cfa_state_follow(ret, op, &program))
            return;
    }
}
