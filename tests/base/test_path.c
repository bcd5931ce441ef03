#include "base/path.h"

#include <stdlib.h>

#include "support/test.h"

static void expect_join(const char *folder, const char *name, const char *expected)
{
    char *path = path_join(folder, name);

    cr_expect_str_eq(path, expected, "path_join(\"%s\", \"%s\") is \"%s\", not \"%s\"",
                     folder ? folder : "NULL", name, path, expected);
    free(path);
}

LP_TEST(path, join_tidies_what_it_joins)
{
    expect_join("/src", "a.c", "/src/a.c");
    expect_join("/src/", "./lib/../a.c", "/src/a.c");
    expect_join("/src", "/usr/include/x.h", "/usr/include/x.h");
    expect_join("/", "../a.c", "/a.c");
    expect_join(NULL, "../a.c", "../a.c");
    expect_join("..", "../a.c", "../../a.c");
    expect_join("a", "../../b", "../b");
    expect_join("", "a//b/", "a/b");
    expect_join(NULL, "", ".");
    expect_join("/", "..", "/");
}

LP_TEST(path, shared_suffix_counts_whole_parts)
{
    cr_expect(path_shared_suffix("/a/b/c.c", "/x/b/c.c") == 2);
    cr_expect(path_shared_suffix("b/c.c", "/x/b/c.c") == 2);
    cr_expect(path_shared_suffix("c.c", "c.c") == 1);
    cr_expect(path_shared_suffix("xc.c", "c.c") == 0);
    cr_expect(path_shared_suffix("/a/xb/c.c", "/a/b/c.c") == 1);
    cr_expect(path_shared_suffix("/a/b", "/a/c") == 0);
}

LP_TEST(path, below_means_a_whole_folder)
{
    cr_expect(path_is_below("/usr/include/x.h", "/usr"));
    cr_expect(path_is_below("/usr/include/x.h", "/usr/"));
    cr_expect(path_is_below("/usr", "/usr"));
    cr_expect(path_is_below("/anything", "/"));
    cr_expect(!path_is_below("/usrx/a.c", "/usr"));
}

LP_TEST(path, basename_is_behind_the_last_slash)
{
    cr_expect_str_eq(path_basename("/a/b.c"), "b.c");
    cr_expect_str_eq(path_basename("b.c"), "b.c");
}
