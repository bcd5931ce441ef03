#include "preload/frame_rows.h"

enum {
    CFA_NOP = 0x00,
    CFA_ADVANCE_1 = 0x02,
    CFA_ADVANCE_2 = 0x03,
    CFA_ADVANCE_4 = 0x04,
    CFA_OFFSET_EXTENDED = 0x05,
    CFA_RESTORE_EXTENDED = 0x06,
    CFA_UNDEFINED = 0x07,
    CFA_SAME = 0x08,
    CFA_REGISTER = 0x09,
    CFA_REMEMBER = 0x0a,
    CFA_RESTORE_STATE = 0x0b,
    CFA_DEF = 0x0c,
    CFA_DEF_REGISTER = 0x0d,
    CFA_DEF_OFFSET = 0x0e,
    CFA_DEF_EXPRESSION = 0x0f,
    CFA_EXPRESSION = 0x10,
    CFA_OFFSET_EXTENDED_SF = 0x11,
    CFA_DEF_SF = 0x12,
    CFA_DEF_OFFSET_SF = 0x13,
    CFA_VAL_OFFSET = 0x14,
    CFA_VAL_EXPRESSION = 0x16,
    CFA_GNU_ARGS_SIZE = 0x2e,
    CFA_ADVANCE = 0x40, // The two highest bits; the rest is its operand.
    CFA_OFFSET = 0x80,
    CFA_RESTORE = 0xc0,
};

enum { OP_BREG6 = 0x76, OP_DEREF = 0x06 };

static struct frame_place *place_of(struct frame_row *row, uint64_t reg)
{
    return reg == FRAME_REGISTER_BP ? &row->bp : reg == FRAME_REGISTER_RA ? &row->ra : NULL;
}

static void set_place(struct frame_row *row, uint64_t reg, struct frame_place place)
{
    struct frame_place *of = place_of(row, reg);

    if (of)
        *of = place;
}

static void restore(struct frame_program *program, uint64_t reg)
{
    const struct frame_place *first = place_of(&program->first, reg);

    if (first)
        set_place(&program->row, reg, *first);
}

static void define(struct frame_row *row, uint64_t reg, int64_t offset)
{
    row->cfa = FRAME_CFA_IS_REGISTER;
    row->cfa_register = reg;
    row->cfa_offset = offset;
}

// A block of bytes that is preceded by its size.
static struct frame_bytes take_block(struct frame_bytes *code)
{
    uint64_t size = frame_bytes_take_uleb(code);
    struct frame_bytes block = {.at = code->at, .end = code->at};

    frame_bytes_skip(code, size);
    if (!code->bad)
        block.end = code->at;
    return block;
}

// What gcc emits where a function aligns its stack: the CFA is stored at bp + offset.
static void define_by_expression(struct frame_row *row, struct frame_bytes *code)
{
    struct frame_bytes block = take_block(code);
    bool is_bp = frame_bytes_take(&block, 1) == OP_BREG6;
    int64_t offset = frame_bytes_take_sleb(&block);
    bool is_stored = frame_bytes_take(&block, 1) == OP_DEREF && block.at == block.end;

    row->cfa = is_bp && is_stored && !block.bad ? FRAME_CFA_IS_AT_BP : FRAME_CFA_IS_OTHER;
    row->cfa_offset = offset;
}

// And its caller's bp, at bp + offset.
static struct frame_place take_expression(struct frame_bytes *code)
{
    struct frame_bytes block = take_block(code);
    bool is_bp = frame_bytes_take(&block, 1) == OP_BREG6;
    int64_t offset = frame_bytes_take_sleb(&block);
    bool is_all = is_bp && block.at == block.end && !block.bad;

    return (struct frame_place){is_all ? FRAME_PLACE_AT_BP : FRAME_PLACE_OTHER, offset};
}

static void remember(struct frame_program *program, struct frame_bytes *code)
{
    if (program->n_states == FRAME_STATES_MAX)
        code->bad = true;
    else
        program->states[program->n_states++] = program->row;
}

static void recall(struct frame_program *program, struct frame_bytes *code)
{
    if (!program->n_states)
        code->bad = true;
    else
        program->row = program->states[--program->n_states];
}

static void advance(struct frame_program *program, uint64_t delta)
{
    program->at += delta * program->code_align;
}

static int64_t scaled(const struct frame_program *program, uint64_t offset)
{
    return (int64_t)offset * program->data_align;
}

