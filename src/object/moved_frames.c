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
#include "object/cfa_state.h"
#include "object/exception_table.h"
#include "object/moved_exceptions.h"

// Addresses: relative to where they stand, 4 bytes; and what says that the address wanted stands there.
enum { ENCODING = 0x1b, INDIRECT = 0x80 };

/** An entry whose exception table is still to be written. */
struct exceptions {
    size_t at; ///< Where its address is to stand.
    const struct moved_place *places;
    size_t n;
    uint64_t end;      ///< Offset in the copy.
    uint64_t lsda;     ///< Of the original, ...
    uint64_t function; ///< ... which starts here.
};

struct maker {
    struct moved_frames *frames;
    struct byte_writer *out; ///< Of `frames`.
    const struct moved_code *code;
    struct exceptions *exceptions; ///< [n_exceptions]
    size_t n_exceptions;
    size_t exceptions_capacity;
    struct cfa_cie cie;
    size_t cie_at; ///< Where the copy of `cie` starts.
    bool has_cie;
    struct cursor program;
    uint64_t addr;      ///< Of the original, up to where `program` has been followed ...
    uint64_t next_addr; ///< ... and where what comes next in it holds from.
    uint64_t written;   ///< Offset in the copy up to where the new instructions have come.
    struct cfa_state state;
    uint64_t pushed; ///< What the CFA's rule has been changed by.
};

// ---- bytes

static size_t begin_entry(struct byte_writer *out)
{
    size_t at = out->size;

    byte_writer_u32(out, 0);
    return at;
}

static void set_u32(struct byte_writer *out, size_t at, uint64_t number)
{
    const uint32_t word = (uint32_t)number;

    memcpy(out->bytes + at, &word, sizeof word);
}

// Pad with DW_CFA_nop, and write the length in front.
static void end_entry(struct byte_writer *out, size_t at)
{
    while (out->size % 8 != 0)
        byte_writer_u8(out, DW_CFA_NOP);
    set_u32(out, at, out->size - at - 4);
}

// ---- instructions

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
        known = cfa_state_follow(&m->state, op, &m->program);
    if (!known || m->program.failed)
        return false;
    byte_writer_put(m->out, start, (size_t)(m->program.pos - start));
    return true;
}

static void advance_copy(struct maker *m, uint64_t offset)
{
    if (offset == m->written)
        return;
    byte_writer_u8(m->out, DW_CFA_ADVANCE_LOC4);
    byte_writer_u32(m->out, offset - m->written);
    m->written = offset;
}

// The CFA is as far from the stack pointer as in the original, and what was pushed.
static void put_cfa_offset(struct maker *m, uint64_t pushed)
{
    byte_writer_u8(m->out, DW_CFA_DEF_CFA_OFFSET);
    byte_writer_uleb(m->out, (uint64_t)m->state.cfa.offset + pushed);
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
    if (place->pushed && !m->pushed && m->state.cfa.known && m->state.cfa.reg == UNWIND_REG_SP) {
        advance_copy(m, place->offset);
        put_cfa_offset(m, place->pushed);
    }
    return true;
}

// ---- entries

// Where what comes next will lie, relative to itself.
static uint64_t distance_to(const struct maker *m, uint64_t addr)
{
    return addr - (m->code->frames_addr + m->out->size);
}

static void put_augmentation(struct maker *m, const struct unwind_program *program)
{
    struct byte_writer *out = m->out;
    bool handled = program->personality;

    byte_writer_uleb(out, handled ? 7 : 1);
    if (handled) {
        byte_writer_u8(out, ENCODING | (program->is_indirect ? INDIRECT : 0));
        byte_writer_u32(out, distance_to(m, program->personality));
        byte_writer_u8(out, ENCODING);
    }
    byte_writer_u8(out, ENCODING);
}

