#include "object/moved_exceptions.h"

#include "support/test.h"

// File addresses: of a function, its table, its copy, and the section that the new table comes into.
enum { FUNCTION = 0x1000, TABLE = 0x5000, OUT = 0x90000 };

static const struct exception_site sites[] = {
    {FUNCTION + 0x10, FUNCTION + 0x15, FUNCTION + 0x40, 1},
    {FUNCTION + 0x20, FUNCTION + 0x28, 0, 0},
    {FUNCTION + 0x30, FUNCTION + 0x32, FUNCTION + 0x44, 5},
};

static const struct exception_table original = {
    .base = FUNCTION,
    .type_encoding = 0x9b,
    .types = TABLE + 0x60,
    .actions = TABLE + 0x30,
    .sites = (struct exception_site *)(uintptr_t)sites,
    .n_sites = 3,
};

// Counters of 9 bytes before some instructions.
static const struct moved_place places[] = {
    {100, FUNCTION, 0},        {109, FUNCTION + 0x10, 0}, {118, FUNCTION + 0x10, 136},
    {123, FUNCTION + 0x15, 0}, {130, FUNCTION + 0x20, 0}, {138, FUNCTION + 0x28, 0},
    {140, FUNCTION + 0x30, 0},
};

// The new table as it would be read at run time.
static void read_back(const struct byte_writer *out, struct exception_table *ret)
{
    exception_table_read(cursor_make(out->bytes, out->size), OUT, 0x70000, ret);
}

LP_TEST(moved_exceptions, sites_are_those_of_the_copy)
{
    struct byte_writer out = {0};
    struct exception_table table;

    moved_exceptions_put(&out, OUT, &original, places, sizeof places / sizeof *places, 150);
    read_back(&out, &table);
    cr_assert_eq(table.n_sites, 3);
    cr_expect_eq(table.sites[0].begin, 0x70000 + 9, "with the counter in front");
    cr_expect_eq(table.sites[0].end, 0x70000 + 23);
    cr_expect_eq(table.sites[0].pad, FUNCTION + 0x40, "pads stay where they are");
    cr_expect_eq(table.sites[1].begin, 0x70000 + 30);
    cr_expect_eq(table.sites[1].end, 0x70000 + 38);
    cr_expect_eq(table.sites[1].pad, 0);
    cr_expect_eq(table.sites[2].begin, 0x70000 + 40);
    cr_expect_eq(table.sites[2].end, 0x70000 + 50, "up to the end of the copy");
    exception_table_deinit(&table);
    byte_writer_deinit(&out);
}

LP_TEST(moved_exceptions, actions_and_types_are_those_of_the_original)
{
    struct byte_writer out = {0};
    struct exception_table table;

    moved_exceptions_put(&out, OUT, &original, places, sizeof places / sizeof *places, 150);
    read_back(&out, &table);
    cr_expect_eq(table.type_encoding, 0x9b);
    cr_expect_eq(table.types, TABLE + 0x60, "it lies below, and the distance wraps around");
    cr_assert_eq(table.n_sites, 3);
    cr_expect_eq(table.actions + table.sites[0].action - 1, TABLE + 0x30);
    cr_expect_eq(table.sites[1].action, 0, "to clean up needs none");
    cr_expect_eq(table.actions + table.sites[2].action - 1, TABLE + 0x34);
    exception_table_deinit(&table);
    byte_writer_deinit(&out);
}

LP_TEST(moved_exceptions, a_table_without_types_stays_without)
{
    struct exception_table plain = original;
    struct byte_writer out = {0};
    struct exception_table table;

    plain.type_encoding = EXCEPTION_NO_TYPES;
    moved_exceptions_put(&out, OUT, &plain, places, 1, 109);
    read_back(&out, &table);
    cr_expect_eq(table.type_encoding, EXCEPTION_NO_TYPES);
    cr_expect_eq(table.n_sites, 0);
    exception_table_deinit(&table);
    byte_writer_deinit(&out);
}
