// Few of a library's functions ever lie on a stack, so only the lookup reads their entries, where the
// index tells where they are, and runs their instructions. What the index says holds only when the entry
// that it leads to covers the address: else the section itself is asked, so that a missing, damaged or
// incomplete index costs time and nothing else. A row that says NO_INFO stands for the gaps between
// entries.
#include "object/unwind_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/mem.h"
#include "object/cfa_program.h"

enum {
    TYPICAL_ENTRY = 40, // bytes of an FDE
    CIES_TRIED = 16,    // Linkers leave few; where they leave many, the last ones are those in use.
};

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

/** One entry of the section: a CIE or an FDE. */
struct entry {
    struct cursor body;     ///< Behind the CIE pointer.
    const uint8_t *pointer; ///< Where the CIE pointer stands.
    uint64_t id;            ///< The CIE pointer itself.
    bool is_cie;
};

// Read the entry at `section` and pass over it. False at the end of the section or when it is
// damaged.
static bool read_entry(const struct unwind_section *in, struct cursor *section, struct entry *ret)
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
    bool wide_id = wide && in->format == UNWIND_DEBUG_FRAME;
    ret->id = wide_id ? cursor_u64(&ret->body) : cursor_u32(&ret->body);
    uint64_t cie_id = in->format == UNWIND_EH_FRAME ? 0 : (wide_id ? UINT64_MAX : UINT32_MAX);
    ret->is_cie = ret->id == cie_id;
    return !ret->body.failed;
}

// A cursor from `offset` in the section on; an empty one behind its end.
static struct cursor cursor_at(const struct unwind_section *in, uint64_t offset)
{
    return offset < in->size ? cursor_make(in->bytes + offset, in->size - offset)
                             : cursor_make(in->bytes, 0);
}

static bool known_cie(const struct unwind_table *table, uint64_t offset, uint32_t *ret)
{
    size_t tried = table->n_cies < CIES_TRIED ? table->n_cies : CIES_TRIED;

    for (size_t i = table->n_cies; i > table->n_cies - tried; i--) {
        if (table->cies[i - 1].offset != offset)
            continue;
        *ret = (uint32_t)i - 1;
        return true;
    }
    return false;
}

// Find the CIE of an FDE; those of neighbours are mostly one and the same.
static bool find_cie(struct unwind_table *table, const struct entry *fde, uint32_t *ret)
{
    const struct unwind_section *in = &table->section;
    uint64_t offset = (uint64_t)(fde->pointer - in->bytes);
    uint64_t cie_offset = in->format == UNWIND_EH_FRAME ? offset - fde->id : fde->id;
    struct cursor section = cursor_at(in, cie_offset);
    struct cfa_cie cie;
    struct entry entry;

    if (known_cie(table, cie_offset, ret))
        return true;
    if (!read_entry(in, &section, &entry) || !entry.is_cie || !cfa_cie_read(&entry.body, &cie))
        return false;
    cie.offset = cie_offset;
    table->cies = mem_grow(table->cies, &table->cie_capacity, table->n_cies, sizeof *table->cies);
    table->cies[table->n_cies] = cie;
    *ret = (uint32_t)table->n_cies++;
    return true;
}

static uint64_t addr_of(const struct unwind_section *in, const struct cursor *cursor)
{
    return in->addr + (uint64_t)(cursor->pos - in->bytes);
}

// The address of the exception table, from the augmentation data. 0 = none.
static uint64_t read_lsda(const struct unwind_section *in, const struct cfa_cie *cie,
                          struct cursor data)
{
    uint64_t addr = addr_of(in, &data);
    struct cursor again = data;
    uint64_t raw;
    uint64_t lsda;

    // A relative address of 0 means none, too.
    if (cie->lsda_encoding == CFA_NO_LSDA ||
        !cfa_cie_pointer(&data, cie->lsda_encoding & 0x0f, 0, &raw) || !raw ||
        !cfa_cie_pointer(&again, cie->lsda_encoding & 0x7f, addr, &lsda))
        return 0;
    return lsda;
}

