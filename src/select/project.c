// A file is mine when it lies below the root and no folder between the root and the file is a third
// party's. Only what is below the root is looked at, so a project that itself lies in /usr/src or
// in a folder called vendor is still a project.

#include "select/project.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"

// Folders that hold what other people wrote, wherever they stand in a path.
static const char *const foreign_folders[] = {
    "vendor",      "third_party", "third-party",     "thirdparty",      "_deps",   "node_modules",
    "go/pkg/mod",  ".cargo/git",  ".cargo/registry", ".rustup",         "rustlib", "site-packages",
    "include/c++", "lib/gcc",     "lib/clang",       "vcpkg_installed", ".conan",  ".conan2",
    "nix/store",   "gnu/store",   "include/lprof",
};

static const char *const system_folders[] = {"/usr",       "/lib",       "/lib32",
                                             "/lib64",     "/libx32",    "/rustc",
                                             "/rust/deps", "/nix/store", "/gnu/store"};

struct project {
    char *root;    // "" = none
    bool found;    // There were files to find a root from.
    bool relative; // The paths of its files are relative.
    char **mine;
    size_t n_mine;
    char **not_mine;
    size_t n_not_mine;
};

// Votes for a version-control root, and the folders that were asked already.
struct folder {
    UT_hash_handle hh;
    const struct folder *root; // NULL = under no version control
    size_t votes;              // Files that have this folder as their root.
    char path[];
};

// Whether `part` ("vendor", "go/pkg/mod") is a folder on the path.
static bool has_folder(const char *path, const char *part)
{
    size_t n = strlen(part);

    for (const char *at = strstr(path, part); at; at = strstr(at + 1, part))
        if ((at == path || at[-1] == '/') && at[n] == '/')
            return true;
    return false;
}

static bool has_foreign_folder(const char *path)
{
    for (size_t i = 0; i < sizeof foreign_folders / sizeof *foreign_folders; i++)
        if (has_folder(path, foreign_folders[i]))
            return true;
    return false;
}

bool project_is_system(const char *file)
{
    for (size_t i = 0; i < sizeof system_folders / sizeof *system_folders; i++)
        if (path_is_below(file, system_folders[i]))
            return true;
    return false;
}

bool project_glob_matches(const char *glob, const char *file)
{
    if (fnmatch(glob, file, FNM_LEADING_DIR) == 0)
        return true;
    if (*glob == '/')
        return false;
    for (const char *slash = strchr(file, '/'); slash; slash = strchr(slash + 1, '/'))
        if (fnmatch(glob, slash + 1, FNM_LEADING_DIR) == 0)
            return true;
    return false;
}

static bool any_matches(char *const *globs, size_t n, const char *file)
{
    for (size_t i = 0; i < n; i++)
        if (project_glob_matches(globs[i], file))
            return true;
    return false;
}

static char **copy_globs(const char *const *globs, size_t n)
{
    char **copy = n ? mem_alloc_array(n, sizeof *copy) : NULL;

    for (size_t i = 0; i < n; i++)
        copy[i] = mem_strdup(globs[i]);
    return copy;
}

static void free_globs(char **globs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(globs[i]);
    free(globs);
}

// Length of the folder part of a path, without its last slash; 1 for what lies in "/".
static size_t folder_length(const char *path, size_t length)
{
    while (length && path[length - 1] != '/')
        length--;
    return length > 1 ? length - 1 : length;
}

static bool is_too_wide(const char *folder)
{
    const char *home = getenv("HOME");

    return !*folder || strcmp(folder, "/") == 0 || (home && strcmp(folder, home) == 0);
}

static bool has_version_control(const char *folder)
{
    static const char *const names[] = {".git", ".hg", ".svn", ".jj"};

    if (is_too_wide(folder))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CLEANUP(cleanup_free) char *path = mem_printf("%s/%s", folder, names[i]);
        if (access(path, F_OK) == 0)
            return true;
    }
    return false;
}

// The folder with this path, with its root found.
static struct folder *ask_folder(struct folder **folders, const char *path, size_t length)
{
    struct folder *folder;

    HASH_FIND(hh, *folders, path, length, folder);
    if (folder)
        return folder;
    folder = mem_alloc(sizeof *folder + length + 1);
    memcpy(folder->path, path, length);
    HASH_ADD_KEYPTR(hh, *folders, folder->path, length, folder);
    size_t above = folder_length(path, length);
    if (has_version_control(folder->path))
        folder->root = folder;
    else if (above && above < length)
        folder->root = ask_folder(folders, path, above)->root;
    return folder;
}

static void free_folders(struct folder *folders)
{
    struct folder *folder;
    struct folder *next;

    HASH_ITER(hh, folders, folder, next)
    {
        HASH_DEL(folders, folder);
        free(folder);
    }
}

