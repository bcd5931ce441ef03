// An entry is made for each longest run of places that go through one entry of the original upwards. Its
// instructions are copied as they are, up to each place's address; only the advances are made anew.
#include "object/moved_frames.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/mem.h"
#include "object/cfa_opcodes.h"
#include "object/cfa_program.h"

enum { STATES_MAX = 8, ENCODING = 0x1b }; // Addresses: relative to where they stand, 4 bytes.

/** The stack pointer's part in the CFA, as far as the instructions were followed. */
struct cfa {
    uint64_t reg;
    int64_t offset;
    bool known; ///< It is a register and an offset.
};

struct maker {
    struct moved_frames *out;
    struct unwind_table *table;
    struct cfa_cie cie;
    size_t cie_at; ///< Where the copy of `cie` starts.
    bool has_cie;
    struct cursor program;
    uint64_t addr;      ///< Of the original, up to where `program` has been followed ...
    uint64_t next_addr; ///< ... and where what comes next in it holds from.
    uint64_t written;   ///< Offset in the copy up to where the new instructions have come.
    struct cfa cfa;
    struct cfa remembered[STATES_MAX];
    unsigned n_remembered;
    uint64_t pushed; ///< What the CFA's rule has been changed by.
};

// ---- bytes

static void put(struct moved_frames *out, const void *bytes, size_t size)
{
    while (out->capacity < out->size + size) {
        out->capacity = out->capacity ? 2 * out->capacity : 4096;
        out->bytes = mem_resize(out->bytes, out->capacity, 1);
    }
    if (size)
        memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
}

static void put_u8(struct moved_frames *out, unsigned number)
{
    const uint8_t byte = (uint8_t)number;

    put(out, &byte, 1);
}

static void put_u32(struct moved_frames *out, uint64_t number)
{
    const uint32_t word = (uint32_t)number;

    put(out, &word, sizeof word);
}

static void put_uleb(struct moved_frames *out, uint64_t number)
{
    for (; number > 0x7f; number >>= 7)
        put_u8(out, (unsigned)(number & 0x7f) | 0x80);
    put_u8(out, (unsigned)number);
}

static void put_sleb(struct moved_frames *out, int64_t number)
{
    for (; number < -64 || number > 63; number >>= 7)
        put_u8(out, (unsigned)((uint64_t)number & 0x7f) | 0x80);
    put_u8(out, (unsigned)((uint64_t)number & 0x7f));
}

static size_t begin_entry(struct moved_frames *out)
{
    size_t at = out->size;

    put_u32(out, 0);
    return at;
}

// Pad with DW_CFA_nop, and write the length in front.
static void end_entry(struct moved_frames *out, size_t at)
{
    while (out->size % 8 != 0)
        put_u8(out, DW_CFA_NOP);
    uint32_t length = (uint32_t)(out->size - at - 4);
    memcpy(out->bytes + at, &length, sizeof length);
}

// ---- instructions

static void define_cfa(struct maker *m, uint64_t reg, int64_t offset)
{
    m->cfa = (struct cfa){reg, offset, true};
}