static void put_cie(struct maker *m, const struct unwind_program *program)
{
    const struct cfa_cie *cie = program->cie;
    struct byte_writer *out = m->out;

    if (m->has_cie && m->cie.offset == cie->offset)
        return;
    m->cie = *cie;
    m->has_cie = true;
    m->cie_at = begin_entry(out);
    byte_writer_u32(out, 0); // It is a CIE.
    byte_writer_u8(out, 1);  // Version.
    byte_writer_u8(out, 'z');
    if (program->personality)
        byte_writer_put(out, "PL", 2);
    byte_writer_put(out, cie->is_signal ? "RS" : "R", cie->is_signal ? 3 : 2);
    byte_writer_uleb(out, 1);
    byte_writer_sleb(out, cie->data_alignment);
    byte_writer_u8(out, UNWIND_REG_RA);
    put_augmentation(m, program);
    byte_writer_put(out, cie->program.pos, cursor_left(&cie->program));
    end_entry(out, m->cie_at);
}

static void put_lsda(struct maker *m, const struct unwind_program *program,
                     const struct moved_place *places, size_t n, uint64_t end)
{
    if (!program->personality) {
        byte_writer_uleb(m->out, 0);
        return;
    }
    byte_writer_uleb(m->out, 4);
    if (program->lsda) {
        m->exceptions = mem_grow(m->exceptions, &m->exceptions_capacity, m->n_exceptions,
                                 sizeof *m->exceptions);
        m->exceptions[m->n_exceptions++] =
            (struct exceptions){m->out->size, places, n, end, program->lsda, program->start};
    }
    byte_writer_u32(m->out, 0); // None.
}

// Begin the entry of a run of places; returns where.
static size_t begin_run(struct maker *m, const struct unwind_program *program,
                        const struct moved_place *places, size_t n, uint64_t end)
{
    struct moved_frames *frames = m->frames;
    uint64_t offset = places[0].offset;

    put_cie(m, program);
    cfa_state_init(&m->state, &m->cie);
    m->program = cursor_make(program->bytes, program->size);
    m->addr = m->next_addr = program->start;
    m->written = offset;
    m->pushed = 0;
    size_t at = begin_entry(m->out);
    frames->entries = mem_grow(frames->entries, &frames->entries_capacity, frames->n_entries,
                               sizeof *frames->entries);
    frames->entries[frames->n_entries++] = (struct moved_entry){offset, end - offset, at};
    byte_writer_u32(m->out, m->out->size - m->cie_at);
    byte_writer_u32(m->out, distance_to(m, m->code->addr + offset));
    byte_writer_u32(m->out, end - offset);
    put_lsda(m, program, places, n, end);
    return at;
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
    size_t exceptions_before = m->n_exceptions;
    size_t at = begin_run(m, program, places, n, end);

    for (size_t i = 0; i < n && followed; i++)
        followed = come_to(m, &places[i]);
    if (followed) {
        end_entry(m->out, at);
        return;
    }
    m->out->size = at;
    m->frames->n_entries--;
    m->n_exceptions = exceptions_before;
}

static void add_exceptions(struct maker *m, const struct exceptions *e)
{
    const struct moved_code *code = m->code;
    uint64_t offset = e->lsda - code->exceptions_addr;
    struct exception_table table;

    if (e->lsda < code->exceptions_addr || offset >= code->exceptions_size)
        return;
    exception_table_read(cursor_make(code->exceptions + offset, code->exceptions_size - offset),
                         e->lsda, e->function, &table);
    set_u32(m->out, e->at, m->out->size - e->at);
    moved_exceptions_put(m->out, code->frames_addr, &table, e->places, e->n, e->end);
    exception_table_deinit(&table);
}

void moved_frames_init(struct moved_frames *ret, const struct moved_code *code)
{
    struct maker maker = {.frames = ret, .out = &ret->section, .code = code};
    const struct moved_place *places = code->places;
    size_t length;

    *ret = (struct moved_frames){0};
    for (size_t i = 0; i < code->n; i += length) {
        struct unwind_program program;
        length = 1;
        if (!unwind_table_program(code->table, places[i].addr, &program))
            continue;
        length = run_length(&program, places + i, code->n - i);
        add_run(&maker, &program, places + i, length,
                i + length < code->n ? places[i + length].offset : code->end);
    }
    byte_writer_u32(maker.out, 0);
    for (size_t i = 0; i < maker.n_exceptions; i++)
        add_exceptions(&maker, &maker.exceptions[i]);
    free(maker.exceptions);
}

void moved_frames_deinit(struct moved_frames *frames)
{
    byte_writer_deinit(&frames->section);
    free(frames->entries);
    *frames = (struct moved_frames){0};
}
