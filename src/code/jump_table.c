/*
 * Three passes. The first notes where instructions start and every address that may be a table's: those
 * that the code takes or indexes. The second looks back from each indirect jump for its table and the
 * comparison that bounds it. The third reads the tables: up to their bound, or, where none was found,
 * as long as entries lead to instructions and no other table starts.
 *
 * A target too many costs a block more and no truth; a target too few would cost truth. So whatever is
 * read at a bound that is not sure goes on, and a jump through a table that reads as empty is refused.
 */
#include "code/jump_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "code/encoding.h"

/** How far before a jump its table and bound are looked for [instructions]. */
#define LOOK_BACK 32

/** The most entries of one table. */
#define ENTRIES_MAX 65536

/** No comparison was found. */
#define NO_BOUND 0

struct decoded {
    uint64_t addr;
    struct encoding encoding;
};

/** An address that may be that of a table. */
struct table {
    uint64_t addr;
    size_t bound; ///< [entries] NO_BOUND = not known.
    bool unbound; ///< A jump through it has no bound.
    bool used;    ///< A jump goes through it.
};

struct search {
    const struct flow_source *source;
    const struct jump_table_memory *memory;
    struct decoded *code;
    size_t count, code_capacity;
    struct table *tables; ///< By address, each once, after collect_tables().
    size_t table_count, table_capacity;
    struct jump_tables *found;
    size_t jump_capacity, target_capacity;
};

/** What the way back from a jump has shown. */
struct look_back {
    struct table *table;
    uint8_t index; ///< The register that the table is indexed with.
    size_t bound;
    bool indexed; ///< The jump goes where a table says.
};

static bool is_one(const struct encoding *e, uint8_t opcode)
{
    return e->map == ENCODING_MAP_ONE && e->opcode == opcode;
}

static bool is_indirect_jump(const struct encoding *e)
{
    return is_one(e, 0xff) && (e->reg & 7) == 4;
}

/** Whether it ends straight-line code for good. @source Intel SDM, opcodes C2 C3 E9 EB FF /4 */
static bool is_final(const struct encoding *e)
{
    return is_one(e, 0xc2) || is_one(e, 0xc3) || is_one(e, 0xe9) || is_one(e, 0xeb) ||
           is_indirect_jump(e);
}

static bool is_load(const struct encoding *e)
{
    return e->has_memory && (is_one(e, 0x8b) || is_one(e, 0x63));
}

static int compare_code(const void *key, const void *item)
{
    uint64_t addr = *(const uint64_t *)key, other = ((const struct decoded *)item)->addr;
    return addr < other ? -1 : addr > other;
}

static bool is_instruction(const struct search *s, uint64_t addr)
{
    return bsearch(&addr, s->code, s->count, sizeof *s->code, compare_code) != NULL;
}

static void decode(struct search *s)
{
    for (size_t i = 0; i < s->source->part_count; i++) {
        struct encoding encoding;
        const struct flow_part *part = &s->source->parts[i];
        for (size_t at = 0; encoding_parse(part->bytes + at, part->size - at, &encoding);
             at += encoding.size) {
            s->code = mem_grow(s->code, &s->code_capacity, s->count, sizeof *s->code);
            s->code[s->count++] = (struct decoded){part->addr + at, encoding};
        }
    }
}

/**
 * The address that an instruction takes, or the constant one that it indexes from; 0 for none.
 * `lea x(%rip)`, `mov $x, r`, and in programs of fixed position `op x(, r, 8)`.
 */
static uint64_t address_in(const struct decoded *d)
{
    const struct encoding *e = &d->encoding;
    if (is_one(e, 0x8d) && e->has_memory && e->base == ENCODING_RIP)
        return d->addr + e->size + (uint64_t)(int64_t)e->disp;
    if (e->map == ENCODING_MAP_ONE && e->opcode >= 0xb8 && e->opcode <= 0xbf)
        return (uint64_t)e->immediate;
    if (is_one(e, 0xc7) && !e->has_memory)
        return (uint64_t)e->immediate;
    if ((is_load(e) || is_indirect_jump(e)) && e->disp_size == 4 && e->base != ENCODING_RIP)
        return (uint64_t)(int64_t)e->disp;
    return 0;
}

static int compare_tables(const void *a, const void *b)
{
    uint64_t x = ((const struct table *)a)->addr, y = ((const struct table *)b)->addr;
    return x < y ? -1 : x > y;
}

