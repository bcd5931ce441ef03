#include "preload/call_frames.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { REGISTER_BP = 6, REGISTER_SP = 7, REGISTER_RA = 16 };
enum { STATES_MAX = 8 };

// How pointers are encoded.
enum {
    ENCODED_UDATA4 = 0x03,
    ENCODED_UDATA8 = 0x04,
    ENCODED_SDATA4 = 0x0b,
    ENCODED_SDATA8 = 0x0c,
    ENCODED_FORMAT = 0x0f,
    ENCODED_PCREL = 0x10,
    ENCODED_DATAREL = 0x30,
};

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

struct cursor {
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
};

// How one register of the caller is found.
struct place {
    enum { PLACE_KEPT, PLACE_AT_CFA, PLACE_AT_BP, PLACE_UNDEFINED, PLACE_OTHER } kind;
    int64_t offset;
};

struct row {
    enum { CFA_IS_OTHER, CFA_IS_REGISTER, CFA_IS_AT_BP } cfa;
    uint64_t cfa_register;
    int64_t cfa_offset;
    struct place bp;
    struct place ra;
};

// A common information entry.
struct common {
    struct cursor instructions;
    uint64_t code_align;
    int64_t data_align;
    uint8_t pointers;
    bool sized; // Augmentation data is preceded by its size.
};

struct program {
    const struct common *common;
    uint64_t at;
    uint64_t pc;
    struct row row;
    struct row first; // As the common entry leaves it.
    struct row states[STATES_MAX];
    size_t n_states;
};

// ---- reading

static uint64_t take(struct cursor *cursor, size_t size)
{
    uint64_t value = 0;

    if ((size_t)(cursor->end - cursor->at) < size) {
        cursor->bad = true;
        return 0;
    }
    memcpy(&value, cursor->at, size);
    cursor->at += size;
    return value;
}