// Those that say where the CFA is. False for others.
static bool run_definition(struct frame_program *program, struct frame_bytes *code, uint8_t op)
{
    struct frame_row *row = &program->row;
    uint64_t reg;

    switch (op) {
    case CFA_DEF:
        reg = frame_bytes_take_uleb(code);
        define(row, reg, (int64_t)frame_bytes_take_uleb(code));
        return true;
    case CFA_DEF_SF:
        reg = frame_bytes_take_uleb(code);
        define(row, reg, frame_bytes_take_sleb(code) * program->data_align);
        return true;
    case CFA_DEF_REGISTER:
        row->cfa_register = frame_bytes_take_uleb(code);
        return true;
    case CFA_DEF_OFFSET:
        row->cfa_offset = (int64_t)frame_bytes_take_uleb(code);
        return true;
    case CFA_DEF_OFFSET_SF:
        row->cfa_offset = frame_bytes_take_sleb(code) * program->data_align;
        return true;
    case CFA_DEF_EXPRESSION:
        define_by_expression(row, code);
        return true;
    default:
        return false;
    }
}

// Those that say where a register is. False for others.
static bool run_register(struct frame_program *program, struct frame_bytes *code, uint8_t op)
{
    struct frame_row *row = &program->row;
    bool known = op >= CFA_OFFSET_EXTENDED && op <= CFA_REGISTER;

    if (!known && (op < CFA_EXPRESSION || op > CFA_VAL_EXPRESSION || op == CFA_DEF_SF ||
                   op == CFA_DEF_OFFSET_SF))
        return false;
    uint64_t reg = frame_bytes_take_uleb(code);
    switch (op) {
    case CFA_OFFSET_EXTENDED:
        set_place(
            row, reg,
            (struct frame_place){FRAME_PLACE_AT_CFA, scaled(program, frame_bytes_take_uleb(code))});
        break;
    case CFA_OFFSET_EXTENDED_SF:
        set_place(row, reg,
                  (struct frame_place){FRAME_PLACE_AT_CFA,
                                       frame_bytes_take_sleb(code) * program->data_align});
        break;
    case CFA_RESTORE_EXTENDED:
        restore(program, reg);
        break;
    case CFA_UNDEFINED:
        set_place(row, reg, (struct frame_place){.kind = FRAME_PLACE_UNDEFINED});
        break;
    case CFA_SAME:
        set_place(row, reg, (struct frame_place){.kind = FRAME_PLACE_KEPT});
        break;
    case CFA_EXPRESSION:
        set_place(row, reg, take_expression(code));
        break;
    case CFA_VAL_EXPRESSION:
        take_block(code);
        set_place(row, reg, (struct frame_place){.kind = FRAME_PLACE_OTHER});
        break;
    default: // Values of other registers or of the CFA.
        frame_bytes_take_uleb(code);
        set_place(row, reg, (struct frame_place){.kind = FRAME_PLACE_OTHER});
        break;
    }
    return true;
}

static void run_other(struct frame_program *program, struct frame_bytes *code, uint8_t op)
{
    switch (op) {
    case CFA_NOP:
        break;
    case CFA_ADVANCE_1:
        advance(program, frame_bytes_take(code, 1));
        break;
    case CFA_ADVANCE_2:
        advance(program, frame_bytes_take(code, 2));
        break;
    case CFA_ADVANCE_4:
        advance(program, frame_bytes_take(code, 4));
        break;
    case CFA_REMEMBER:
        remember(program, code);
        break;
    case CFA_RESTORE_STATE:
        recall(program, code);
        break;
    case CFA_GNU_ARGS_SIZE:
        frame_bytes_take_uleb(code);
        break;
    default:
        code->bad = true;
    }
}

static void run_one(struct frame_program *program, struct frame_bytes *code)
{
    uint8_t op = (uint8_t)frame_bytes_take(code, 1);
    uint8_t operand = op & 0x3f;

    switch (op & 0xc0) {
    case CFA_ADVANCE:
        advance(program, operand);
        break;
    case CFA_OFFSET:
        set_place(
            &program->row, operand,
            (struct frame_place){FRAME_PLACE_AT_CFA, scaled(program, frame_bytes_take_uleb(code))});
        break;
    case CFA_RESTORE:
        restore(program, operand);
        break;
    default:
        if (!run_definition(program, code, op) && !run_register(program, code, op))
            run_other(program, code, op);
    }
}

bool frame_rows_run(struct frame_program *program, struct frame_bytes code)
{
    while (code.at < code.end && !code.bad) {
        struct frame_row before = program->row;
        run_one(program, &code);
        if (program->at > program->pc) {
            program->row = before;
            break;
        }
    }
    return !code.bad;
}