// Read the FDE of an entry, and the address of its exception table.
static bool read_fde(struct unwind_table *table, const struct entry *entry, struct unwind_fde *ret,
                     uint64_t *lsda_ret)
{
    const struct unwind_section *in = &table->section;
    struct unwind_fde fde = {0};
    struct cursor body = entry->body;
    uint64_t length;
    uint64_t lsda = 0;

    if (cursor_left(&body) > UINT32_MAX || !find_cie(table, entry, &fde.cie))
        return false;
    const struct cfa_cie *cie = &table->cies[fde.cie];
    if (!cfa_cie_pointer(&body, cie->pointer_encoding, addr_of(in, &body), &fde.start))
        return false;
    // The length has the pointer's format, but is never relative to anything.
    if (!cfa_cie_pointer(&body, cie->pointer_encoding & 0x0f, 0, &length))
        return false;
    if (cie->has_augmentation_data) {
        uint64_t size = cursor_uleb(&body);
        lsda = read_lsda(in, cie, body);
        cursor_skip(&body, size);
    }
    if (body.failed || fde.start + length < fde.start || length > UINT32_MAX)
        return false;
    fde.length = (uint32_t)length;
    fde.program = body.pos;
    fde.program_size = (uint32_t)cursor_left(&body);
    *ret = fde;
    *lsda_ret = lsda;
    return true;
}

// ---- the whole section

static void keep_lsda(struct unwind_table *table, const struct unwind_fde *fde, uint64_t addr)
{
    table->lsdas =
        mem_grow(table->lsdas, &table->lsda_capacity, table->n_lsdas, sizeof *table->lsdas);
    table->lsdas[table->n_lsdas++] =
        (struct unwind_lsda){fde->start, fde->start + fde->length, addr};
}

static bool add_fde(struct unwind_table *table, const struct entry *entry)
{
    struct unwind_fde fde;
    uint64_t lsda;

    if (!read_fde(table, entry, &fde, &lsda))
        return false;
    // Address 0 is what the linker leaves of discarded functions.
    if (!fde.length || !fde.start)
        return true;
    if (lsda)
        keep_lsda(table, &fde, lsda);
    table->fdes = mem_grow(table->fdes, &table->fde_capacity, table->n_fdes, sizeof *table->fdes);
    table->fdes[table->n_fdes++] = fde;
    return true;
}

static void collect_fdes(struct unwind_table *table)
{
    struct cursor section = cursor_at(&table->section, 0);
    struct entry entry;

    while (cursor_left(&section) && read_entry(&table->section, &section, &entry)) {
        if (!entry.is_cie && !add_fde(table, &entry))
            table->n_bad++;
    }
    // A zero length ends .eh_frame; anything else that stopped the loop is damage.
    if (section.failed)
        table->n_bad++;
}

static int compare_fdes(const void *a, const void *b)
{
    const struct unwind_fde *x = a;
    const struct unwind_fde *y = b;

    return (x->start > y->start) - (x->start < y->start);
}