static int64_t factored(const struct maker *m, int64_t operand)
{
    return (int64_t)((uint64_t)operand * (uint64_t)m->cie.data_alignment);
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

static bool follow_states(struct maker *m, uint8_t op)
{
    if (op == DW_CFA_REMEMBER_STATE) {
        if (m->n_remembered == STATES_MAX)
            return false;
        m->remembered[m->n_remembered++] = m->cfa;
        return true;
    }
    if (!m->n_remembered)
        return false;
    m->cfa = m->remembered[--m->n_remembered];
    return true;
}

// Follow an instruction that does not advance.
static bool follow(struct maker *m, uint8_t op, struct cursor *program)
{
    uint64_t reg;

    switch (op) {
    case DW_CFA_DEF_CFA:
        reg = cursor_uleb(program);
        define_cfa(m, reg, (int64_t)cursor_uleb(program));
        return true;
    case DW_CFA_DEF_CFA_SF:
        reg = cursor_uleb(program);
        define_cfa(m, reg, factored(m, cursor_sleb(program)));
        return true;
    case DW_CFA_DEF_CFA_REGISTER:
        m->cfa.reg = cursor_uleb(program);
        return true;
    case DW_CFA_DEF_CFA_OFFSET:
        m->cfa.offset = (int64_t)cursor_uleb(program);
        return true;
    case DW_CFA_DEF_CFA_OFFSET_SF:
        m->cfa.offset = factored(m, cursor_sleb(program));
        return true;
    case DW_CFA_DEF_CFA_EXPRESSION:
        m->cfa.known = false;
        cursor_skip(program, cursor_uleb(program));
        return true;
    case DW_CFA_REMEMBER_STATE:
    case DW_CFA_RESTORE_STATE:
        return follow_states(m, op);
    default:
        return skip_operands(op, program);
    }
}

// The distance of an instruction that advances; false for all others, with the cursor where it was.
static bool read_advance(struct maker *m, uint64_t *ret)
{
    struct cursor program = m->program;
    uint8_t op = cursor_u8(&program);

    if ((op & 0xc0) == DW_CFA_ADVANCE_LOC)
        *ret = op & 0x3f;
    else if (op == DW_CFA_ADVANCE_LOC1)
        *ret = cursor_u8(&program);
    else if (op == DW_CFA_ADVANCE_LOC2)
        *ret = cursor_u16(&program);
    else if (op == DW_CFA_ADVANCE_LOC4)
        *ret = cursor_u32(&program);
    else
        return false;
    *ret *= m->cie.code_alignment;
    m->program = program;
    return true;
}

static bool copy_instruction(struct maker *m)
{
    const uint8_t *start = m->program.pos;
    uint8_t op = cursor_u8(&m->program);
    bool known = true;

    if ((op & 0xc0) == DW_CFA_OFFSET)
        cursor_uleb(&m->program);
    else if ((op & 0xc0) != DW_CFA_RESTORE)
        known = follow(m, op, &m->program);
    if (!known || m->program.failed)
        return false;
    put(m->out, start, (size_t)(m->program.pos - start));
    return true;
}

static void advance_copy(struct maker *m, uint64_t offset)
{
    if (offset == m->written)
        return;
    put_u8(m->out, DW_CFA_ADVANCE_LOC4);
    put_u32(m->out, offset - m->written);
    m->written = offset;
}

// The CFA is as far from the stack pointer as in the original, and what was pushed.
static void put_cfa_offset(struct maker *m, uint64_t pushed)
{
    put_u8(m->out, DW_CFA_DEF_CFA_OFFSET);
    put_uleb(m->out, (uint64_t)m->cfa.offset + pushed);
    m->pushed = pushed;
}

// Copy what holds from up to the place's address on. False when it cannot be followed.
static bool come_to(struct maker *m, const struct moved_place *place)
{
    if (m->pushed && m->pushed != place->pushed) {
        advance_copy(m, place->offset);
        put_cfa_offset(m, 0);
    }
    while (m->next_addr <= place->addr && cursor_left(&m->program)) {
        uint64_t distance;
        m->addr = m->next_addr;
        if (read_advance(m, &distance)) {
            m->next_addr += distance;
            continue;
        }
        advance_copy(m, place->offset);
        if (!copy_instruction(m))
            return false;
    }
    if (place->pushed && !m->pushed && m->cfa.known && m->cfa.reg == UNWIND_REG_SP) {
        advance_copy(m, place->offset);
        put_cfa_offset(m, place->pushed);
    }
    return true;
}

// ---- entries

static void put_cie(struct maker *m, const struct cfa_cie *cie)
{
    struct moved_frames *out = m->out;

    if (m->has_cie && m->cie.offset == cie->offset)
        return;
    m->cie = *cie;
    m->has_cie = true;
    m->cie_at = begin_entry(out);
    put_u32(out, 0); // It is a CIE.
    put_u8(out, 1);  // Version.
    put(out, cie->is_signal ? "zRS" : "zR", cie->is_signal ? 4 : 3);
    put_uleb(out, 1);
    put_sleb(out, cie->data_alignment);
    put_u8(out, UNWIND_REG_RA);
    put_uleb(out, 1);
    put_u8(out, ENCODING);
    put(out, cie->program.pos, cursor_left(&cie->program));
    end_entry(out, m->cie_at);
}

// What the CIE says of the CFA.
static void follow_cie(struct maker *m)
{
    struct cursor program = m->cie.program;

    m->cfa = (struct cfa){0};
    m->n_remembered = 0;
    while (cursor_left(&program)) {
        uint8_t op = cursor_u8(&program);
        if ((op & 0xc0) == DW_CFA_OFFSET)
            cursor_uleb(&program);
        else if ((op & 0xc0) != DW_CFA_RESTORE && !follow(m, op, &program))
            return;
    }
}

static void begin_run(struct maker *m, const struct unwind_program *program, uint64_t offset,
                      uint64_t size)
{
    struct moved_frames *out = m->out;

    put_cie(m, program->cie);
    follow_cie(m);
    m->program = cursor_make(program->bytes, program->size);
    m->addr = m->next_addr = program->start;
    m->written = offset;
    m->pushed = 0;
    out->entries =
        mem_grow(out->entries, &out->entries_capacity, out->n_entries, sizeof *out->entries);
    size_t at = begin_entry(out);
    out->entries[out->n_entries++] = (struct moved_entry){offset, size, at};
    put_u32(out, out->size - m->cie_at);
    put_u32(out, 0); // Its first address.
    put_u32(out, size);
    put_uleb(out, 0); // No augmentation data.
}

static size_t run_length(const struct unwind_program *program, const struct moved_place *places,
                         size_t n)
{
    size_t length = 1;

    while (length < n && places[length].addr >= places[length - 1].addr &&
           places[length].addr < program->end)
        length++;
    return length;
}

// Add the entry of a run of places; one whose instructions are not understood is taken back.
static void add_run(struct maker *m, const struct unwind_program *program,
                    const struct moved_place *places, size_t n, uint64_t end)
{
    bool followed = true;

    begin_run(m, program, places[0].offset, end - places[0].offset);
    size_t at = m->out->entries[m->out->n_entries - 1].at;
    for (size_t i = 0; i < n && followed; i++)
        followed = come_to(m, &places[i]);
    if (followed) {
        end_entry(m->out, at);
        return;
    }
    m->out->size = at;
    m->out->n_entries--;
}

void moved_frames_init(struct moved_frames *ret, struct unwind_table *table,
                       const struct moved_place *places, size_t n, uint64_t end)
{
    struct maker maker = {.out = ret, .table = table};
    size_t length;

    *ret = (struct moved_frames){0};
    for (size_t i = 0; i < n; i += length) {
        struct unwind_program program;
        length = 1;
        if (!unwind_table_program(table, places[i].addr, &program))
            continue;
        length = run_length(&program, places + i, n - i);
        add_run(&maker, &program, places + i, length,
                i + length < n ? places[i + length].offset : end);
    }
    put_u32(ret, 0);
}

void moved_frames_deinit(struct moved_frames *frames)
{
    free(frames->bytes);
    free(frames->entries);
    *frames = (struct moved_frames){0};
}
