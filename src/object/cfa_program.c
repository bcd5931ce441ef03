#include "object/cfa_program.h"

#include <string.h>

#include "object/cfa_opcodes.h"

// @source DWARF 5 table 7.9
enum {
    DW_OP_DEREF = 0x06,
    DW_OP_AND = 0x1a,
    DW_OP_PLUS = 0x22,
    DW_OP_SHL = 0x24,
    DW_OP_GE = 0x2a,
    DW_OP_LIT0 = 0x30,
    DW_OP_LIT3 = 0x33,
    DW_OP_LIT15 = 0x3f,
    DW_OP_LIT31 = 0x4f,
    DW_OP_BREG0 = 0x70,
    DW_OP_BREG6 = 0x76,
    DW_OP_BREG7 = 0x77,
    DW_OP_BREG16 = 0x80,
    DW_OP_BREG31 = 0x8f,
};

// Remembered states nest; compilers go two deep.
enum { STATES_MAX = 8 };

/** The machine that runs the instructions. */
struct machine {
    const struct cfa_cie *cie;
    struct cursor program;
    uint64_t addr;
    uint64_t end;
    struct unwind_row rules;
    struct unwind_row initial; ///< Rules behind the CIE's own instructions.
    struct unwind_row remembered[STATES_MAX];
    unsigned n_remembered;
    bool ra_undefined;
    bool bad;
    cfa_row_receiver *receive;
    void *context;
};

static void emit(struct machine *m)
{
    static const struct unwind_row end = {.cfa = UNWIND_CFA_END, .bp = UNWIND_BP_LOST};
    static const struct unwind_row signal = {.cfa = UNWIND_CFA_SIGNAL, .bp = UNWIND_BP_LOST};

    if (m->cie->is_signal)
        m->receive(m->context, m->addr, &signal);
    else
        m->receive(m->context, m->addr, m->ra_undefined ? &end : &m->rules);
}

// A factored operand, in bytes. Unsigned, because a damaged operand may be anything.
static int64_t factored(const struct machine *m, uint64_t operand)
{
    return (int64_t)(operand * (uint64_t)m->cie->data_alignment);
}

// The rules so far held up to here; new ones may follow.
static void advance(struct machine *m, uint64_t delta)
{
    emit(m);
    uint64_t addr = m->addr + delta * m->cie->code_alignment;

    if (addr < m->addr || addr > m->end) {
        m->bad = true;
        return;
    }
    m->addr = addr;
}

static void set_cfa_offset(struct machine *m, int64_t offset)
{
    if (offset != (int32_t)offset)
        m->bad = true;
    m->rules.cfa_offset = (int32_t)offset;
}

static void set_cfa(struct machine *m, uint64_t reg, int64_t offset)
{
    m->rules.cfa = UNWIND_CFA_REGISTER;
    m->rules.cfa_register = (uint8_t)(reg < UNWIND_REG_RA ? reg : UINT8_MAX);
    set_cfa_offset(m, offset);
}

// A register was saved at CFA + offset. Only rbp matters; the return address is always at CFA - 8.
static void set_saved(struct machine *m, uint64_t reg, int64_t offset)
{
    if (reg == UNWIND_REG_RA) {
        m->ra_undefined = false;
        m->rules.ra_in = 0;
    }
    if (reg != UNWIND_REG_BP)
        return;
    m->rules.bp = offset == (int16_t)offset ? UNWIND_BP_AT_CFA : UNWIND_BP_LOST;
    m->rules.bp_offset = (int16_t)offset;
}

static void set_undefined(struct machine *m, uint64_t reg)
{
    if (reg == UNWIND_REG_RA)
        m->ra_undefined = true;
    else if (reg == UNWIND_REG_BP)
        m->rules.bp = UNWIND_BP_LOST;
}

static void restore_register(struct machine *m, uint64_t reg)
{
    if (reg == UNWIND_REG_RA)
        m->rules.ra_in = m->initial.ra_in;
    if (reg != UNWIND_REG_BP)
        return;
    m->rules.bp = m->initial.bp;
    m->rules.bp_offset = m->initial.bp_offset;
}

// A register's value is in another one.
static void set_in_register(struct machine *m, uint64_t reg, uint64_t other)
{
    if (reg == UNWIND_REG_BP)
        m->rules.bp = UNWIND_BP_LOST;
    if (reg != UNWIND_REG_RA)
        return;
    m->rules.ra_in = (uint8_t)(other < UNWIND_REG_RA ? other + 1 : 0);
    if (!m->rules.ra_in)
        m->rules.cfa = UNWIND_CFA_UNKNOWN;
}

