#include "object/unwind_table.h"

#include <string.h>

#include "support/test.h"

// File address that the section is said to lie at; FDE addresses below are pc-relative to it.
enum { SECTION = 0x4000, CODE = 0x1000 };

/** A section under construction. */
struct section {
    uint8_t bytes[512];
    size_t size;
};

static void put(struct section *s, const void *bytes, size_t size)
{
    cr_assert(s->size + size <= sizeof s->bytes);
    if (size)
        memcpy(s->bytes + s->size, bytes, size);
    s->size += size;
}

static void put_u32(struct section *s, uint32_t value)
{
    put(s, &value, sizeof value);
}

// The CIE that GCC writes for x86-64: CFA = rsp + 8, return address at CFA - 8.
static void put_cie(struct section *s, const char *augmentation)
{
    const uint8_t head[] = {1};
    const uint8_t tail[] = {1, 0x78, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1};

    put_u32(s, (uint32_t)(4 + 1 + strlen(augmentation) + 1 + sizeof tail));
    put_u32(s, 0);
    put(s, head, sizeof head);
    put(s, augmentation, strlen(augmentation) + 1);
    put(s, tail, sizeof tail);
}

static void put_fde(struct section *s, uint32_t start, uint32_t length, const uint8_t *program,
                    size_t size)
{
    put_u32(s, (uint32_t)(4 + 4 + 4 + 1 + size));
    put_u32(s, (uint32_t)s->size); // back to the CIE at offset 0
    put_u32(s, start - (SECTION + (uint32_t)s->size));
    put_u32(s, length);
    put(s, (const uint8_t[]){0}, 1);
    put(s, program, size);
}

// The table of the first `size` bytes of a section.
static void build_part(const struct section *s, size_t size, struct unwind_table *table)
{
    const struct unwind_section section = {
        .format = UNWIND_EH_FRAME, .bytes = s->bytes, .size = size, .addr = SECTION};

    unwind_table_init(table, &section, NULL);
}

static void build(const struct section *s, struct unwind_table *table)
{
    build_part(s, s->size, table);
}

static const struct unwind_row *row_at(struct unwind_table *table, uint64_t addr)
{
    const struct unwind_row *row = unwind_table_find(table, addr);

    cr_assert(row, "no row at %#lx", (unsigned long)addr);
    return row;
}

static void expect_register(const struct unwind_row *row, uint8_t reg, int32_t offset)
{
    cr_expect(row->cfa == UNWIND_CFA_REGISTER, "CFA kind %d", row->cfa);
    cr_expect(row->cfa_register == reg, "register %d", row->cfa_register);
    cr_expect(row->cfa_offset == offset, "offset %d", row->cfa_offset);
}

// push %rbp; mov %rsp,%rbp; ...; leave; ret
LP_TEST(unwind_table, frame_pointer_function)
{
    const uint8_t program[] = {
        0x41, 0x0e, 16, 0x86, 2, // advance 1: CFA offset 16, rbp at CFA - 16
        0x43, 0x0d, 6,           // advance 3: CFA register rbp
        0x44, 0x0c, 7,  8,       // advance 4: CFA rsp + 8
    };
    struct section s = {0};
    struct unwind_table table;

    put_cie(&s, "zR");
    put_fde(&s, CODE, 9, program, sizeof program);
    build(&s, &table);
    cr_expect(table.n_bad == 0);
    expect_register(row_at(&table, CODE), UNWIND_REG_SP, 8);
    cr_expect(row_at(&table, CODE)->bp == UNWIND_BP_SAME);
    expect_register(row_at(&table, CODE + 1), UNWIND_REG_SP, 16);
    expect_register(row_at(&table, CODE + 4), UNWIND_REG_BP, 16);
    cr_expect(row_at(&table, CODE + 7)->bp == UNWIND_BP_AT_CFA);
    cr_expect(row_at(&table, CODE + 7)->bp_offset == -16);
    expect_register(row_at(&table, CODE + 8), UNWIND_REG_SP, 8);
    cr_expect(row_at(&table, CODE + 9)->cfa == UNWIND_CFA_NO_INFO);
    cr_expect(unwind_table_find(&table, CODE - 1) == NULL);
    unwind_table_deinit(&table);
}

