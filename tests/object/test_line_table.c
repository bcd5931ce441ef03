#include "object/line_table.h"

#include "support/test.h"

// All addresses from 0x1000 on are code.
static struct object_segment code = {.addr = 0x1000, .size = 0x10000};
static const struct image image = {.code = &code, .n_code = 1};

static void add(struct line_table *table, uint64_t addr, uint32_t line)
{
    struct line_row row = {.line = line, .file = 1};

    line_table_add_row(table, addr, &row);
}

static int line_at(const struct line_table *table, uint64_t addr)
{
    const struct line_sequence *sequence = line_table_sequence(table, addr);

    return sequence ? (int)table->rows[line_table_row(table, sequence, addr)].line : -1;
}

LP_TEST(line_table, the_last_row_of_an_address_wins)
{
    struct line_table table;

    line_table_init(&table, &image, NULL);
    add(&table, 0x1000, 1);
    add(&table, 0x1004, 2);
    add(&table, 0x1004, 3);
    add(&table, 0x1008, 4);
    line_table_end_sequence(&table, 0x100c);
    line_table_finish(&table);
    cr_expect_eq(table.n_rows, 3);
    cr_expect_eq(line_at(&table, 0xfff), -1);
    cr_expect_eq(line_at(&table, 0x1003), 1);
    cr_expect_eq(line_at(&table, 0x1004), 3);
    cr_expect_eq(line_at(&table, 0x100b), 4);
    cr_expect_eq(line_at(&table, 0x100c), -1);
    cr_expect_eq(line_table_row_end(&table, &table.sequences[0], 1), 0x1008);
    cr_expect_eq(line_table_row_end(&table, &table.sequences[0], 2), 0x100c);
    line_table_deinit(&table);
}

LP_TEST(line_table, sequences_are_sorted_and_kept_apart)
{
    struct line_table table;

    line_table_init(&table, &image, NULL);
    add(&table, 0x2000, 5);
    line_table_end_sequence(&table, 0x2010);
    add(&table, 0x1000, 6);
    line_table_end_sequence(&table, 0x1010);
    line_table_finish(&table);
    cr_expect_eq(line_at(&table, 0x1000), 6);
    cr_expect_eq(line_at(&table, 0x1010), -1);
    cr_expect_eq(line_at(&table, 0x200f), 5);
    line_table_deinit(&table);
}

LP_TEST(line_table, what_is_no_code_is_dropped)
{
    struct line_table table;

    line_table_init(&table, &image, NULL);
    // Thrown away by the linker; empty; never ended.
    add(&table, 0, 1);
    line_table_end_sequence(&table, 0x20);
    add(&table, 0x1000, 2);
    line_table_end_sequence(&table, 0x1000);
    add(&table, 0x1100, 3);
    line_table_finish(&table);
    cr_expect_eq(table.n_sequences, 0);
    cr_expect_eq(table.n_rows, 0);
    line_table_deinit(&table);
}

LP_TEST(line_table, an_address_that_goes_back_begins_a_new_sequence)
{
    struct line_table table;

    line_table_init(&table, &image, NULL);
    add(&table, 0x2000, 1);
    add(&table, 0x2008, 2);
    add(&table, 0x1000, 3);
    line_table_end_sequence(&table, 0x1004);
    line_table_finish(&table);
    cr_expect_eq(line_at(&table, 0x2004), 1);
    cr_expect_eq(line_at(&table, 0x1003), 3);
    cr_expect_eq(line_at(&table, 0x1004), -1);
    line_table_deinit(&table);
}

LP_TEST(line_table, paths_are_joined_with_folders_and_tidied)
{
    struct line_table table;
    struct string_pool pool;

    string_pool_init(&pool);
    line_table_init(&table, &image, "/src/build");
    line_table_add_file(&table, NULL, NULL);
    line_table_add_file(&table, "../a.c", NULL);
    line_table_add_file(&table, "b.h", "../include");
    line_table_add_file(&table, "c.h", "/usr/include");
    line_table_add_file(&table, "/abs/./d.c", "../include");
    cr_expect_null(line_table_path(&table, &pool, 0));
    cr_expect_str_eq(line_table_path(&table, &pool, 1), "/src/a.c");
    cr_expect_str_eq(line_table_path(&table, &pool, 2), "/src/include/b.h");
    cr_expect_str_eq(line_table_path(&table, &pool, 3), "/usr/include/c.h");
    cr_expect_str_eq(line_table_path(&table, &pool, 4), "/abs/d.c");
    cr_expect_null(line_table_path(&table, &pool, 5));
    line_table_deinit(&table);
    string_pool_deinit(&pool);
}