static uint64_t take_uleb(struct cursor *cursor)
{
    uint64_t value = 0;

    for (unsigned shift = 0;; shift += 7) {
        uint64_t byte = take(cursor, 1);
        if (shift < 64)
            value |= (byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
}

static int64_t take_sleb(struct cursor *cursor)
{
    uint64_t value = 0;

    for (unsigned shift = 0;;) {
        uint64_t byte = take(cursor, 1);
        if (shift < 64)
            value |= (byte & 0x7f) << shift;
        shift += 7;
        if (!(byte & 0x80))
            return (int64_t)(shift < 64 && (byte & 0x40) ? value | UINT64_MAX << shift : value);
    }
}

static void skip(struct cursor *cursor, uint64_t size)
{
    if ((uint64_t)(cursor->end - cursor->at) < size)
        cursor->bad = true;
    else
        cursor->at += size;
}

static uint64_t take_format(struct cursor *cursor, uint8_t encoding)
{
    switch (encoding & ENCODED_FORMAT) {
    case ENCODED_UDATA4:
        return take(cursor, 4);
    case ENCODED_SDATA4:
        return (uint64_t)(int64_t)(int32_t)(uint32_t)take(cursor, 4);
    case 0:
    case ENCODED_UDATA8:
    case ENCODED_SDATA8:
        return take(cursor, 8);
    default:
        cursor->bad = true;
        return 0;
    }
}

static uint64_t take_pointer(struct cursor *cursor, uint8_t encoding)
{
    uint64_t place = (uint64_t)(uintptr_t)cursor->at;
    uint64_t value = take_format(cursor, encoding);

    if (encoding & 0x70 && (encoding & 0x70) != ENCODED_PCREL)
        cursor->bad = true;
    return encoding & ENCODED_PCREL ? place + value : value;
}

// ---- entries

// The last entry of the sorted table that starts at or before pc; NULL = none.
static const uint8_t *find_entry(const uint8_t *header, uint64_t pc)
{
    int64_t wanted = (int64_t)(pc - (uint64_t)(uintptr_t)header);
    int32_t pair[2];
    uint32_t count;

    if (header[0] != 1 || (header[1] & ENCODED_FORMAT) != ENCODED_SDATA4 ||
        header[2] != ENCODED_UDATA4 || header[3] != (ENCODED_DATAREL | ENCODED_SDATA4))
        return NULL;
    memcpy(&count, header + 8, sizeof count);
    const uint8_t *table = header + 12;
    size_t low = 0;
    for (size_t high = count; low < high;) {
        size_t middle = low + (high - low) / 2;
        memcpy(pair, table + middle * sizeof pair, sizeof pair);
        if (pair[0] <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return NULL;
    memcpy(pair, table + (low - 1) * sizeof pair, sizeof pair);
    return header + pair[1];
}

static struct cursor entry_at(const uint8_t *at)
{
    uint32_t length;

    memcpy(&length, at, sizeof length);
    // Lengths of 64 bits are not for code of this size.
    if (length == UINT32_MAX)
        length = 0;
    return (struct cursor){.at = at + 4, .end = at + 4 + length};
}

static bool read_augmentation(struct cursor *entry, const char *letters, struct common *ret)
{
    if (*letters == 'z') {
        ret->sized = true;
        take_uleb(entry);
        letters++;
    }
    for (; *letters; letters++) {
        if (*letters == 'R')
            ret->pointers = (uint8_t)take(entry, 1);
        else if (*letters == 'L')
            take(entry, 1);
        else if (*letters == 'P')
            take_format(entry, (uint8_t)take(entry, 1));
        else
            return false; // 'S': the frame of a signal's handler, among others.
    }
    return true;
}

static bool read_common(const uint8_t *at, struct common *ret)
{
    struct cursor entry = entry_at(at);

    *ret = (struct common){0};
    if (take(&entry, 4) != 0)
        return false;
    uint64_t version = take(&entry, 1);
    const char *letters = (const char *)entry.at;
    while (take(&entry, 1))
        ;
    ret->code_align = take_uleb(&entry);
    ret->data_align = take_sleb(&entry);
    uint64_t ra = version == 1 ? take(&entry, 1) : take_uleb(&entry);
    if ((version != 1 && version != 3) || ra != REGISTER_RA || entry.bad ||
        !read_augmentation(&entry, letters, ret))
        return false;
    ret->instructions = entry;
    return !entry.bad;
}

// ---- instructions

static struct place *place_of(struct row *row, uint64_t reg)
{
    return reg == REGISTER_BP ? &row->bp : reg == REGISTER_RA ? &row->ra : NULL;
}

static void set_place(struct row *row, uint64_t reg, struct place place)
{
    struct place *of = place_of(row, reg);

    if (of)
        *of = place;
}

static void restore(struct program *program, uint64_t reg)
{
    const struct place *first = place_of(&program->first, reg);

    if (first)
        set_place(&program->row, reg, *first);
}

static void define(struct row *row, uint64_t reg, int64_t offset)
{
    row->cfa = CFA_IS_REGISTER;
    row->cfa_register = reg;
    row->cfa_offset = offset;
}

// A block of bytes that is preceded by its size.
static struct cursor take_block(struct cursor *code)
{
    uint64_t size = take_uleb(code);
    struct cursor block = {.at = code->at, .end = code->at};

    skip(code, size);
    if (!code->bad)
        block.end = code->at;
    return block;
}

// What gcc emits where a function aligns its stack: the CFA is stored at bp + offset.
static void define_by_expression(struct row *row, struct cursor *code)
{
    struct cursor block = take_block(code);
    bool is_bp = take(&block, 1) == OP_BREG6;
    int64_t offset = take_sleb(&block);
    bool is_stored = take(&block, 1) == OP_DEREF && block.at == block.end;

    row->cfa = is_bp && is_stored && !block.bad ? CFA_IS_AT_BP : CFA_IS_OTHER;
    row->cfa_offset = offset;
}

// And its caller's bp, at bp + offset.
static struct place take_expression(struct cursor *code)
{
    struct cursor block = take_block(code);
    bool is_bp = take(&block, 1) == OP_BREG6;
    int64_t offset = take_sleb(&block);
    bool is_all = is_bp && block.at == block.end && !block.bad;

    return (struct place){is_all ? PLACE_AT_BP : PLACE_OTHER, offset};
}

static void remember(struct program *program, struct cursor *code)
{
    if (program->n_states == STATES_MAX)
        code->bad = true;
    else
        program->states[program->n_states++] = program->row;
}

static void recall(struct program *program, struct cursor *code)
{
    if (!program->n_states)
        code->bad = true;
    else
        program->row = program->states[--program->n_states];
}

static void advance(struct program *program, uint64_t delta)
{
    program->at += delta * program->common->code_align;
}

static int64_t scaled(const struct program *program, uint64_t offset)
{
    return (int64_t)offset * program->common->data_align;
}

// Those that say where the CFA is. False for others.
static bool run_definition(struct program *program, struct cursor *code, uint8_t op)
{
    struct row *row = &program->row;
    uint64_t reg;

    switch (op) {
    case CFA_DEF:
        reg = take_uleb(code);
        define(row, reg, (int64_t)take_uleb(code));
        return true;
    case CFA_DEF_SF:
        reg = take_uleb(code);
        define(row, reg, take_sleb(code) * program->common->data_align);
        return true;
    case CFA_DEF_REGISTER:
        row->cfa_register = take_uleb(code);
        return true;
    case CFA_DEF_OFFSET:
        row->cfa_offset = (int64_t)take_uleb(code);
        return true;
    case CFA_DEF_OFFSET_SF:
        row->cfa_offset = take_sleb(code) * program->common->data_align;
        return true;
    case CFA_DEF_EXPRESSION:
        define_by_expression(row, code);
        return true;
    default:
        return false;
    }
}

// Those that say where a register is. False for others.
static bool run_register(struct program *program, struct cursor *code, uint8_t op)
{
    struct row *row = &program->row;
    bool known = op >= CFA_OFFSET_EXTENDED && op <= CFA_REGISTER;

    if (!known && (op < CFA_EXPRESSION || op > CFA_VAL_EXPRESSION || op == CFA_DEF_SF ||
                   op == CFA_DEF_OFFSET_SF))
        return false;
    uint64_t reg = take_uleb(code);
    switch (op) {
    case CFA_OFFSET_EXTENDED:
        set_place(row, reg, (struct place){PLACE_AT_CFA, scaled(program, take_uleb(code))});
        break;
    case CFA_OFFSET_EXTENDED_SF:
        set_place(row, reg,
                  (struct place){PLACE_AT_CFA, take_sleb(code) * program->common->data_align});
        break;
    case CFA_RESTORE_EXTENDED:
        restore(program, reg);
        break;
    case CFA_UNDEFINED:
        set_place(row, reg, (struct place){.kind = PLACE_UNDEFINED});
        break;
    case CFA_SAME:
        set_place(row, reg, (struct place){.kind = PLACE_KEPT});
        break;
    case CFA_EXPRESSION:
        set_place(row, reg, take_expression(code));
        break;
    case CFA_VAL_EXPRESSION:
        take_block(code);
        set_place(row, reg, (struct place){.kind = PLACE_OTHER});
        break;
    default: // Values of other registers or of the CFA.
        take_uleb(code);
        set_place(row, reg, (struct place){.kind = PLACE_OTHER});
        break;
    }
    return true;
}

static void run_other(struct program *program, struct cursor *code, uint8_t op)
{
    switch (op) {
    case CFA_NOP:
        break;
    case CFA_ADVANCE_1:
        advance(program, take(code, 1));
        break;
    case CFA_ADVANCE_2:
        advance(program, take(code, 2));
        break;
    case CFA_ADVANCE_4:
        advance(program, take(code, 4));
        break;
    case CFA_REMEMBER:
        remember(program, code);
        break;
    case CFA_RESTORE_STATE:
        recall(program, code);
        break;
    case CFA_GNU_ARGS_SIZE:
        take_uleb(code);
        break;
    default:
        code->bad = true;
    }
}

static void run_one(struct program *program, struct cursor *code)
{
    uint8_t op = (uint8_t)take(code, 1);
    uint8_t operand = op & 0x3f;

    switch (op & 0xc0) {
    case CFA_ADVANCE:
        advance(program, operand);
        break;
    case CFA_OFFSET:
        set_place(&program->row, operand,
                  (struct place){PLACE_AT_CFA, scaled(program, take_uleb(code))});
        break;
    case CFA_RESTORE:
        restore(program, operand);
        break;
    default:
        if (!run_definition(program, code, op) && !run_register(program, code, op))
            run_other(program, code, op);
    }
}

// Up to the row that holds at pc.
static bool run(struct program *program, struct cursor code)
{
    while (code.at < code.end && !code.bad) {
        struct row before = program->row;
        run_one(program, &code);
        if (program->at > program->pc) {
            program->row = before;
            break;
        }
    }
    return !code.bad;
}

// ---- rules

static struct stack_rule rule_of(const struct row *row)
{
    struct stack_rule none = {.cfa = STACK_RULE_NONE};
    struct stack_rule rule = {.cfa_offset = (int32_t)row->cfa_offset,
                              .bp_offset = (int32_t)row->bp.offset};

    if (row->ra.kind == PLACE_UNDEFINED)
        return (struct stack_rule){.cfa = STACK_RULE_END};
    if (row->ra.kind != PLACE_AT_CFA || row->ra.offset != -8)
        return none;
    if (row->cfa == CFA_IS_AT_BP)
        rule.cfa = STACK_RULE_AT_BP;
    else if (row->cfa == CFA_IS_REGISTER && row->cfa_register == REGISTER_SP)
        rule.cfa = STACK_RULE_SP;
    else if (row->cfa == CFA_IS_REGISTER && row->cfa_register == REGISTER_BP)
        rule.cfa = STACK_RULE_BP;
    else
        return none;
    // What is undefined is not looked at by the caller.
    if (row->bp.kind == PLACE_AT_CFA)
        rule.bp = STACK_RULE_BP_AT_CFA;
    else if (row->bp.kind == PLACE_AT_BP)
        rule.bp = STACK_RULE_BP_AT_BP;
    else if (row->bp.kind == PLACE_OTHER)
        return none;
    bool fits = rule.cfa_offset == row->cfa_offset && rule.bp_offset == row->bp.offset;
    return fits ? rule : none;
}

struct stack_rule call_frames_rule(const uint8_t *header, uint64_t pc)
{
    const struct stack_rule none = {.cfa = STACK_RULE_NONE};
    const uint8_t *at = find_entry(header, pc);
    struct common common;

    if (!at)
        return none;
    struct cursor entry = entry_at(at);
    const uint8_t *place = entry.at;
    uint64_t back = take(&entry, 4);
    if (entry.bad || !back || !read_common(place - back, &common))
        return none;
    uint64_t start = take_pointer(&entry, common.pointers);
    uint64_t size = take_format(&entry, common.pointers);
    if (common.sized)
        skip(&entry, take_uleb(&entry));
    if (entry.bad || pc < start || pc - start >= size)
        return none;
    struct program program = {.common = &common, .at = start, .pc = pc};
    if (!run(&program, common.instructions))
        return none;
    program.first = program.row;
    return run(&program, entry) ? rule_of(&program.row) : none;
}