static struct cursor read_block(struct machine *m)
{
    uint64_t size = cursor_uleb(&m->program);
    const uint8_t *start = cursor_skip(&m->program, size);

    return start ? cursor_make(start, size) : cursor_make(m->program.pos, 0);
}

// "breg N offset" as the first operation of an expression.
static bool read_breg(struct cursor *expression, uint8_t *reg_ret, int64_t *offset_ret)
{
    uint8_t op = cursor_u8(expression);

    if (op < DW_OP_BREG0 || op > DW_OP_BREG31)
        return false;
    *reg_ret = (uint8_t)(op - DW_OP_BREG0);
    *offset_ret = cursor_sleb(expression);
    return !expression->failed;
}

// The one expression that linkers write for PLT entries:
// rsp + 8 + (((rip & 15) >= N) << 3). Reads what follows "breg7 8".
static bool read_plt_rest(struct cursor *e, int64_t *threshold_ret)
{
    uint8_t reg;
    int64_t offset;

    if (!read_breg(e, &reg, &offset) || reg != UNWIND_REG_RA || offset != 0)
        return false;
    if (cursor_u8(e) != DW_OP_LIT15 || cursor_u8(e) != DW_OP_AND)
        return false;
    uint8_t lit = cursor_u8(e);
    if (lit < DW_OP_LIT0 || lit > DW_OP_LIT31 || cursor_u8(e) != DW_OP_GE)
        return false;
    *threshold_ret = lit - DW_OP_LIT0;
    return cursor_u8(e) == DW_OP_LIT3 && cursor_u8(e) == DW_OP_SHL && cursor_u8(e) == DW_OP_PLUS &&
           !e->failed && !cursor_left(e);
}

static void set_cfa_expression(struct machine *m)
{
    struct cursor e = read_block(m);
    uint8_t reg;
    int64_t offset;

    m->rules.cfa = UNWIND_CFA_UNKNOWN;
    if (!read_breg(&e, &reg, &offset))
        return;
    if (cursor_left(&e) == 1 && *e.pos == DW_OP_DEREF) {
        set_cfa(m, reg, offset);
        m->rules.cfa = UNWIND_CFA_DEREF;
    } else if (reg == UNWIND_REG_SP && offset == 8 && read_plt_rest(&e, &offset)) {
        m->rules.cfa = UNWIND_CFA_PLT;
        m->rules.cfa_register = UNWIND_REG_SP;
        m->rules.cfa_offset = (int32_t)offset;
    }
}

// A register was saved where an expression says. rbp's own slot in a realigned frame is "breg6 N".
static void set_saved_expression(struct machine *m, bool is_value)
{
    uint64_t reg = cursor_uleb(&m->program);
    struct cursor e = read_block(m);
    uint8_t base;
    int64_t offset;

    if (reg == UNWIND_REG_RA && !m->cie->is_signal)
        m->rules.cfa = UNWIND_CFA_UNKNOWN;
    if (reg != UNWIND_REG_BP)
        return;
    m->rules.bp = UNWIND_BP_LOST;
    if (!is_value && read_breg(&e, &base, &offset) && base == UNWIND_REG_BP && !cursor_left(&e) &&
        offset == (int16_t)offset) {
        m->rules.bp = UNWIND_BP_AT_BP;
        m->rules.bp_offset = (int16_t)offset;
    }
}

static void remember(struct machine *m)
{
    if (m->n_remembered == STATES_MAX) {
        m->bad = true;
        return;
    }
    m->remembered[m->n_remembered++] = m->rules;
}

static void restore(struct machine *m)
{
    if (!m->n_remembered) {
        m->bad = true;
        return;
    }
    m->rules = m->remembered[--m->n_remembered];
}

// Instructions that change where the CFA is. False when `op` is none of them.
static bool run_cfa_instruction(struct machine *m, uint8_t op)
{
    struct cursor *p = &m->program;
    uint64_t reg;

    switch (op) {
    case DW_CFA_DEF_CFA:
        reg = cursor_uleb(p);
        set_cfa(m, reg, (int64_t)cursor_uleb(p));
        return true;
    case DW_CFA_DEF_CFA_SF:
        reg = cursor_uleb(p);
        set_cfa(m, reg, factored(m, (uint64_t)cursor_sleb(p)));
        return true;
    case DW_CFA_DEF_CFA_REGISTER:
        set_cfa(m, cursor_uleb(p), m->rules.cfa_offset);
        return true;
    case DW_CFA_DEF_CFA_OFFSET:
        set_cfa_offset(m, (int64_t)cursor_uleb(p));
        return true;
    case DW_CFA_DEF_CFA_OFFSET_SF:
        set_cfa_offset(m, factored(m, (uint64_t)cursor_sleb(p)));
        return true;
    case DW_CFA_DEF_CFA_EXPRESSION:
        set_cfa_expression(m);
        return true;
    default:
        return false;
    }
}