LP_TEST(unwind_table, functions_in_any_order_and_gaps_between_them)
{
    const uint8_t program[] = {0x0e, 32};
    struct section s = {0};
    struct unwind_table table;

    put_cie(&s, "zR");
    put_fde(&s, CODE + 0x100, 0x10, program, sizeof program);
    put_fde(&s, CODE, 0x10, program, 0);
    put_fde(&s, CODE + 0x10, 0x10, program, sizeof program);
    build(&s, &table);
    expect_register(row_at(&table, CODE + 0xf), UNWIND_REG_SP, 8);
    expect_register(row_at(&table, CODE + 0x10), UNWIND_REG_SP, 32);
    cr_expect(row_at(&table, CODE + 0x20)->cfa == UNWIND_CFA_NO_INFO);
    cr_expect(row_at(&table, CODE + 0xff)->cfa == UNWIND_CFA_NO_INFO);
    expect_register(row_at(&table, CODE + 0x10f), UNWIND_REG_SP, 32);
    unwind_table_deinit(&table);
}

LP_TEST(unwind_table, remembered_rules_come_back)
{
    const uint8_t program[] = {0x41, 0x0e, 16, 0x0a, 0x41, 0x0e, 8, 0x41, 0x0b};
    struct section s = {0};
    struct unwind_table table;

    put_cie(&s, "zR");
    put_fde(&s, CODE, 8, program, sizeof program);
    build(&s, &table);
    expect_register(row_at(&table, CODE + 1), UNWIND_REG_SP, 16);
    expect_register(row_at(&table, CODE + 2), UNWIND_REG_SP, 8);
    expect_register(row_at(&table, CODE + 3), UNWIND_REG_SP, 16);
    unwind_table_deinit(&table);
}

LP_TEST(unwind_table, outermost_function_has_no_caller)
{
    const uint8_t program[] = {0x07, 16}; // the return address is undefined
    struct section s = {0};
    struct unwind_table table;

    put_cie(&s, "zR");
    put_fde(&s, CODE, 8, program, sizeof program);
    build(&s, &table);
    cr_expect(row_at(&table, CODE)->cfa == UNWIND_CFA_END);
    unwind_table_deinit(&table);
}

LP_TEST(unwind_table, signal_frames_are_known_by_their_augmentation)
{
    struct section s = {0};
    struct unwind_table table;

    put_cie(&s, "zRS");
    put_fde(&s, CODE, 8, NULL, 0);
    build(&s, &table);
    cr_expect(row_at(&table, CODE + 1)->cfa == UNWIND_CFA_SIGNAL);
    unwind_table_deinit(&table);
}

// rsp + 8 + (((rip & 15) >= 11) << 3), as linkers write for the PLT.
LP_TEST(unwind_table, plt_expression)
{
    const uint8_t program[] = {0x0f, 11,   0x77, 8,    0x80, 0,   0x3f,
                               0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22};
    struct section s = {0};
    struct unwind_table table;

    put_cie(&s, "zR");
    put_fde(&s, CODE, 64, program, sizeof program);
    build(&s, &table);
    cr_expect(row_at(&table, CODE)->cfa == UNWIND_CFA_PLT);
    cr_expect(row_at(&table, CODE)->cfa_offset == 11);
    unwind_table_deinit(&table);
}

