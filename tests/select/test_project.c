#include "select/project.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "support/test.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct project_options no_options;

static char *make_folder(const char *parent, const char *name)
{
    char *path = mem_printf("%s/%s", parent, name);

    cr_assert(mkdir(path, 0755) == 0, "mkdir %s", path);
    return path;
}

static char *make_file(const char *parent, const char *name)
{
    char *path = mem_printf("%s/%s", parent, name);
    int fd = open(path, O_CREAT | O_WRONLY, 0644);

    cr_assert(fd >= 0, "create %s", path);
    close(fd);
    return path;
}

LP_TEST(project, common_folder_is_the_root_of_files_that_are_not_here)
{
    const char *files[] = {"/nowhere/app/src/a.c", "/nowhere/app/src/b.c", "/nowhere/app/lib/c.h",
                           "/usr/include/c++/12/bits/hashtable.h"};
    struct project *project = project_create(&no_options, files, COUNT(files));

    cr_expect_str_eq(project_root(project), "/nowhere/app");
    cr_expect(project_is_mine(project, "/nowhere/app/src/other.c"));
    cr_expect(!project_is_mine(project, "/nowhere/apple/a.c"));
    cr_expect(!project_is_mine(project, "/usr/include/c++/12/bits/hashtable.h"));
    cr_expect(!project_is_mine(project, "/nowhere/app/vendor/zlib/inflate.c"));
    cr_expect(!project_is_mine(project, "/nowhere/app/build/_deps/fmt-src/src/format.cc"));
    cr_expect(project_is_mine(project, "/nowhere/app/src/vendor.c"));
    cr_expect(!project_is_mine(project, NULL));
    project_destroy(project);
}

LP_TEST(project, version_control_root_of_most_files_wins)
{
    char folder[] = "/tmp/lprof-project-XXXXXX";
    cr_assert(mkdtemp(folder));
    CLEANUP(cleanup_free) char *app = make_folder(folder, "app");
    CLEANUP(cleanup_free) char *git = make_folder(app, ".git");
    CLEANUP(cleanup_free) char *src = make_folder(app, "src");
    CLEANUP(cleanup_free) char *lib = make_folder(folder, "lib");
    CLEANUP(cleanup_free) char *hg = make_folder(lib, ".hg");
    CLEANUP(cleanup_free) char *a = make_file(src, "a.c");
    CLEANUP(cleanup_free) char *b = make_file(src, "b.c");
    CLEANUP(cleanup_free) char *c = make_file(lib, "c.h");
    const char *files[] = {c, a, b};
    struct project *project = project_create(&no_options, files, COUNT(files));

    cr_expect_str_eq(project_root(project), app);
    cr_expect(project_is_mine(project, a));
    cr_expect(!project_is_mine(project, c));
    project_destroy(project);

    const char *made[] = {a, b, c, src, git, hg, lib, app, folder};
    for (size_t i = 0; i < COUNT(made); i++)
        cr_expect(remove(made[i]) == 0);
}

LP_TEST(project, version_control_of_the_home_folder_does_not_count)
{
    char home[] = "/tmp/lprof-home-XXXXXX";
    cr_assert(mkdtemp(home));
    CLEANUP(cleanup_free) char *git = make_folder(home, ".git");
    CLEANUP(cleanup_free) char *src = make_folder(home, "src");
    CLEANUP(cleanup_free) char *a = make_file(src, "a.c");
    const char *files[] = {a};

    setenv("HOME", home, 1);
    struct project *project = project_create(&no_options, files, 1);
    cr_expect_str_eq(project_root(project), src);
    project_destroy(project);
    cr_expect(remove(a) == 0 && remove(src) == 0 && remove(git) == 0 && remove(home) == 0);
}

LP_TEST(project, one_file_far_away_does_not_make_everything_mine)
{
    const char *files[] = {"/nowhere/app/src/a.c", "/nowhere/app/src/b.c", "/elsewhere/api.h"};
    struct project *project = project_create(&no_options, files, COUNT(files));

    cr_expect_str_eq(project_root(project), "/nowhere/app/src");
    cr_expect(!project_is_mine(project, "/elsewhere/api.h"));
    project_destroy(project);
}