// Instructions that say where a register was saved. False when `op` is none of them.
static bool run_register_instruction(struct machine *m, uint8_t op)
{
    struct cursor *p = &m->program;
    uint64_t reg;

    switch (op) {
    case DW_CFA_OFFSET_EXTENDED:
        reg = cursor_uleb(p);
        set_saved(m, reg, factored(m, cursor_uleb(p)));
        return true;
    case DW_CFA_OFFSET_EXTENDED_SF:
        reg = cursor_uleb(p);
        set_saved(m, reg, factored(m, (uint64_t)cursor_sleb(p)));
        return true;
    case DW_CFA_GNU_NEGATIVE_OFFSET_EXTENDED:
        reg = cursor_uleb(p);
        set_saved(m, reg, factored(m, -cursor_uleb(p)));
        return true;
    case DW_CFA_RESTORE_EXTENDED:
        restore_register(m, cursor_uleb(p));
        return true;
    case DW_CFA_UNDEFINED:
        set_undefined(m, cursor_uleb(p));
        return true;
    case DW_CFA_SAME_VALUE:
        if (cursor_uleb(p) == UNWIND_REG_BP)
            m->rules.bp = UNWIND_BP_SAME;
        return true;
    case DW_CFA_REGISTER:
        reg = cursor_uleb(p);
        set_in_register(m, reg, cursor_uleb(p));
        return true;
    case DW_CFA_VAL_OFFSET:
    case DW_CFA_VAL_OFFSET_SF:
        // Both have two LEB128 operands, and no value that walking could use.
        set_undefined(m, cursor_uleb(p) == UNWIND_REG_BP ? UNWIND_REG_BP : UINT64_MAX);
        cursor_uleb(p);
        return true;
    case DW_CFA_EXPRESSION:
    case DW_CFA_VAL_EXPRESSION:
        set_saved_expression(m, op == DW_CFA_VAL_EXPRESSION);
        return true;
    default:
        return false;
    }
}

static void run_other_instruction(struct machine *m, uint8_t op)
{
    struct cursor *p = &m->program;

    switch (op) {
    case DW_CFA_NOP:
        break;
    case DW_CFA_ADVANCE_LOC1:
        advance(m, cursor_u8(p));
        break;
    case DW_CFA_ADVANCE_LOC2:
        advance(m, cursor_u16(p));
        break;
    case DW_CFA_ADVANCE_LOC4:
        advance(m, cursor_u32(p));
        break;
    case DW_CFA_REMEMBER_STATE:
        remember(m);
        break;
    case DW_CFA_RESTORE_STATE:
        restore(m);
        break;
    case DW_CFA_GNU_ARGS_SIZE:
        cursor_uleb(p);
        break;
    default: // DW_CFA_SET_LOC too: no compiler for x86-64 writes it.
        m->bad = true;
        break;
    }
}

static void run_instruction(struct machine *m)
{
    uint8_t op = cursor_u8(&m->program);
    uint8_t operand = op & 0x3f;

    switch (op & 0xc0) {
    case DW_CFA_ADVANCE_LOC:
        advance(m, operand);
        break;
    case DW_CFA_OFFSET:
        set_saved(m, operand, factored(m, cursor_uleb(&m->program)));
        break;
    case DW_CFA_RESTORE:
        restore_register(m, operand);
        break;
    default:
        if (!run_cfa_instruction(m, op) && !run_register_instruction(m, op))
            run_other_instruction(m, op);
        break;
    }
}

static void run_all(struct machine *m, struct cursor program)
{
    m->program = program;
    while (cursor_left(&m->program) && !m->bad) {
        run_instruction(m);
        m->bad |= m->program.failed;
    }
}

static void ignore_row(void *context, uint64_t addr, const struct unwind_row *rules)
{
    (void)context;
    (void)addr;
    (void)rules;
}

bool cfa_program_run(const struct cfa_cie *cie, struct cursor program, uint64_t start, uint64_t end,
                     cfa_row_receiver *receive, void *context)
{
    struct machine m = {
        .cie = cie,
        .addr = start,
        .end = end,
        .rules = {.cfa = UNWIND_CFA_UNKNOWN, .bp = UNWIND_BP_SAME},
        .receive = ignore_row,
        .context = context,
    };

    run_all(&m, cie->program);
    m.initial = m.rules;
    m.receive = receive;
    if (!m.bad)
        run_all(&m, program);
    if (m.addr < end)
        emit(&m);
    return !m.bad;
}
