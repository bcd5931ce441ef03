#include "code/address_table.h"

#include <stdlib.h>

#include "base/mem.h"

#define STACK_POINTER 4

static bool is_one(const struct encoding *e, uint8_t opcode)
{
    return e->map == ENCODING_MAP_ONE && e->opcode == opcode;
}

bool address_table_is_load(const struct encoding *encoding)
{
    return encoding->has_memory && (is_one(encoding, 0x8b) || is_one(encoding, 0x63));
}

bool address_table_is_jump(const struct encoding *encoding)
{
    return is_one(encoding, 0xff) && (encoding->reg & 7) == 4;
}

static int compare_code(const void *key, const void *item)
{
    uint64_t addr = *(const uint64_t *)key, other = ((const struct address_insn *)item)->addr;
    return addr < other ? -1 : addr > other;
}

static bool is_instruction(const struct address_tables *tables, uint64_t addr)
{
    return tables->count > 0 &&
           bsearch(&addr, tables->code, tables->count, sizeof *tables->code, compare_code);
}

/** Whether an instruction is what functions begin with, and nothing within them jumps back to. */
static bool begins_function(const struct encoding *e)
{
    bool endbr64 = e->map == ENCODING_MAP_0F && e->opcode == 0x1e && e->prefix == 0xf3;
    bool push = e->map == ENCODING_MAP_ONE && e->opcode >= 0x50 && e->opcode <= 0x57;
    bool grows_stack = (is_one(e, 0x83) || is_one(e, 0x81)) && !e->has_memory &&
                       (e->reg & 7) == 5 && e->rm == STACK_POINTER;
    return endbr64 || push || grows_stack;
}

/** Whether a jump within the function may lead there. Pointers to the function itself are no labels. */
static bool is_target(const struct address_tables *tables, uint64_t addr)
{
    const struct address_insn *insn =
        tables->count > 0
            ? bsearch(&addr, tables->code, tables->count, sizeof *tables->code, compare_code)
            : NULL;
    return insn && !(addr == tables->source->entry && begins_function(&insn->encoding));
}

static void decode(struct address_tables *tables)
{
    size_t capacity = 0;
    for (size_t i = 0; i < tables->source->part_count; i++) {
        struct encoding encoding;
        const struct flow_part *part = &tables->source->parts[i];
        for (size_t at = 0; encoding_parse(part->bytes + at, part->size - at, &encoding);
             at += encoding.size) {
            tables->code = mem_grow(tables->code, &capacity, tables->count, sizeof *tables->code);
            tables->code[tables->count++] = (struct address_insn){part->addr + at, encoding};
        }
    }
}

/**
 * The address that an instruction takes, or the constant one that it indexes from; 0 for none:
 * `lea x(%rip)`, and in programs of fixed position `mov $x, r` and `op x(, r, 8)`.
 */
static uint64_t address_in(const struct address_insn *insn)
{
    const struct encoding *e = &insn->encoding;
    if (is_one(e, 0x8d) && e->has_memory && e->base == ENCODING_RIP)
        return insn->addr + e->size + (uint64_t)(int64_t)e->disp;
    if (e->map == ENCODING_MAP_ONE && e->opcode >= 0xb8 && e->opcode <= 0xbf)
        return (uint64_t)e->immediate;
    if (is_one(e, 0xc7) && !e->has_memory)
        return (uint64_t)e->immediate;
    if ((address_table_is_load(e) || address_table_is_jump(e)) && e->disp_size == 4 &&
        e->base != ENCODING_RIP)
        return (uint64_t)(int64_t)e->disp;
    return 0;
}

static int compare_tables(const void *a, const void *b)
{
    uint64_t x = ((const struct address_table *)a)->addr;
    uint64_t y = ((const struct address_table *)b)->addr;
    return x < y ? -1 : x > y;
}

