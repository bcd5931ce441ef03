// What is not surely a move, or surely leaves the index alone, makes its origin unknown: then its table has
// no bound, and is read as far as it goes.
#include "code/index_origin.h"

enum { ACCUMULATOR, COUNT, DATA, STACK = 4, FRAME, SOURCE, DESTINATION };

static bool is_one(const struct encoding *e, uint8_t opcode)
{
    return e->map == ENCODING_MAP_ONE && e->opcode == opcode;
}

static bool is_arithmetic(const struct encoding *e)
{
    return e->map == ENCODING_MAP_ONE && e->opcode < 0x40 && (e->opcode & 7) < 6;
}

static bool is_group(const struct encoding *e)
{
    return is_one(e, 0x80) || is_one(e, 0x81) || is_one(e, 0x83);
}

// cmp and test, which write nothing.
static bool is_comparison(const struct encoding *e)
{
    if (e->map != ENCODING_MAP_ONE || e->vector)
        return false;
    if (is_arithmetic(e))
        return e->opcode >= 0x38;
    if (is_group(e))
        return (e->reg & 7) == 7;
    if (e->opcode == 0xf6 || e->opcode == 0xf7)
        return (e->reg & 7) < 2;
    return e->opcode == 0x84 || e->opcode == 0x85 || e->opcode == 0xa8 || e->opcode == 0xa9;
}

static bool is_branch(const struct encoding *e)
{
    return (e->map == ENCODING_MAP_ONE && (e->opcode & 0xf0) == 0x70) ||
           (e->map == ENCODING_MAP_0F && !e->vector && (e->opcode & 0xf0) == 0x80);
}

static bool is_push(const struct encoding *e)
{
    return e->map == ENCODING_MAP_ONE &&
           ((e->opcode >= 0x50 && e->opcode <= 0x57) || e->opcode == 0x68 || e->opcode == 0x6a);
}

static bool is_store(const struct encoding *e)
{
    bool store = is_one(e, 0x88) || is_one(e, 0x89) || is_one(e, 0xc6) || is_one(e, 0xc7);

    return store && e->has_memory;
}

// ---- what an instruction writes

// Registers that operands do not name.
static bool may_write_unnamed(const struct encoding *e, uint8_t reg)
{
    if (e->map != ENCODING_MAP_ONE)
        return !e->has_modrm;
    if (e->opcode == 0xe8 || is_one(e, 0xff)) // call
        return e->opcode == 0xe8 || (e->reg & 7) == 2;
    if (is_arithmetic(e) && (e->opcode & 7) > 3) // with a number
        return reg == ACCUMULATOR;
    if (e->opcode == 0x98 || e->opcode == 0x99) // cltq, cltd and the like
        return reg == (e->opcode == 0x98 ? ACCUMULATOR : DATA);
    if (e->opcode == 0xf6 || e->opcode == 0xf7) // mul, div
        return reg == ACCUMULATOR || reg == DATA;
    if (e->opcode >= 0xb0 && e->opcode <= 0xbf) // mov of a number
        return reg == e->rm;
    return !e->has_modrm;
}

static bool may_write(const struct encoding *e, uint8_t reg)
{
    if (is_comparison(e) || is_branch(e) || is_push(e) || is_store(e) || encoding_is_nop(e))
        return false;
    if (may_write_unnamed(e, reg))
        return true;
    if (!e->has_modrm)
        return false;
    // An extension of the opcode is no register, but may look like one: then it only seems written.
    return e->reg == reg || (!e->has_memory && e->rm == reg);
}

// ---- going back

static bool is_move(const struct encoding *e)
{
    bool widens =
        e->map == ENCODING_MAP_0F && !e->vector &&
        (e->opcode == 0xb6 || e->opcode == 0xb7 || e->opcode == 0xbe || e->opcode == 0xbf);

    return widens || is_one(e, 0x8b) || is_one(e, 0x63);
}

static bool is_address(const struct encoding *e)
{
    return (is_one(e, 0x8d) && e->base == ENCODING_RIP) || (is_one(e, 0xc7) && !e->has_memory) ||
           (e->map == ENCODING_MAP_ONE && e->opcode >= 0xb8 && e->opcode <= 0xbf);
}

static void set_register(struct index_origin *origin, uint8_t reg)
{
    *origin = (struct index_origin){.kind = reg == ENCODING_NO_REGISTER ? INDEX_ORIGIN_UNKNOWN
                                                                        : INDEX_ORIGIN_REGISTER,
                                    .reg = reg,
                                    .other = ENCODING_NO_REGISTER};
}

static void before_write(struct index_origin *origin, const struct encoding *e)
{
    bool stored = is_one(e, 0x89) && !e->has_memory && e->rm == origin->reg;

    if (is_address(e))
        set_register(origin, origin->other);
    else if (stored)
        set_register(origin, e->reg);
    else if (is_move(e) && e->reg == origin->reg && !e->has_memory)
        set_register(origin, e->rm);
    else if (is_move(e) && e->reg == origin->reg)
        *origin = (struct index_origin){.kind = INDEX_ORIGIN_MEMORY, .memory = *e};
    else if (is_one(e, 0x8d) && e->base == ENCODING_NO_REGISTER && !e->disp)
        set_register(origin, e->index); // multiplied by the size of an entry
    else if (!is_one(e, 0x98))
        set_register(origin, ENCODING_NO_REGISTER);
}

static bool same_memory(const struct encoding *a, const struct encoding *b)
{
    return a->has_memory && b->has_memory && a->base == b->base && a->index == b->index &&
           a->scale == b->scale && a->disp == b->disp;
}

static void before_memory(struct index_origin *origin, const struct encoding *e)
{
    const struct encoding *memory = &origin->memory;
    bool moved = (memory->base < 16 && may_write(e, memory->base)) ||
                 (memory->index < 16 && may_write(e, memory->index));

    if (same_memory(memory, e) && is_one(e, 0x89))
        set_register(origin, e->reg);
    else if (moved || memory->base == ENCODING_RIP ||
             (same_memory(memory, e) && !is_move(e) && !is_comparison(e)))
        set_register(origin, ENCODING_NO_REGISTER);
}

struct index_origin index_origin_of(const struct encoding *use)
{
    struct index_origin origin;

    set_register(&origin, use->index);
    if (use->base < 16)
        origin.other = use->base;
    return origin;
}

void index_origin_before(struct index_origin *origin, const struct encoding *e)
{
    if (origin->kind == INDEX_ORIGIN_MEMORY)
        before_memory(origin, e);
    else if (origin->kind == INDEX_ORIGIN_REGISTER && may_write(e, origin->reg))
        before_write(origin, e);
}

bool index_origin_is_operand(const struct index_origin *origin, const struct encoding *e)
{
    if (origin->kind == INDEX_ORIGIN_MEMORY)
        return same_memory(&origin->memory, e);
    if (origin->kind != INDEX_ORIGIN_REGISTER)
        return false;
    return !e->has_memory && origin->reg == (is_group(e) ? e->rm : ACCUMULATOR);
}
