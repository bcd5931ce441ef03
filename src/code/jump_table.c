/*
 * Each indirect jump is looked back from for its table and for the comparison that bounds it. Then the
 * tables are read: up to their bound, or, where none was found, as long as entries lead to instructions
 * and no other table starts.
 *
 * A target too many costs a block more and no truth; a target too few would cost truth. So what is read
 * at a bound that is not sure goes on, and a table that has fewer entries than its bound is refused.
 */
#include "code/jump_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "code/address_table.h"
#include "code/encoding.h"
#include "code/index_origin.h"

/** How far before a jump its table and bound are looked for [instructions]. */
#define LOOK_BACK 32

/** How far before a branch past the table its comparison is looked for [instructions]. */
#define COMPARISON_BACK 4

struct search {
    struct address_tables tables;
    struct jump_tables *found;
    size_t jump_capacity, target_capacity;
};

/** What the way back from a jump has shown. */
struct look_back {
    struct address_table *table;
    struct index_origin index; ///< What the table is indexed with.
    size_t bound;
    bool masked;  ///< The bound is that of a mask.
    bool indexed; ///< The jump goes where a table says.
};

static bool is_one(const struct encoding *e, uint8_t opcode)
{
    return e->map == ENCODING_MAP_ONE && e->opcode == opcode;
}

/** Whether it ends straight-line code for good. @source Intel SDM, opcodes C2 C3 E9 EB FF /4 */
static bool is_final(const struct encoding *e)
{
    return is_one(e, 0xc2) || is_one(e, 0xc3) || is_one(e, 0xe9) || is_one(e, 0xeb) ||
           address_table_is_jump(e);
}

/** Entries that a bound check lets through, when the instruction is one: cmp, sub, and with a number. */
static size_t bound_of(const struct encoding *e)
{
    if (e->map != ENCODING_MAP_ONE || e->immediate < 0 || e->immediate >= ADDRESS_TABLE_MAX)
        return ADDRESS_TABLE_NO_BOUND;
    uint8_t op = e->opcode, which = e->reg & 7;
    bool group = op >= 0x80 && op <= 0x83 && (which == 7 || which == 5 || which == 4);
    bool accumulator =
        op == 0x3c || op == 0x3d || op == 0x2c || op == 0x2d || op == 0x24 || op == 0x25;
    return group || accumulator ? (size_t)e->immediate + 1 : ADDRESS_TABLE_NO_BOUND;
}

static bool is_and(const struct encoding *e)
{
    return e->opcode == 0x24 || e->opcode == 0x25 ||
           (e->opcode >= 0x80 && e->opcode <= 0x83 && (e->reg & 7) == 4);
}

static bool is_branch(const struct encoding *e)
{
    return (e->map == ENCODING_MAP_ONE && (e->opcode & 0xf0) == 0x70) ||
           (e->map == ENCODING_MAP_0F && !e->vector && (e->opcode & 0xf0) == 0x80);
}

/** Whether a branch is taken when the index is too large: ja, or jae behind a bound one higher. */
static bool is_above_branch(const struct encoding *e)
{
    return (e->opcode & 0xf) == 7 || (e->opcode & 0xf) == 3;
}

/** Note what an instruction before the jump tells about its table. */
static void look_at(struct search *s, const struct address_insn *insn, struct look_back *seen)
{
    const struct encoding *e = &insn->encoding;
    bool reads = address_table_is_load(e) || address_table_is_jump(e);
    if (seen->indexed) {
        index_origin_before(&seen->index, e);
    } else if (reads && e->index != ENCODING_NO_REGISTER) {
        seen->indexed = e->scale >= 4 || e->base != ENCODING_NO_REGISTER;
        seen->index = index_origin_of(e);
    }
    struct address_table *table = seen->table ? NULL : address_table_in(&s->tables, insn);
    if (table && address_table_entry_size(&s->tables, table) != 0)
        seen->table = table;
}

/** The bound that a branch past the table checks, looking back from the branch. */
static size_t branch_bound(const struct search *s, size_t branch, struct index_origin index)
{
    bool above = (s->tables.code[branch].encoding.opcode & 0xf) == 7;
    for (size_t back = 1; back <= COMPARISON_BACK && back <= branch; back++) {
        const struct encoding *e = &s->tables.code[branch - back].encoding;
        if (is_branch(e) || is_final(e))
            break;
        size_t bound = bound_of(e);
        if (bound != ADDRESS_TABLE_NO_BOUND && !is_and(e))
            return index_origin_is_operand(&index, e) ? bound - !above : ADDRESS_TABLE_NO_BOUND;
        index_origin_before(&index, e);
    }
    return ADDRESS_TABLE_NO_BOUND;
}