LP_TEST(project, may_itself_lie_in_a_foreign_folder)
{
    const char *docker[] = {"/usr/src/nowhere/main.c", "/usr/include/stdio.h"};
    struct project *project = project_create(&no_options, docker, COUNT(docker));
    cr_expect_str_eq(project_root(project), "/usr/src/nowhere");
    cr_expect(project_is_mine(project, "/usr/src/nowhere/main.c"));
    cr_expect(!project_is_mine(project, "/usr/include/stdio.h"));
    project_destroy(project);

    const char *vendored[] = {"/nowhere/vendor/lib/test.c", "/nowhere/vendor/lib/lib.c"};
    project = project_create(&no_options, vendored, COUNT(vendored));
    cr_expect(project_is_mine(project, "/nowhere/vendor/lib/lib.c"));
    cr_expect(!project_is_mine(project, "/nowhere/vendor/lib/third_party/x.c"));
    project_destroy(project);
}

LP_TEST(project, relative_paths_are_a_project_of_their_own)
{
    const char *files[] = {"src/a.c", "lib/b.c"};
    struct project *project = project_create(&no_options, files, COUNT(files));

    cr_expect_str_eq(project_root(project), "");
    cr_expect(project_is_mine(project, "src/a.c"));
    cr_expect(!project_is_mine(project, "vendor/a.c"));
    cr_expect(!project_is_mine(project, "/nowhere/a.c"));
    project_destroy(project);

    const char *absolute[] = {"/nowhere/app/a.c"};
    project = project_create(&no_options, absolute, COUNT(absolute));
    cr_expect(!project_is_mine(project, "malloc/malloc.c"));
    project_destroy(project);
}

LP_TEST(project, without_files_all_but_system_and_third_parties_is_mine)
{
    struct project *project = project_create(&no_options, NULL, 0);

    cr_expect_str_eq(project_root(project), "");
    cr_expect(project_is_mine(project, "/nowhere/lib/a.c"));
    cr_expect(!project_is_mine(project, "/usr/include/stdio.h"));
    cr_expect(!project_is_mine(project, "/rustc/90b35a6/library/core/src/iter/range.rs"));
    cr_expect(!project_is_mine(project, "/home/u/.cargo/registry/src/x/serde/lib.rs"));
    cr_expect(!project_is_mine(project, "/home/u/go/pkg/mod/golang.org/x/net/http.go"));
    project_destroy(project);
}

LP_TEST(project, the_users_own_words_are_stronger)
{
    const char *files[] = {"/nowhere/app/src/a.c"};
    const char *mine[] = {"*/vendor/ours"};
    const char *not_mine[] = {"gen", "*.pb.c"};
    struct project_options options = {mine, COUNT(mine), not_mine, COUNT(not_mine)};
    struct project *project = project_create(&options, files, COUNT(files));

    cr_expect(project_is_mine(project, "/nowhere/app/vendor/ours/deep/x.c"));
    cr_expect(!project_is_mine(project, "/nowhere/app/vendor/theirs/x.c"));
    cr_expect(!project_is_mine(project, "/nowhere/app/src/gen/x.c"));
    cr_expect(project_is_mine(project, "/nowhere/app/src/general/x.c"));
    cr_expect(!project_is_mine(project, "/nowhere/app/src/x.pb.c"));
    project_destroy(project);
}

LP_TEST(project, globs_match_a_file_and_folders_above_it)
{
    cr_expect(project_glob_matches("src/*.c", "/app/src/a.c"));
    cr_expect(project_glob_matches("/app/src", "/app/src/deep/a.c"));
    cr_expect(!project_glob_matches("/src", "/app/src/a.c"));
    cr_expect(!project_glob_matches("sr", "/app/src/a.c"));
    cr_expect(project_glob_matches("hashtable.h", "/usr/include/c++/12/bits/hashtable.h"));
}