/** Note every address that the code takes, of a table or of an instruction of its own. */
static void collect(struct address_tables *tables)
{
    size_t table_capacity = 0, label_capacity = 0;
    for (size_t i = 0; i < tables->count; i++) {
        uint64_t addr = address_in(&tables->code[i]);
        if (addr == 0 || addr == tables->source->entry)
            continue;
        if (is_instruction(tables, addr)) {
            tables->labels = mem_grow(tables->labels, &label_capacity, tables->label_count,
                                      sizeof *tables->labels);
            tables->labels[tables->label_count++] = addr;
            continue;
        }
        tables->tables =
            mem_grow(tables->tables, &table_capacity, tables->table_count, sizeof *tables->tables);
        tables->tables[tables->table_count++] = (struct address_table){.addr = addr};
    }
}

static void sort_tables(struct address_tables *tables)
{
    if (tables->table_count == 0)
        return;
    qsort(tables->tables, tables->table_count, sizeof *tables->tables, compare_tables);
    size_t kept = 1;
    for (size_t i = 1; i < tables->table_count; i++)
        if (tables->tables[kept - 1].addr != tables->tables[i].addr)
            tables->tables[kept++] = tables->tables[i];
    tables->table_count = kept;
}

void address_tables_init(struct address_tables *ret, const struct flow_source *source,
                         const struct jump_table_memory *memory)
{
    *ret = (struct address_tables){.source = source, .memory = memory};
    decode(ret);
    collect(ret);
    sort_tables(ret);
}

void address_tables_deinit(struct address_tables *tables)
{
    free(tables->code);
    free(tables->tables);
    free(tables->labels);
    *tables = (struct address_tables){0};
}

struct address_table *address_table_in(struct address_tables *tables,
                                       const struct address_insn *insn)
{
    struct address_table key = {.addr = address_in(insn)};
    if (key.addr == 0 || tables->table_count == 0)
        return NULL;
    return bsearch(&key, tables->tables, tables->table_count, sizeof key, compare_tables);
}

/** Whether an address is a hole: Clang fills entries that cannot be reached with a part's end. */
static bool is_hole(const struct address_tables *tables, uint64_t addr)
{
    for (size_t i = 0; i < tables->source->part_count; i++)
        if (addr == tables->source->parts[i].addr + tables->source->parts[i].size)
            return true;
    return false;
}

bool address_table_read(const struct address_tables *tables, const struct address_table *table,
                        size_t entry, size_t entry_size, uint64_t *ret)
{
    const struct jump_table_memory *memory = tables->memory;
    uint64_t place = table->addr + entry * entry_size, target;
    int32_t distance;
    if (entry_size == sizeof distance) {
        if (!memory->read(memory->context, place, &distance, sizeof distance))
            return false;
        target = table->addr + (uint64_t)(int64_t)distance;
    } else if (!memory->read(memory->context, place, &target, sizeof target)) {
        return false;
    }
    bool hole = is_hole(tables, target);
    if (!hole && !is_target(tables, target))
        return false;
    *ret = hole ? 0 : target;
    return true;
}

size_t address_table_length(const struct address_tables *tables, const struct address_table *table,
                            size_t entry_size)
{
    const struct address_table *end = tables->tables + tables->table_count;
    uint64_t limit = table + 1 < end ? table[1].addr : UINT64_MAX;
    size_t length = 0;
    for (size_t i = 0; i < ADDRESS_TABLE_MAX; i++) {
        uint64_t target;
        if (limit - table->addr < (i + 1) * entry_size ||
            !address_table_read(tables, table, i, entry_size, &target))
            break;
        if (target != 0) // Holes at the end are as likely to be something else.
            length = i + 1;
    }
    return length;
}

size_t address_table_entry_size(const struct address_tables *tables,
                                const struct address_table *table)
{
    size_t distances = address_table_length(tables, table, 4);
    size_t addresses = address_table_length(tables, table, 8);
    if (distances == 0 && addresses == 0)
        return 0;
    return distances > addresses ? 4 : 8;
}
