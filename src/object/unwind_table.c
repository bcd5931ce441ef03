// Few of a library's functions ever lie on a stack, so only the lookup runs their instructions. A row
// that says NO_INFO stands for the gaps between entries.
#include "object/unwind_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/mem.h"
#include "object/cfa_program.h"

enum { TYPICAL_ENTRY = 40 }; // bytes of an FDE

/** The rows of an FDE, sorted by address; each holds up to the next one. */
struct row_list {
    size_t n;
    size_t capacity;
    struct unwind_row *rows;
    uint64_t start; ///< What their addresses are relative to.
};

/** An FDE: the instructions for one range of addresses. There are many: they are kept small. */
struct unwind_fde {
    uint64_t start;
    uint32_t length; ///< [bytes]
    uint32_t cie;
    const uint8_t *program;
    uint32_t program_size;
    uint32_t n_rows;
    struct unwind_row *rows; ///< [n_rows] NULL = not run yet.
};

struct builder {
    enum unwind_format format;
    const uint8_t *bytes;
    size_t size;
    uint64_t section_addr;
    uint64_t cie_offset; ///< Of the last CIE.
    size_t fde_capacity;
    size_t lsda_capacity;
    size_t cie_capacity;
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

// Find the CIE of an FDE; those of neighbours are mostly one and the same.
static bool find_cie(struct builder *b, const struct entry *fde, uint32_t *ret)
{
    struct unwind_table *table = b->table;
    size_t offset = (size_t)(fde->pointer - b->bytes);
    uint64_t cie_offset = b->format == UNWIND_EH_FRAME ? offset - fde->id : fde->id;
    struct cfa_cie cie;
    struct entry entry;

    if (cie_offset >= b->size)
        return false;
    if (!table->n_cies || b->cie_offset != cie_offset) {
        struct cursor section = cursor_make(b->bytes + cie_offset, b->size - cie_offset);
        if (!read_entry(b, &section, &entry) || !entry.is_cie || !cfa_cie_read(&entry.body, &cie))
            return false;
        table->cies = mem_grow(table->cies, &b->cie_capacity, table->n_cies, sizeof *table->cies);
        table->cies[table->n_cies++] = cie;
        b->cie_offset = cie_offset;
    }
    *ret = (uint32_t)table->n_cies - 1;
    return true;
}

static uint64_t addr_of(const struct builder *b, const struct cursor *cursor)
{
    return b->section_addr + (uint64_t)(cursor->pos - b->bytes);
}

// The address of the exception table, from the augmentation data. 0 = none.
static uint64_t read_lsda(const struct builder *b, const struct cfa_cie *cie, struct cursor data)
{
    uint64_t addr = addr_of(b, &data);
    struct cursor again = data;
    uint64_t raw;
    uint64_t lsda;

    // A relative address of 0 means none, too.
    if (cie->lsda_encoding == CFA_NO_LSDA ||
        !cfa_pointer_read(&data, cie->lsda_encoding & 0x0f, 0, &raw) || !raw ||
        !cfa_pointer_read(&again, cie->lsda_encoding & 0x7f, addr, &lsda))
        return 0;
    return lsda;
}

static void keep_lsda(struct builder *b, const struct unwind_fde *fde, uint64_t addr)
{
    struct unwind_table *table = b->table;

    if (!addr)
        return;
    table->lsdas =
        mem_grow(table->lsdas, &b->lsda_capacity, table->n_lsdas, sizeof *table->lsdas);
    table->lsdas[table->n_lsdas++] =
        (struct unwind_lsda){fde->start, fde->start + fde->length, addr};
}

static bool add_fde(struct builder *b, const struct entry *entry)
{
    struct unwind_table *table = b->table;
    struct unwind_fde fde = {0};
    struct cursor body = entry->body;
    uint64_t length;

    if (cursor_left(&body) > UINT32_MAX || !find_cie(b, entry, &fde.cie))
        return false;
    const struct cfa_cie *cie = &table->cies[fde.cie];
    if (!cfa_pointer_read(&body, cie->pointer_encoding, addr_of(b, &body), &fde.start))
        return false;
    // The length has the pointer's format, but is never relative to anything.
    if (!cfa_pointer_read(&body, cie->pointer_encoding & 0x0f, 0, &length))
        return false;
    uint64_t lsda = 0;
    if (cie->has_augmentation_data) {
        uint64_t size = cursor_uleb(&body);
        lsda = read_lsda(b, cie, body);
        cursor_skip(&body, size);
    }
    if (body.failed || fde.start + length < fde.start || length > UINT32_MAX)
        return false;
    fde.length = (uint32_t)length;
    fde.program = body.pos;
    fde.program_size = (uint32_t)cursor_left(&body);
    // Address 0 is what the linker leaves of discarded functions.
    if (!length || !fde.start)
        return true;
    keep_lsda(b, &fde, lsda);
    table->fdes = mem_grow(table->fdes, &b->fde_capacity, table->n_fdes, sizeof *table->fdes);
    table->fdes[table->n_fdes++] = fde;
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
    const struct unwind_fde *x = a;
    const struct unwind_fde *y = b;

    return (x->start > y->start) - (x->start < y->start);
}

static bool are_sorted(const struct unwind_table *table)
{
    for (size_t i = 1; i < table->n_fdes; i++) {
        if (table->fdes[i].start < table->fdes[i - 1].start)
            return false;
    }
    return true;
}

// Of entries that overlap the first one holds.
static void drop_overlaps(struct unwind_table *table)
{
    uint64_t covered = 0;
    size_t kept = 0;

    for (size_t i = 0; i < table->n_fdes; i++) {
        if (table->fdes[i].start < covered) {
            table->n_bad++;
            continue;
        }
        covered = table->fdes[i].start + table->fdes[i].length;
        table->fdes[kept++] = table->fdes[i];
    }
    table->n_fdes = kept;
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

    // Room for about as many as there will be: growing would copy most of them several times.
    b.fde_capacity = size / TYPICAL_ENTRY + 1;
    ret->fdes = mem_alloc_array(b.fde_capacity, sizeof *ret->fdes);
    collect_fdes(&b);
    // Linkers mostly leave them in order.
    if (!are_sorted(ret))
        qsort(ret->fdes, ret->n_fdes, sizeof *ret->fdes, compare_fdes);
    drop_overlaps(ret);
}

void unwind_table_deinit(struct unwind_table *table)
{
    for (size_t i = 0; i < table->n_fdes; i++)
        free(table->fdes[i].rows);
    free(table->fdes);
    free(table->cies);
    free(table->lsdas);
    memset(table, 0, sizeof *table);
}

static bool same_rules(const struct unwind_row *a, const struct unwind_row *b)
{
    return a->cfa == b->cfa && a->cfa_register == b->cfa_register &&
           a->cfa_offset == b->cfa_offset && a->bp == b->bp && a->bp_offset == b->bp_offset;
}

// cfa_program_run()'s receiver: rules that hold from an address on.
static void add_row(void *context, uint64_t addr, const struct unwind_row *rules)
{
    struct row_list *list = context;
    uint64_t relative = addr - list->start;

    if (relative > UINT32_MAX)
        return;
    struct unwind_row *last = list->n ? &list->rows[list->n - 1] : NULL;
    if (last && last->addr == relative) {
        *last = *rules;
        last->addr = (uint32_t)relative;
        return;
    }
    if (last && same_rules(last, rules))
        return;
    list->rows = mem_grow(list->rows, &list->capacity, list->n, sizeof *list->rows);
    list->rows[list->n] = *rules;
    list->rows[list->n++].addr = (uint32_t)relative;
}

static void run(struct unwind_table *table, struct unwind_fde *fde)
{
    struct row_list list = {.start = fde->start};
    struct cursor program = cursor_make(fde->program, fde->program_size);

    if (!cfa_program_run(&table->cies[fde->cie], program, fde->start, fde->start + fde->length,
                         add_row, &list))
        table->n_bad++;
    fde->rows = list.rows ? list.rows : mem_alloc(sizeof *list.rows);
    fde->n_rows = (uint32_t)list.n;
}

// The last FDE that starts at or below the address, or NULL.
static struct unwind_fde *find_fde(const struct unwind_table *table, uint64_t addr)
{
    size_t low = 0;
    size_t high = table->n_fdes;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->fdes[middle].start <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? &table->fdes[low - 1] : NULL;
}

const struct unwind_row *unwind_table_find(struct unwind_table *table, uint64_t addr)
{
    static const struct unwind_row no_info = {.cfa = UNWIND_CFA_NO_INFO, .bp = UNWIND_BP_LOST};
    struct unwind_fde *fde = find_fde(table, addr);

    if (!fde)
        return NULL;
    if (addr - fde->start >= fde->length)
        return &no_info;
    if (!fde->rows)
        run(table, fde);
    size_t n = fde->n_rows;
    while (n && fde->rows[n - 1].addr > addr - fde->start)
        n--;
    return n ? &fde->rows[n - 1] : &no_info;
}
