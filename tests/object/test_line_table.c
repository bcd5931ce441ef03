#include "object/line_table.h"

#include "support/test.h"

LP_TEST(line_table, paths_are_joined_once)
{
    struct string_pool pool;
    struct line_table table;

    string_pool_init(&pool);
    // As in the debug info of Debian's libraries: folder 0 is the compilation directory.
    line_table_init(&table, NULL, "./malloc");
    const struct line_file files[] = {{.name = "malloc.c", .folder = "./malloc"},
                                      {.name = "read.c", .folder = "../sysdeps/unix"},
                                      {.name = "arena.c"},
                                      {.name = "stddef.h", .folder = "/usr/include"}};
    for (size_t i = 0; i < 4; i++)
        line_table_add_file(&table, &files[i]);
    cr_expect_str_eq(line_table_path(&table, &pool, 0), "malloc/malloc.c");
    cr_expect_str_eq(line_table_path(&table, &pool, 1), "sysdeps/unix/read.c");
    cr_expect_str_eq(line_table_path(&table, &pool, 2), "malloc/arena.c");
    cr_expect_str_eq(line_table_path(&table, &pool, 3), "/usr/include/stddef.h");
    line_table_deinit(&table);
    string_pool_deinit(&pool);
}