static int compare_lsdas(const void *a, const void *b)
{
    const struct unwind_lsda *x = a;
    const struct unwind_lsda *y = b;

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

static void scan(struct unwind_table *table)
{
    if (table->is_scanned)
        return;
    table->is_scanned = true;
    // Room for about as many as there will be: growing would copy most of them several times.
    table->fde_capacity = table->section.size / TYPICAL_ENTRY + 1;
    table->fdes = mem_alloc_array(table->fde_capacity, sizeof *table->fdes);
    collect_fdes(table);
    // Linkers mostly leave them in order.
    if (!are_sorted(table))
        qsort(table->fdes, table->n_fdes, sizeof *table->fdes, compare_fdes);
    drop_overlaps(table);
    if (table->n_lsdas)
        qsort(table->lsdas, table->n_lsdas, sizeof *table->lsdas, compare_lsdas);
}

void unwind_table_init(struct unwind_table *ret, const struct unwind_section *section,
                       const struct unwind_index *index)
{
    *ret = (struct unwind_table){.section = *section};
    if (!index || !index->n)
        return;
    ret->index = *index;
    ret->indexed = mem_alloc_array(index->n, sizeof *ret->indexed);
}

static void free_fdes(struct unwind_fde *fdes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(fdes[i].rows);
    free(fdes);
}

void unwind_table_deinit(struct unwind_table *table)
{
    free_fdes(table->indexed, table->index.n);
    free_fdes(table->fdes, table->n_fdes);
    free(table->cies);
    free(table->lsdas);
    memset(table, 0, sizeof *table);
}

bool unwind_table_has_entries(struct unwind_table *table)
{
    if (!table->index.n)
        scan(table);
    return table->index.n || table->n_fdes;
}

const struct unwind_lsda *unwind_table_lsdas(struct unwind_table *table, size_t *count_ret)
{
    scan(table);
    *count_ret = table->n_lsdas;
    return table->lsdas;
}

// ---- rows

static bool same_rules(const struct unwind_row *a, const struct unwind_row *b)
{
    return a->cfa == b->cfa && a->cfa_register == b->cfa_register &&
           a->cfa_offset == b->cfa_offset && a->ra_in == b->ra_in && a->bp == b->bp &&
           a->bp_offset == b->bp_offset;
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

// ---- looking up

// The entry at a file address, when it is an FDE.
static bool read_fde_at(struct unwind_table *table, uint64_t entry_addr, struct unwind_fde *ret)
{
    struct cursor section = cursor_at(&table->section, entry_addr - table->section.addr);
    struct entry entry;
    uint64_t lsda;

    return read_entry(&table->section, &section, &entry) && !entry.is_cie &&
           read_fde(table, &entry, ret, &lsda);
}

// The FDE that covers the address, by the index; NULL when that does not lead to it.
static struct unwind_fde *find_by_index(struct unwind_table *table, uint64_t addr)
{
    size_t place;
    uint64_t entry_addr;

    if (!unwind_index_find(&table->index, addr, &place, &entry_addr))
        return NULL;
    struct unwind_fde *fde = &table->indexed[place];
    if (!fde->length && !read_fde_at(table, entry_addr, fde))
        return NULL;
    return addr - fde->start < fde->length ? fde : NULL;
}

// The last FDE that starts at or below the address, or NULL.
static struct unwind_fde *find_in_section(struct unwind_table *table, uint64_t addr)
{
    scan(table);
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

// The entry that covers the address, or one beside it, or NULL.
static struct unwind_fde *find_fde(struct unwind_table *table, uint64_t addr)
{
    struct unwind_fde *fde = find_by_index(table, addr);

    return fde ? fde : find_in_section(table, addr);
}

static uint64_t find_lsda(struct unwind_table *table, uint64_t start)
{
    const struct unwind_lsda wanted = {.start = start};

    scan(table);
    const struct unwind_lsda *found =
        table->n_lsdas
            ? bsearch(&wanted, table->lsdas, table->n_lsdas, sizeof wanted, compare_lsdas)
            : NULL;
    return found ? found->addr : 0;
}

static void find_personality(struct unwind_table *table, struct unwind_program *program)
{
    const struct unwind_section *in = &table->section;
    const struct cfa_cie *cie = program->cie;

    if (!cie->personality)
        return;
    uint64_t offset = (uint64_t)(cie->personality - in->bytes);
    struct cursor cursor = cursor_at(in, offset);
    uint64_t addr;
    if (!cfa_cie_pointer(&cursor, cie->personality_encoding & 0x7f, in->addr + offset, &addr))
        return;
    program->personality = addr;
    program->is_indirect = cie->personality_encoding & 0x80;
    program->lsda = find_lsda(table, program->start);
}

bool unwind_table_program(struct unwind_table *table, uint64_t addr, struct unwind_program *ret)
{
    const struct unwind_fde *fde = find_fde(table, addr);

    if (!fde || addr - fde->start >= fde->length)
        return false;
    *ret = (struct unwind_program){.start = fde->start,
                                   .end = fde->start + fde->length,
                                   .cie = &table->cies[fde->cie],
                                   .bytes = fde->program,
                                   .size = fde->program_size};
    find_personality(table, ret);
    ret->cie = &table->cies[fde->cie]; // They may have moved.
    return true;
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