// A realigned stack: the CFA is kept at rbp - 8, the caller's rbp at rbp.
LP_TEST(unwind_table, realigned_stack)
{
    const uint8_t program[] = {0x0c, 10,   0,    0x41, 0x10, 6,    2,   0x76,
                               0,    0x41, 0x0f, 3,    0x76, 0x78, 0x06};
    struct section s = {0};
    struct unwind_table table;

    put_cie(&s, "zR");
    put_fde(&s, CODE, 64, program, sizeof program);
    build(&s, &table);
    expect_register(row_at(&table, CODE), 10, 0);
    const struct unwind_row *row = row_at(&table, CODE + 2);
    cr_expect(row->cfa == UNWIND_CFA_DEREF);
    cr_expect(row->cfa_register == UNWIND_REG_BP && row->cfa_offset == -8);
    cr_expect(row->bp == UNWIND_BP_AT_BP && row->bp_offset == 0);
    unwind_table_deinit(&table);
}

LP_TEST(unwind_table, expressions_that_are_not_known_say_so)
{
    const uint8_t program[] = {0x0f, 3, 0x30, 0x30, 0x22};
    struct section s = {0};
    struct unwind_table table;

    put_cie(&s, "zR");
    put_fde(&s, CODE, 64, program, sizeof program);
    build(&s, &table);
    cr_expect(row_at(&table, CODE)->cfa == UNWIND_CFA_UNKNOWN);
    unwind_table_deinit(&table);
}

// Entries are run when they are first asked for.
static void run_all(struct unwind_table *table)
{
    for (uint64_t addr = CODE - 1; addr < CODE + 20; addr++)
        unwind_table_find(table, addr);
}

// Every prefix of a sound section, and every single byte of it changed: no crash, no endless loop.
LP_TEST(unwind_table, damaged_sections_are_survived)
{
    const uint8_t program[] = {0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x44, 0x0c, 7, 8};
    struct section s = {0};
    struct unwind_table table;
    size_t bad = 0;

    put_cie(&s, "zR");
    put_fde(&s, CODE, 9, program, sizeof program);
    for (size_t size = 0; size < s.size; size++) {
        build_part(&s, size, &table);
        run_all(&table);
        bad += table.n_bad;
        unwind_table_deinit(&table);
    }
    for (size_t i = 0; i < s.size; i++) {
        struct section damaged = s;
        damaged.bytes[i] ^= 0xff;
        build(&damaged, &table);
        run_all(&table);
        bad += table.n_bad;
        unwind_table_deinit(&table);
    }
    cr_expect(bad > 10, "damage is counted: %zu", bad);
}

// As in libgcc's _Unwind_Resume(): the return address moves to rcx, and back.
LP_TEST(unwind_table, return_address_in_a_register)
{
    const uint8_t program[] = {0x41, 0x0a, 0x0e, 0, 0x09, 16, 2, 0x41, 0x0b};
    struct section s = {0};
    struct unwind_table table;

    put_cie(&s, "zR");
    put_fde(&s, CODE, 8, program, sizeof program);
    build(&s, &table);
    cr_expect(row_at(&table, CODE)->ra_in == 0);
    expect_register(row_at(&table, CODE + 1), UNWIND_REG_SP, 0);
    cr_expect(row_at(&table, CODE + 1)->ra_in == 2 + 1);
    expect_register(row_at(&table, CODE + 2), UNWIND_REG_SP, 8);
    cr_expect(row_at(&table, CODE + 2)->ra_in == 0);
    unwind_table_deinit(&table);
}

// ---- the index

// As linkers write it: 4 bytes of encodings, where .eh_frame is, the number of pairs, the pairs.
static void put_index(struct section *index, uint32_t addr, size_t n, const uint32_t (*pairs)[2])
{
    const uint8_t encodings[] = {1, 0x1b, 0x03, 0x3b};

    put(index, encodings, sizeof encodings);
    put_u32(index, SECTION - (addr + 4));
    put_u32(index, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        put_u32(index, pairs[i][0] - addr);
        put_u32(index, pairs[i][1] - addr);
    }
}

enum { INDEX = 0x5000 };

/** Two functions of 0x10 bytes with frames of 32 and 48, and an index that is right. */
struct indexed {
    struct section section;
    uint32_t entries[2]; ///< File addresses of the FDEs.
    struct unwind_table table;
};