// The version-control root of at least half of the files that are on this machine, or NULL.
static char *version_control_root(const char *const *files, size_t n)
{
    struct folder *folders = NULL;
    size_t present = 0;
    const struct folder *best = NULL;

    for (size_t i = 0; i < n; i++) {
        if (files[i][0] != '/' || access(files[i], F_OK) != 0)
            continue;
        present++;
        const struct folder *root =
            ask_folder(&folders, files[i], folder_length(files[i], strlen(files[i])))->root;
        if (!root)
            continue;
        struct folder *voted = ask_folder(&folders, root->path, strlen(root->path));
        voted->votes++;
        if (!best || voted->votes > best->votes)
            best = voted;
    }
    char *root = best && 2 * best->votes >= present ? mem_strdup(best->path) : NULL;
    free_folders(folders);
    return root;
}

// Length of the longest folder that both are below, where `a[0..length)` is a folder.
static size_t common_length(const char *a, size_t length, const char *b)
{
    while (length && !(strncmp(a, b, length) == 0 && (b[length] == '/' || a[length - 1] == '/'))) {
        size_t above = folder_length(a, length);
        length = above < length ? above : 0;
    }
    return length;
}

static char *common_folder(const char *const *files, size_t n)
{
    size_t length = folder_length(files[0], strlen(files[0]));

    for (size_t i = 1; i < n; i++)
        length = common_length(files[0], length, files[i]);
    return mem_printf("%.*s", (int)length, files[0]);
}

static bool holds_most(const char *path, size_t length, const char *const *files, size_t n)
{
    size_t below = 0;

    for (size_t i = 0; i < n; i++)
        below += common_length(path, length, files[i]) == length;
    return 2 * below > n;
}

// The deepest folder that more than half of the files are below; "" when only / is.
static char *majority_folder(const char *const *files, size_t n)
{
    size_t best = 0;
    const char *path = "";

    for (size_t i = 0; i < n; i++) {
        size_t length = folder_length(files[i], strlen(files[i]));
        while (length > 1 && length > best && !holds_most(files[i], length, files, n))
            length = folder_length(files[i], length);
        if (length > 1 && length > best) {
            best = length;
            path = files[i];
        }
    }
    return mem_printf("%.*s", (int)best, path);
}

static char *find_root(const char *const *files, size_t n)
{
    char *root = version_control_root(files, n);

    if (root)
        return root;
    root = common_folder(files, n);
    if (!is_too_wide(root))
        return root;
    char *narrower = majority_folder(files, n);
    if (!*narrower) {
        free(narrower);
        return root;
    }
    free(root);
    return narrower;
}

// Keep the paths of one kind: absolute or relative, whichever are more.
static size_t keep_one_kind(const char **files, size_t n)
{
    size_t n_absolute = 0;
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        n_absolute += files[i][0] == '/';
    bool absolute = 2 * n_absolute >= n;
    for (size_t i = 0; i < n; i++)
        if ((files[i][0] == '/') == absolute)
            files[kept++] = files[i];
    return kept;
}

static bool is_foreign(const char *file)
{
    return project_is_system(file) || has_foreign_folder(file);
}

static void set_root(struct project *project, const char *const *files, size_t n)
{
    CLEANUP(cleanup_free) const char **own = mem_alloc_array(n + 1, sizeof *own);
    size_t n_own = 0;

    for (size_t i = 0; i < n; i++)
        if (files[i] && !is_foreign(files[i]))
            own[n_own++] = files[i];
    if (!n_own) // A program that lies in such a folder itself: all but what it includes.
        for (size_t i = 0; i < n; i++)
            if (files[i] && !has_folder(files[i], "include"))
                own[n_own++] = files[i];
    n_own = keep_one_kind(own, n_own);
    if (!n_own)
        return;
    project->found = true;
    project->relative = own[0][0] != '/';
    free(project->root);
    project->root = find_root(own, n_own);
}

struct project *project_create(const struct project_options *options, const char *const *files,
                               size_t n_files)
{
    struct project *project = mem_alloc(sizeof *project);

    project->mine = copy_globs(options->mine, options->n_mine);
    project->n_mine = options->n_mine;
    project->not_mine = copy_globs(options->not_mine, options->n_not_mine);
    project->n_not_mine = options->n_not_mine;
    project->root = mem_strdup("");
    set_root(project, files, n_files);
    return project;
}

void project_destroy(struct project *project)
{
    if (!project)
        return;
    free_globs(project->mine, project->n_mine);
    free_globs(project->not_mine, project->n_not_mine);
    free(project->root);
    free(project);
}

static bool is_below_root(const struct project *project, const char *file)
{
    if (!project->found)
        return file[0] == '/';
    if ((file[0] != '/') != project->relative)
        return false;
    return !*project->root || path_is_below(file, project->root);
}

bool project_is_mine(const struct project *project, const char *file)
{
    if (!file || any_matches(project->not_mine, project->n_not_mine, file))
        return false;
    if (any_matches(project->mine, project->n_mine, file))
        return true;
    if (!is_below_root(project, file))
        return false;
    if (project_is_system(file) && !project_is_system(project->root))
        return false;
    return !has_foreign_folder(file + strlen(project->root));
}

const char *project_root(const struct project *project)
{
    return project->root;
}