static int compare_addrs(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void add_target(struct search *s, uint64_t addr)
{
    struct jump_tables *found = s->found;
    found->targets =
        mem_grow(found->targets, &s->target_capacity, found->target_count, sizeof *found->targets);
    found->targets[found->target_count++] = addr;
}

/** Collect possible tables; a label whose address is taken is a target at once. */
static void collect_tables(struct search *s)
{
    for (size_t i = 0; i < s->count; i++) {
        uint64_t addr = address_in(&s->code[i]);
        if (addr == 0)
            continue;
        if (is_instruction(s, addr)) {
            if (addr != s->source->entry)
                add_target(s, addr);
            continue;
        }
        s->tables = mem_grow(s->tables, &s->table_capacity, s->table_count, sizeof *s->tables);
        s->tables[s->table_count++] = (struct table){.addr = addr};
    }
    if (s->table_count > 0)
        qsort(s->tables, s->table_count, sizeof *s->tables, compare_tables);
    size_t kept = 0;
    for (size_t i = 0; i < s->table_count; i++)
        if (kept == 0 || s->tables[kept - 1].addr != s->tables[i].addr)
            s->tables[kept++] = s->tables[i];
    s->table_count = kept;
}

static struct table *table_at(struct search *s, uint64_t addr)
{
    struct table key = {.addr = addr};
    if (s->table_count == 0)
        return NULL;
    return bsearch(&key, s->tables, s->table_count, sizeof *s->tables, compare_tables);
}

/** Whether an address is a hole: Clang fills entries that cannot be reached with a part's end. */
static bool is_hole(const struct search *s, uint64_t addr)
{
    for (size_t i = 0; i < s->source->part_count; i++)
        if (addr == s->source->parts[i].addr + s->source->parts[i].size)
            return true;
    return false;
}

/** Read one entry of a table. False when it leads to no instruction and is no hole. */
static bool read_entry(const struct search *s, uint64_t table, size_t number, size_t size,
                       uint64_t *ret)
{
    int32_t distance;
    if (size == sizeof distance) {
        if (!s->memory->read(s->memory->context, table + number * size, &distance, size))
            return false;
        *ret = table + (uint64_t)(int64_t)distance;
    } else if (!s->memory->read(s->memory->context, table + number * size, ret, size)) {
        return false;
    }
    return is_instruction(s, *ret) || is_hole(s, *ret);
}

/** How many entries of a size a table can have. */
static size_t table_length(const struct search *s, const struct table *table, size_t size)
{
    const struct table *end = s->tables + s->table_count;
    uint64_t limit = table + 1 < end ? table[1].addr : UINT64_MAX;
    size_t length = 0, last = 0;
    uint64_t target;
    while (length < ENTRIES_MAX && limit - table->addr >= (length + 1) * size &&
           read_entry(s, table->addr, length, size, &target)) {
        length++;
        if (!is_hole(s, target))
            last = length; // Holes at the end are as likely to be something else.
    }
    return last;
}

/** The entry size of a table, by which reading of it is longer; 0 when neither reads. */
static size_t entry_size(const struct search *s, const struct table *table)
{
    size_t distances = table_length(s, table, 4), addresses = table_length(s, table, 8);
    if (distances == 0 && addresses == 0)
        return 0;
    return distances > addresses ? 4 : 8;
}

/** Entries that a bound check lets through, when the instruction is one: cmp, sub, and with a number. */
static size_t bound_of(const struct encoding *e)
{
    if (e->map != ENCODING_MAP_ONE || e->immediate < 0 || e->immediate >= ENTRIES_MAX)
        return NO_BOUND;
    uint8_t op = e->opcode, which = e->reg & 7;
    bool group = op >= 0x80 && op <= 0x83 && (which == 7 || which == 5 || which == 4);
    bool accumulator =
        op == 0x3c || op == 0x3d || op == 0x2c || op == 0x2d || op == 0x24 || op == 0x25;
    return group || accumulator ? (size_t)e->immediate + 1 : NO_BOUND;
}

static bool is_and(const struct encoding *e)
{
    return e->opcode == 0x24 || e->opcode == 0x25 ||
           (e->opcode >= 0x80 && e->opcode <= 0x83 && (e->reg & 7) == 4);
}

/** Whether it branches past a table when the index is too large: ja, or jae with a bound one lower. */
static bool is_above_branch(const struct encoding *e, size_t *ret_extra)
{
    uint8_t low = e->opcode & 0xf;
    bool branch = (e->map == ENCODING_MAP_ONE && (e->opcode & 0xf0) == 0x70) ||
                  (e->map == ENCODING_MAP_0F && (e->opcode & 0xf0) == 0x80);
    *ret_extra = low == 7;
    return branch && (low == 7 || low == 3);
}

static bool is_branch(const struct encoding *e)
{
    return (e->map == ENCODING_MAP_ONE && (e->opcode & 0xf0) == 0x70) ||
           (e->map == ENCODING_MAP_0F && !e->vector && (e->opcode & 0xf0) == 0x80);
}

/** The register that a bound check looks at, or ENCODING_NO_REGISTER for memory. */
static uint8_t checked_register(const struct encoding *e)
{
    if (e->opcode == 0x80 || e->opcode == 0x81 || e->opcode == 0x83)
        return e->has_memory ? ENCODING_NO_REGISTER : e->rm;
    return 0; // the accumulator
}

/** Note what an instruction before the jump tells about its table. */
static void look_at(struct search *s, const struct decoded *d, struct look_back *seen)
{
    const struct encoding *e = &d->encoding;
    if ((is_load(e) || is_indirect_jump(e)) && e->index != ENCODING_NO_REGISTER && !seen->indexed) {
        seen->indexed = e->scale >= 4 || e->base != ENCODING_NO_REGISTER;
        seen->index = e->index;
    }
    uint64_t addr = address_in(d);
    struct table *table = addr && !seen->table ? table_at(s, addr) : NULL;
    if (table && entry_size(s, table) != 0)
        seen->table = table;
    // The index may be widened in place or moved on its way from the comparison.
    bool move = is_one(e, 0x89) || is_one(e, 0x8b) || is_one(e, 0x63) ||
                (e->map == ENCODING_MAP_0F && (e->opcode == 0xb6 || e->opcode == 0xb7));
    if (seen->indexed && move && !e->has_memory) {
        uint8_t to = is_one(e, 0x89) ? e->rm : e->reg, from = is_one(e, 0x89) ? e->reg : e->rm;
        if (to == seen->index)
            seen->index = from;
    }
}

/** The bound that a branch past the table checks, looking back from the branch. */
static size_t branch_bound(const struct search *s, size_t branch, uint8_t index, size_t extra)
{
    for (size_t back = 1; back <= 4 && back <= branch; back++) {
        const struct encoding *e = &s->code[branch - back].encoding;
        if (is_branch(e) || is_final(e))
            return NO_BOUND;
        size_t bound = bound_of(e);
        if (bound == NO_BOUND || is_and(e))
            continue;
        uint8_t checked = checked_register(e);
        bool same = checked == ENCODING_NO_REGISTER || checked == index;
        return same ? bound - 1 + extra : NO_BOUND;
    }
    return NO_BOUND;
}

/** Look back from an indirect jump, over branches that are not taken, for its table and bound. */
static struct look_back look_back_from(struct search *s, size_t jump)
{
    struct look_back seen = {.index = ENCODING_NO_REGISTER};
    look_at(s, &s->code[jump], &seen);
    for (size_t back = 1; back <= LOOK_BACK && back <= jump; back++) {
        const struct encoding *e = &s->code[jump - back].encoding;
        size_t extra;
        if (is_final(e))
            break;
        if (is_branch(e)) {
            if (is_above_branch(e, &extra))
                seen.bound = branch_bound(s, jump - back, seen.index, extra);
            if (seen.table)
                break;
            continue;
        }
        if (is_and(e) && bound_of(e) != NO_BOUND && seen.bound == NO_BOUND && !e->has_memory &&
            checked_register(e) == seen.index) {
            seen.bound = bound_of(e);
        }
        look_at(s, &s->code[jump - back], &seen);
    }
    return seen;
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
    const struct decoded *d = &s->code[jump];
    if (d->encoding.has_memory && d->encoding.base == ENCODING_RIP) {
        add_jump(s, d->addr, FLOW_JUMP_LEAVES); // through the global offset table
        return;
    }
    struct look_back seen = look_back_from(s, jump);
    add_jump(s, d->addr, seen.indexed && seen.table ? FLOW_JUMP_INSIDE : FLOW_JUMP_EITHER);
    if (!seen.table)
        return;
    seen.table->used = true;
    seen.table->unbound |= seen.bound == NO_BOUND;
    if (seen.bound > seen.table->bound)
        seen.table->bound = seen.bound;
}

/** Add the targets of one table. False when its bound says that it is longer than it reads. */
static bool read_table(struct search *s, const struct table *table, struct flow_doubt *doubt)
{
    size_t size = entry_size(s, table);
    if (size == 0)
        return true;
    size_t length = table_length(s, table, size);
    bool bound = table->used && !table->unbound;
    for (size_t i = 0; i < (bound ? table->bound : length); i++) {
        uint64_t target;
        if (!read_entry(s, table->addr, i, size, &target)) {
            snprintf(doubt->reason, sizeof doubt->reason,
                     "the jump table at 0x%" PRIx64 " has %zu of %zu entries", table->addr, i,
                     table->bound);
            return false;
        }
        if (!is_hole(s, target))
            add_target(s, target);
    }
    return true;
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

static bool find_all(struct search *s, struct flow_doubt *doubt)
{
    decode(s);
    bool jumps = false;
    for (size_t i = 0; i < s->count; i++)
        jumps |= is_indirect_jump(&s->code[i].encoding);
    if (!jumps)
        return true;
    collect_tables(s);
    for (size_t i = 0; i < s->count; i++)
        if (is_indirect_jump(&s->code[i].encoding))
            classify(s, i);
    for (size_t i = 0; i < s->table_count; i++)
        if (!read_table(s, &s->tables[i], doubt))
            return false;
    sort_targets(s->found);
    settle_jumps(s->found);
    return true;
}

bool jump_tables_init(struct jump_tables *ret, const struct flow_source *source,
                      const struct jump_table_memory *memory, struct flow_doubt *doubt)
{
    struct jump_tables found = {0};
    struct search search = {.source = source, .memory = memory, .found = &found};
    bool sure = find_all(&search, doubt);
    free(search.code);
    free(search.tables);
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