static void put_two(struct indexed *two)
{
    put_cie(&two->section, "zR");
    for (uint32_t i = 0; i < 2; i++) {
        two->entries[i] = SECTION + (uint32_t)two->section.size;
        const uint8_t program[] = {0x0e, (uint8_t)(32 + 16 * i)};
        put_fde(&two->section, CODE + 0x20 * i, 0x10, program, sizeof program);
    }
}

static void build_indexed(struct indexed *two, const struct section *index)
{
    const struct unwind_section section = {
        .format = UNWIND_EH_FRAME,
        .bytes = two->section.bytes,
        .size = two->section.size,
        .addr = SECTION,
    };
    struct unwind_index found = {0};

    unwind_index_read(index->bytes, index->size, INDEX, SECTION, &found);
    unwind_table_init(&two->table, &section, &found);
}

static void expect_both(struct indexed *two)
{
    expect_register(row_at(&two->table, CODE + 0xf), UNWIND_REG_SP, 32);
    expect_register(row_at(&two->table, CODE + 0x20), UNWIND_REG_SP, 48);
}

LP_TEST(unwind_table, an_index_leads_to_entries)
{
    struct indexed two = {0};
    struct section index = {0};

    put_two(&two);
    put_index(&index, INDEX, 2,
              (const uint32_t[][2]){{CODE, two.entries[0]}, {CODE + 0x20, two.entries[1]}});
    build_indexed(&two, &index);
    cr_assert(two.table.index.n == 2);
    expect_both(&two);
    cr_expect(!two.table.is_scanned, "the section was read whole");
    cr_expect(row_at(&two.table, CODE + 0x10)->cfa == UNWIND_CFA_NO_INFO);
    cr_expect(unwind_table_find(&two.table, CODE - 1) == NULL);
    unwind_table_deinit(&two.table);
}

LP_TEST(unwind_table, what_an_index_lacks_or_tells_wrong_is_in_the_section)
{
    struct indexed lacking = {0};
    struct indexed swapped = {0};
    struct section index = {0};

    put_two(&lacking);
    put_index(&index, INDEX, 1, (const uint32_t[][2]){{CODE, lacking.entries[0]}});
    build_indexed(&lacking, &index);
    expect_both(&lacking);
    unwind_table_deinit(&lacking.table);

    put_two(&swapped);
    index.size = 0;
    put_index(&index, INDEX, 2,
              (const uint32_t[][2]){{CODE, swapped.entries[1]}, {CODE + 0x20, SECTION}});
    build_indexed(&swapped, &index);
    expect_both(&swapped);
    unwind_table_deinit(&swapped.table);
}

LP_TEST(unwind_table, an_index_of_another_section_is_not_used)
{
    struct section index = {0};
    struct unwind_index found = {0};

    put_index(&index, INDEX, 0, NULL);
    cr_expect(unwind_index_read(index.bytes, index.size, INDEX, SECTION, &found));
    cr_expect(!unwind_index_read(index.bytes, index.size, INDEX, SECTION + 8, &found));
    for (size_t size = 0; size < index.size; size++)
        cr_expect(!unwind_index_read(index.bytes, size, INDEX, SECTION, &found));
}

// Every byte of an index changed: the rows stay right, for the section tells them.
LP_TEST(unwind_table, a_damaged_index_changes_nothing)
{
    struct indexed two = {0};
    struct section index = {0};

    put_two(&two);
    put_index(&index, INDEX, 2,
              (const uint32_t[][2]){{CODE, two.entries[0]}, {CODE + 0x20, two.entries[1]}});
    for (size_t i = 0; i < index.size; i++) {
        struct section damaged = index;
        damaged.bytes[i] ^= 0xff;
        build_indexed(&two, &damaged);
        expect_both(&two);
        unwind_table_deinit(&two.table);
    }
}