/** Look back from an indirect jump, over branches that are not taken, for its table and bound. */
static struct look_back look_back_from(struct search *s, size_t jump)
{
    struct look_back seen = {0};
    look_at(s, &s->tables.code[jump], &seen);
    for (size_t back = 1; back <= LOOK_BACK && back <= jump; back++) {
        const struct address_insn *insn = &s->tables.code[jump - back];
        const struct encoding *e = &insn->encoding;
        if (is_final(e))
            break;
        if (is_branch(e)) {
            // The nearest check is that of the table; those before it may be of more than it has.
            if (is_above_branch(e) && seen.bound == ADDRESS_TABLE_NO_BOUND)
                seen.bound = branch_bound(s, jump - back, seen.index);
            if (seen.table)
                break;
            continue;
        }
        bool masked = is_and(e) && index_origin_is_operand(&seen.index, e);
        if (masked && seen.bound == ADDRESS_TABLE_NO_BOUND) {
            seen.bound = bound_of(e);
            seen.masked = true;
        }
        look_at(s, insn, &seen);
    }
    return seen;
}

static void add_target(struct search *s, uint64_t addr)
{
    struct jump_tables *found = s->found;
    found->targets =
        mem_grow(found->targets, &s->target_capacity, found->target_count, sizeof *found->targets);
    found->targets[found->target_count++] = addr;
}

static void add_jump(struct search *s, uint64_t addr, enum flow_jump_kind kind)
{
    struct jump_tables *found = s->found;
    found->jumps =
        mem_grow(found->jumps, &s->jump_capacity, found->jump_count, sizeof *found->jumps);
    found->jumps[found->jump_count++] = (struct flow_jump){addr, kind};
}

/** Note an indirect jump and the table it goes through. */
static void classify(struct search *s, size_t jump)
{
    const struct address_insn *insn = &s->tables.code[jump];
    if (insn->encoding.has_memory && insn->encoding.base == ENCODING_RIP) {
        add_jump(s, insn->addr, FLOW_JUMP_LEAVES); // through the global offset table
        return;
    }
    struct look_back seen = look_back_from(s, jump);
    add_jump(s, insn->addr, seen.indexed && seen.table ? FLOW_JUMP_INSIDE : FLOW_JUMP_EITHER);
    if (!seen.table)
        return;
    seen.table->used = true;
    seen.table->at_most |= seen.masked;
    seen.table->unbound |= seen.bound == ADDRESS_TABLE_NO_BOUND;
    if (seen.bound > seen.table->bound)
        seen.table->bound = seen.bound;
}

/** Add the targets of one table. False when its bound says that it is longer than it reads. */
static bool read_table(struct search *s, const struct address_table *table,
                       struct flow_doubt *doubt)
{
    size_t size = address_table_entry_size(&s->tables, table);
    if (size == 0)
        return true;
    bool bound = table->used && !table->unbound;
    size_t length = bound ? table->bound : address_table_length(&s->tables, table, size);
    for (size_t i = 0; i < length; i++) {
        uint64_t target;
        if (!address_table_read(&s->tables, table, i, size, &target)) {
            // An interpreter's opcode may have 7 bits, and its table the 83 opcodes that there are.
            if (table->at_most && i)
                break;
            snprintf(doubt->reason, sizeof doubt->reason,
                     "entry %zu of %zu of the jump table at 0x%" PRIx64 " leads to no instruction",
                     i, length, table->addr);
            return false;
        }
        if (target != 0)
            add_target(s, target);
    }
    return true;
}

static int compare_addrs(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void sort_targets(struct jump_tables *found)
{
    if (found->target_count == 0)
        return;
    qsort(found->targets, found->target_count, sizeof *found->targets, compare_addrs);
    size_t kept = 1;
    for (size_t i = 1; i < found->target_count; i++)
        if (found->targets[i] != found->targets[kept - 1])
            found->targets[kept++] = found->targets[i];
    found->target_count = kept;
}

/** Without any target no jump can stay inside: each calls something in tail position. */
static void settle_jumps(struct jump_tables *found)
{
    for (size_t i = 0; i < found->jump_count; i++)
        if (found->target_count == 0)
            found->jumps[i].kind = FLOW_JUMP_LEAVES;
}

/** Find jumps, then the tables that they go through or may go through, and the labels. */
static bool find_all(struct search *s, struct flow_doubt *doubt)
{
    for (size_t i = 0; i < s->tables.count; i++)
        if (address_table_is_jump(&s->tables.code[i].encoding))
            classify(s, i);
    if (s->found->jump_count == 0)
        return true;
    for (size_t i = 0; i < s->tables.table_count; i++)
        if (!read_table(s, &s->tables.tables[i], doubt))
            return false;
    for (size_t i = 0; i < s->tables.label_count; i++)
        add_target(s, s->tables.labels[i]);
    sort_targets(s->found);
    settle_jumps(s->found);
    return true;
}

bool jump_tables_init(struct jump_tables *ret, const struct flow_source *source,
                      const struct jump_table_memory *memory, struct flow_doubt *doubt)
{
    struct jump_tables found = {0};
    struct search search = {.found = &found};
    address_tables_init(&search.tables, source, memory);
    bool sure = find_all(&search, doubt);
    address_tables_deinit(&search.tables);
    if (sure)
        *ret = found;
    else
        jump_tables_deinit(&found);
    return sure;
}

void jump_tables_deinit(struct jump_tables *tables)
{
    free(tables->jumps);
    free(tables->targets);
    *tables = (struct jump_tables){0};
}
