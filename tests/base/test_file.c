#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "support/test.h"

/** A scratch folder that the test stands in. */
static void enter_scratch(void)
{
    char folder[] = "/tmp/test_file.XXXXXX";

    cr_assert(mkdtemp(folder) != NULL && chdir(folder) == 0);
}

static void leave_scratch(void)
{
    char *folder = getcwd(NULL, 0);
    char *command = mem_printf("rm -rf '%s'", folder);

    cr_assert(chdir("/") == 0 && system(command) == 0);
    free(command);
    free(folder);
}

static void replace(const char *path, const char *text, int keep_old)
{
    struct lprof_error *err = file_replace(path, text, strlen(text), keep_old);

    cr_assert(err == NULL, "%s", err ? err->message : "");
}

static void expect_content(const char *path, const char *text)
{
    struct file_map map;
    struct lprof_error *err = file_map(path, &map);

    cr_assert(err == NULL, "%s", err ? err->message : "");
    cr_expect(map.size == strlen(text) && memcmp(map.bytes, text, map.size) == 0, "content of %s",
              path);
    file_unmap(&map);
}

LP_TEST(file, replace_keeps_the_old_one_when_asked)
{
    enter_scratch();
    replace("f", "one", 1);
    replace("f", "two", 1);
    expect_content("f", "two");
    expect_content("f.old", "one");
    leave_scratch();
}

LP_TEST(file, replace_follows_a_link_and_leaves_it)
{
    struct stat st;

    enter_scratch();
    replace("real", "one", 0);
    cr_assert(symlink("real", "link") == 0);
    replace("link", "two", 0);
    expect_content("real", "two");
    cr_expect(lstat("link", &st) == 0 && S_ISLNK(st.st_mode));
    leave_scratch();
}

LP_TEST(file, a_device_is_written_to_and_stays)
{
    struct stat st;

    cr_expect(file_check_writable("/dev/null") == NULL);
    replace("/dev/null", "gone", 1);
    cr_expect(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode));
}

LP_TEST(file, a_full_device_is_an_error)
{
    struct lprof_error *err = file_replace("/dev/full", "x", 1, 0);

    cr_assert(err != NULL);
    cr_expect_str_eq(err->message, "/dev/full: No space left on device");
    error_destroy(err);
}

LP_TEST(file, a_folder_is_never_moved_away)
{
    struct stat st;

    enter_scratch();
    cr_assert(mkdir("folder", 0777) == 0);
    struct lprof_error *err = file_replace("folder", "x", 1, 1);
    cr_assert(err != NULL);
    cr_expect_str_eq(err->message, "folder: Is a directory");
    error_destroy(err);
    err = file_check_writable("folder");
    cr_expect(err != NULL);
    error_destroy(err);
    cr_expect(stat("folder", &st) == 0 && stat("folder.old", &st) < 0);
    leave_scratch();
}

LP_TEST(file, scratch_lies_in_no_folder)
{
    enter_scratch();
    struct file_map map = {0};
    char *folder = getcwd(NULL, 0);
    cr_assert(setenv("TMPDIR", folder, 1) == 0);
    cr_assert(file_scratch(100000, &map));
    cr_assert_eq(map.size, 100000);
    memset(map.bytes, 'x', map.size);
    cr_expect(rmdir(folder) == 0, "there is nothing in it");
    file_unmap(&map);
    cr_expect_null(map.bytes);
    // It is no place now.
    cr_expect(!file_scratch(1, &map));
    cr_expect_null(map.bytes);
    cr_assert(mkdir(folder, 0700) == 0 && unsetenv("TMPDIR") == 0);
    free(folder);
    leave_scratch();
}
