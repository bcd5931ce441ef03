#include "select/project.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "support/folder.h"
#include "support/test.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct project_options no_options;

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

LP_TEST(project, rusts_standard_library_and_what_it_is_built_of_are_foreign)
{
    const char *files[] = {"/rust/deps/hashbrown-0.16.1/src/map.rs", "/rust/deps/memchr/src/a.rs",
                           "/rustc/0123456789abcdef/library/core/src/fmt/mod.rs",
                           "/nowhere/app/main.rs"};
    struct project *project = project_create(&no_options, files, COUNT(files));

    cr_expect_str_eq(project_root(project), "/nowhere/app");
    for (size_t i = 0; i < COUNT(files); i++)
        cr_expect_eq(project_is_mine(project, files[i]), i == 3, "%s", files[i]);
    project_destroy(project);
}

LP_TEST(project, version_control_root_of_most_files_wins)
{
    char *folder = folder_create();
    CLEANUP(cleanup_free) char *app = mem_printf("%s/app", folder);
    CLEANUP(cleanup_free) char *a = folder_add_file(folder, "app/src/a.c", "");
    CLEANUP(cleanup_free) char *b = folder_add_file(folder, "app/src/b.c", "");
    CLEANUP(cleanup_free) char *c = folder_add_file(folder, "lib/c.h", "");
    const char *files[] = {c, a, b};

    folder_add_folder(folder, "app/.git");
    folder_add_folder(folder, "lib/.hg");
    struct project *project = project_create(&no_options, files, COUNT(files));
    cr_expect_str_eq(project_root(project), app);
    cr_expect(project_is_mine(project, a));
    cr_expect(!project_is_mine(project, c));
    project_destroy(project);
    folder_remove(folder);
}

LP_TEST(project, version_control_of_the_home_folder_does_not_count)
{
    char *home = folder_create();
    CLEANUP(cleanup_free) char *src = mem_printf("%s/src", home);
    CLEANUP(cleanup_free) char *a = folder_add_file(home, "src/a.c", "");
    const char *files[] = {a};

    folder_add_folder(home, ".git");
    setenv("HOME", home, 1);
    struct project *project = project_create(&no_options, files, 1);
    cr_expect_str_eq(project_root(project), src);
    project_destroy(project);
    folder_remove(home);
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
