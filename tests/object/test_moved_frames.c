#include "object/moved_frames.h"

#include <string.h>

#include "support/test.h"

// File addresses of the section, of the code it is about, of a copy of that code, and of its section.
enum { SECTION = 0x4000, CODE = 0x1000, COPY = 0x9000, COPY_SECTION = 0xa000 };

// push rbp (1 byte); mov rbp, rsp (3); ... ; pop rbp at 16; ret at 17; 20 bytes in all.
static const uint8_t section[] = {
    20,   0,    0,  0,    0,    0, 0, 0, 1, 'z', 'R', 0, 1,  0x78, 16, 1, 0x1b,
    0x0c, 7,    8,  0x90, 1,    0, 0,                                        // CIE
    28,   0,    0,  0,    28,   0, 0, 0, 0, 0,   0,   0, 20, 0,    0,  0, 0, // FDE
    0x41, 0x0e, 16, 0x86, 2,    // advance 1: CFA = rsp + 16, rbp at CFA - 16
    0x43, 0x0d, 6,              // advance 3: CFA = rbp + 16
    0x4d, 0x0c, 7,  8,    0xc6, // advance 13: CFA = rsp + 8, rbp is the caller's
    0,    0};

static void fill_first_address(uint8_t *bytes, size_t entry, uint32_t section_addr, uint32_t addr)
{
    uint32_t distance = addr - (section_addr + (uint32_t)entry + 8);

    memcpy(bytes + entry + 8, &distance, sizeof distance);
}

static void expect_row(struct unwind_table *table, uint64_t addr, uint8_t reg, int32_t offset)
{
    const struct unwind_row *row = unwind_table_find(table, addr);

    cr_assert_not_null(row, "no row for %lx", (unsigned long)addr);
    cr_expect_eq(row->cfa, UNWIND_CFA_REGISTER, "at %lx", (unsigned long)addr);
    cr_expect_eq(row->cfa_register, reg, "at %lx: register %d", (unsigned long)addr,
                 row->cfa_register);
    cr_expect_eq(row->cfa_offset, offset, "at %lx: offset %d", (unsigned long)addr,
                 row->cfa_offset);
}

static void make_table(uint8_t *bytes, size_t size, uint32_t addr, struct unwind_table *ret)
{
    const struct unwind_section whole = {
        .format = UNWIND_EH_FRAME, .bytes = bytes, .size = size, .addr = addr};

    unwind_table_init(ret, &whole, NULL);
}

static void move(struct moved_frames *ret, struct unwind_table *from,
                 const struct moved_place *places, size_t n, uint64_t end)
{
    moved_frames_init(ret, &(struct moved_code){.table = from,
                                                .places = places,
                                                .n = n,
                                                .end = end,
                                                .addr = COPY,
                                                .frames_addr = COPY_SECTION});
}

// The copy has a counter of 9 bytes in front of each of three instructions.
static const struct moved_place places[] = {
    {0, CODE, 0},      {9, CODE, 0},       {10, CODE + 1, 0},  {13, CODE + 4, 0},
    {22, CODE + 4, 0}, {40, CODE + 16, 0}, {49, CODE + 16, 0}, {50, CODE + 17, 0},
};

LP_TEST(moved_frames, rules_change_where_they_do_in_the_original)
{
    uint8_t original[sizeof section];
    struct unwind_table from;
    struct unwind_table table;
    struct moved_frames frames;

    memcpy(original, section, sizeof section);
    fill_first_address(original, 24, SECTION, CODE);
    make_table(original, sizeof original, SECTION, &from);
    move(&frames, &from, places, sizeof places / sizeof *places, 60);
    cr_assert_eq(frames.n_entries, 1);
    cr_expect_eq(frames.entries[0].offset, 0);
    cr_expect_eq(frames.entries[0].size, 60);
    make_table(frames.section.bytes, frames.section.size, COPY_SECTION, &table);
    expect_row(&table, COPY, UNWIND_REG_SP, 8);
    expect_row(&table, COPY + 9, UNWIND_REG_SP, 8);
    expect_row(&table, COPY + 10, UNWIND_REG_SP, 16);
    expect_row(&table, COPY + 12, UNWIND_REG_SP, 16);
    expect_row(&table, COPY + 13, UNWIND_REG_BP, 16);
    expect_row(&table, COPY + 49, UNWIND_REG_BP, 16);
    expect_row(&table, COPY + 50, UNWIND_REG_SP, 8);
    cr_expect_eq(unwind_table_find(&table, COPY + 49)->bp, UNWIND_BP_AT_CFA);
    cr_expect_eq(unwind_table_find(&table, COPY + 50)->bp, UNWIND_BP_SAME);
    unwind_table_deinit(&table);
    moved_frames_deinit(&frames);
    unwind_table_deinit(&from);
}

LP_TEST(moved_frames, what_is_pushed_is_part_of_the_way_to_the_frame)
{
    static const struct moved_place pushing[] = {
        {0, CODE + 1, 0}, {5, CODE + 1, 136}, {15, CODE + 1, 0}, {19, CODE + 4, 0}};
    uint8_t original[sizeof section];
    struct unwind_table from;
    struct unwind_table table;
    struct moved_frames frames;

    memcpy(original, section, sizeof section);
    fill_first_address(original, 24, SECTION, CODE);
    make_table(original, sizeof original, SECTION, &from);
    move(&frames, &from, pushing, sizeof pushing / sizeof *pushing, 30);
    cr_assert_eq(frames.n_entries, 1);
    make_table(frames.section.bytes, frames.section.size, COPY_SECTION, &table);
    expect_row(&table, COPY + 4, UNWIND_REG_SP, 16);
    expect_row(&table, COPY + 5, UNWIND_REG_SP, 152);
    expect_row(&table, COPY + 15, UNWIND_REG_SP, 16);
    expect_row(&table, COPY + 19, UNWIND_REG_BP, 16);
    unwind_table_deinit(&table);
    moved_frames_deinit(&frames);
    unwind_table_deinit(&from);
}

LP_TEST(moved_frames, code_that_nothing_is_known_of_has_no_entry)
{
    static const struct moved_place elsewhere[] = {{0, 0x20000, 0}, {4, 0x20004, 0}};
    uint8_t original[sizeof section];
    struct unwind_table from;
    struct moved_frames frames;

    memcpy(original, section, sizeof section);
    fill_first_address(original, 24, SECTION, CODE);
    make_table(original, sizeof original, SECTION, &from);
    move(&frames, &from, elsewhere, 2, 8);
    cr_expect_eq(frames.n_entries, 0);
    moved_frames_deinit(&frames);
    unwind_table_deinit(&from);
}
