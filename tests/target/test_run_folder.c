#include "target/run_folder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "support/test.h"

// A place of its own for what a test leaves.
static char *make_parent(void)
{
    char *path = mem_strdup("/tmp/test-run-folder-XXXXXX");

    cr_assert_not_null(mkdtemp(path));
    setenv("TMPDIR", path, 1);
    return path;
}

LP_TEST(run_folder, is_removed_with_its_files)
{
    CLEANUP(cleanup_free) char *parent = make_parent();
    struct run_folder folder;
    const char *path;

    cr_assert_null(run_folder_make(&folder));
    cr_assert_null(run_folder_write(&folder, "a", "text", 4, &path));
    CLEANUP(cleanup_free) char *file = mem_strdup(path);
    cr_expect_eq(access(file, R_OK), 0);
    run_folder_remove(&folder);
    cr_expect_neq(access(file, F_OK), 0);
    cr_expect_eq(rmdir(parent), 0, "nothing is left in it");
}

LP_TEST(run_folder, another_one_is_left_alone)
{
    CLEANUP(cleanup_free) char *parent = make_parent();
    struct run_folder first;
    struct run_folder second;

    cr_assert_null(run_folder_make(&first));
    cr_assert_null(run_folder_make(&second));
    cr_expect_eq(access(first.path, F_OK), 0);
    run_folder_remove(&second);
    run_folder_remove(&first);
    cr_expect_eq(rmdir(parent), 0);
}

LP_TEST(run_folder, what_a_killed_one_left_is_removed)
{
    CLEANUP(cleanup_free) char *parent = make_parent();
    CLEANUP(cleanup_free) char *left = mem_printf("%s/lprof-run-abcdef", parent);
    CLEANUP(cleanup_free) char *young = mem_printf("%s/lprof-run-ghijkl", parent);
    CLEANUP(cleanup_free) char *other = mem_printf("%s/lprof-run", parent);
    CLEANUP(cleanup_free) char *file = mem_printf("%s/1-program", left);
    const struct timespec long_ago[2] = {{1000, 0}, {1000, 0}};
    struct run_folder folder;

    cr_assert(mkdir(left, 0700) == 0 && mkdir(young, 0700) == 0 && mkdir(other, 0700) == 0);
    close(open(file, O_WRONLY | O_CREAT, 0600));
    cr_assert_eq(utimensat(AT_FDCWD, left, long_ago, 0), 0);
    cr_assert_eq(utimensat(AT_FDCWD, other, long_ago, 0), 0);
    cr_assert_null(run_folder_make(&folder));
    cr_expect_neq(access(left, F_OK), 0);
    cr_expect_eq(access(young, F_OK), 0);
    cr_expect_eq(access(other, F_OK), 0);
    run_folder_remove(&folder);
    cr_expect(rmdir(young) == 0 && rmdir(other) == 0 && rmdir(parent) == 0);
}

LP_TEST(run_folder, a_file_is_not_written_twice)
{
    CLEANUP(cleanup_free) char *parent = make_parent();
    struct run_folder folder;
    const char *path;

    cr_assert_null(run_folder_make(&folder));
    cr_assert_null(run_folder_write(&folder, "a", "1", 1, &path));
    struct lprof_error *err = run_folder_write(&folder, "a", "2", 1, &path);
    cr_expect_not_null(err);
    error_destroy(err);
    run_folder_remove(&folder);
    cr_expect_eq(rmdir(parent), 0);
}
