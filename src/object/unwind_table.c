// Two passes: the first reads where every FDE lies, the second, in the order of addresses, runs
// their instructions and writes a row wherever the rules change. Behind an FDE that no other
// follows at once stands a row that says NO_INFO.
#include "object/unwind_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/mem.h"
#include "object/cfa_program.h"

/** An FDE: the instructions for one range of addresses. */
struct fde {
    uint64_t start;
    uint64_t end;
    struct cfa_cie cie;
    struct cursor program;
};

struct builder {
    enum unwind_format format;
    const uint8_t *bytes;
    size_t size;
    uint64_t section_addr;
    struct fde *fdes;
    size_t n_fdes;
    size_t fde_capacity;
    size_t row_capacity;
    struct unwind_table *table;
};

/** One entry of the section: a CIE or an FDE. */
struct entry {
    struct cursor body;     ///< Behind the CIE pointer.
    const uint8_t *pointer; ///< Where the CIE pointer stands.
    uint64_t id;            ///< The CIE pointer itself.
    bool is_cie;
};

// Read the entry at `section` and pass over it. False at the end of the section or when it is
// damaged.
static bool read_entry(const struct builder *b, struct cursor *section, struct entry *ret)
{
    uint64_t length = cursor_u32(section);
    bool wide = length == 0xffffffff;

    if (wide)
        length = cursor_u64(section);
    if (section->failed || length == 0)
        return false;
    const uint8_t *start = cursor_skip(section, length);
    if (!start)
        return false;
    ret->body = cursor_make(start, length);
    ret->pointer = start;
    // In .eh_frame the CIE pointer has 4 bytes even in an entry of 64-bit length.
    bool wide_id = wide && b->format == UNWIND_DEBUG_FRAME;
    ret->id = wide_id ? cursor_u64(&ret->body) : cursor_u32(&ret->body);
    uint64_t cie_id = b->format == UNWIND_EH_FRAME ? 0 : (wide_id ? UINT64_MAX : UINT32_MAX);
    ret->is_cie = ret->id == cie_id;
    return !ret->body.failed;
}

static bool find_cie(const struct builder *b, const struct entry *fde, struct cfa_cie *ret)
{
    size_t offset = (size_t)(fde->pointer - b->bytes);
    uint64_t cie_offset = b->format == UNWIND_EH_FRAME ? offset - fde->id : fde->id;

    if (cie_offset >= b->size)
        return false;
    struct cursor section = cursor_make(b->bytes + cie_offset, b->size - cie_offset);
    struct entry entry;
    if (!read_entry(b, &section, &entry) || !entry.is_cie)
        return false;
    return cfa_cie_read(&entry.body, ret);
}

static uint64_t addr_of(const struct builder *b, const struct cursor *cursor)
{
    return b->section_addr + (uint64_t)(cursor->pos - b->bytes);
}

static bool add_fde(struct builder *b, const struct entry *entry)
{
    struct fde fde;
    struct cursor body = entry->body;

    if (!find_cie(b, entry, &fde.cie))
        return false;
    if (!cfa_pointer_read(&body, fde.cie.pointer_encoding, addr_of(b, &body), &fde.start))
        return false;
    uint64_t length;
    // The length has the pointer's format, but is never relative to anything.
    if (!cfa_pointer_read(&body, fde.cie.pointer_encoding & 0x0f, 0, &length))
        return false;
    if (fde.cie.has_augmentation_data)
        cursor_skip(&body, cursor_uleb(&body));
    if (body.failed || fde.start + length < fde.start)
        return false;
    fde.end = fde.start + length;
    fde.program = body;
    // Address 0 is what the linker leaves of discarded functions.
    if (!length || !fde.start)
        return true;
    b->fdes = mem_grow(b->fdes, &b->fde_capacity, b->n_fdes, sizeof *b->fdes);
    b->fdes[b->n_fdes++] = fde;
    return true;
}

static void collect_fdes(struct builder *b)
{
    struct cursor section = cursor_make(b->bytes, b->size);
    struct entry entry;

    while (cursor_left(&section) && read_entry(b, &section, &entry)) {
        if (!entry.is_cie && !add_fde(b, &entry))
            b->table->n_bad++;
    }
    // A zero length ends .eh_frame; anything else that stopped the loop is damage.
    if (section.failed)
        b->table->n_bad++;
}

static int compare_fdes(const void *a, const void *b)
{
    const struct fde *x = a;
    const struct fde *y = b;

    return (x->start > y->start) - (x->start < y->start);
}

static bool same_rules(const struct unwind_row *a, const struct unwind_row *b)
{
    return a->cfa == b->cfa && a->cfa_register == b->cfa_register &&
           a->cfa_offset == b->cfa_offset && a->bp == b->bp && a->bp_offset == b->bp_offset;
}

// cfa_program_run()'s receiver: rules that hold from an address on.
static void add_row(void *context, uint64_t addr, const struct unwind_row *rules)
{
    struct builder *b = context;
    struct unwind_table *table = b->table;
    uint64_t relative = addr - table->base;

    if (relative > UINT32_MAX)
        return;
    struct unwind_row *last = table->n_rows ? &table->rows[table->n_rows - 1] : NULL;
    if (last && last->addr == relative) {
        *last = *rules;
        last->addr = (uint32_t)relative;
        return;
    }
    if (last && same_rules(last, rules))
        return;
    table->rows = mem_grow(table->rows, &b->row_capacity, table->n_rows, sizeof *table->rows);
    table->rows[table->n_rows] = *rules;
    table->rows[table->n_rows++].addr = (uint32_t)relative;
}

static void run_fdes(struct builder *b)
{
    const struct unwind_row no_info = {.cfa = UNWIND_CFA_NO_INFO, .bp = UNWIND_BP_LOST};
    uint64_t covered = 0;

    for (size_t i = 0; i < b->n_fdes; i++) {
        struct fde *fde = &b->fdes[i];
        if (fde->start < covered) {
            b->table->n_bad++;
            continue;
        }
        if (!cfa_program_run(&fde->cie, fde->program, fde->start, fde->end, add_row, b))
            b->table->n_bad++;
        add_row(b, fde->end, &no_info);
        covered = fde->end;
    }
}

void unwind_table_init(struct unwind_table *ret, enum unwind_format format, const uint8_t *bytes,
                       size_t size, uint64_t section_addr)
{
    memset(ret, 0, sizeof *ret);
    struct builder b = {
        .format = format,
        .bytes = bytes,
        .size = size,
        .section_addr = section_addr,
        .table = ret,
    };

    collect_fdes(&b);
    if (b.n_fdes) {
        qsort(b.fdes, b.n_fdes, sizeof *b.fdes, compare_fdes);
        ret->base = b.fdes[0].start;
        run_fdes(&b);
        ret->rows = mem_resize(ret->rows, ret->n_rows, sizeof *ret->rows);
    }
    free(b.fdes);
}

void unwind_table_deinit(struct unwind_table *table)
{
    free(table->rows);
    memset(table, 0, sizeof *table);
}

const struct unwind_row *unwind_table_find(const struct unwind_table *table, uint64_t addr)
{
    size_t low = 0;
    size_t high = table->n_rows;

    if (addr < table->base || addr - table->base > UINT32_MAX)
        return NULL;
    uint32_t relative = (uint32_t)(addr - table->base);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->rows[middle].addr <= relative)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? &table->rows[low - 1] : NULL;
}
