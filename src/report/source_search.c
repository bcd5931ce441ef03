#include "report/source_search.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uthash.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"

// A search that would take longer than people wait ends early: in a home folder, say.
#define FILES_MAX 100000
#define FOLDERS_MAX 20000
#define DEPTH_MAX 16
#define BUILD_TREE_DEPTH 2 // Generated sources lie near its top.

struct found_file {
    struct found_file *next; // With the same name.
    char path[];
};

struct file_name {
    UT_hash_handle hh;
    struct found_file *files;
    char name[];
};

struct folder {
    UT_hash_handle hh; // Iterates in the order of adding, which makes the walk breadth first.
    unsigned depth;    // Folders that may still be entered below it.
    char path[];
};

struct source_search {
    char **roots;
    size_t n_roots;
    bool walked;
    struct folder *folders;
    struct file_name *names;
    size_t n_files;
};

struct source_search *source_search_create(const char *const *folders, size_t n_folders)
{
    struct source_search *search = mem_alloc(sizeof *search);

    search->roots = mem_alloc_array(n_folders + 1, sizeof *search->roots);
    for (size_t i = 0; i < n_folders; i++)
        search->roots[search->n_roots++] = mem_strdup(folders[i]);
    return search;
}

static void free_name(struct file_name *name)
{
    while (name->files) {
        struct found_file *file = name->files;
        name->files = file->next;
        free(file);
    }
    free(name);
}

void source_search_destroy(struct source_search *search)
{
    struct folder *folder;
    struct folder *next_folder;
    struct file_name *name;
    struct file_name *next_name;

    if (!search)
        return;
    HASH_ITER(hh, search->folders, folder, next_folder)
    {
        HASH_DEL(search->folders, folder);
        free(folder);
    }
    HASH_ITER(hh, search->names, name, next_name)
    {
        HASH_DEL(search->names, name);
        free_name(name);
    }
    for (size_t i = 0; i < search->n_roots; i++)
        free(search->roots[i]);
    free(search->roots);
    free(search);
}

static void add_folder(struct source_search *search, const char *path, unsigned depth)
{
    size_t length = strlen(path);
    struct folder *folder;

    HASH_FIND(hh, search->folders, path, length, folder);
    if (folder || HASH_COUNT(search->folders) >= FOLDERS_MAX)
        return;
    folder = mem_alloc(sizeof *folder + length + 1);
    folder->depth = depth;
    memcpy(folder->path, path, length);
    HASH_ADD_KEYPTR(hh, search->folders, folder->path, length, folder);
}

static void add_file(struct source_search *search, const char *folder, const char *base)
{
    size_t length = strlen(base);
    struct file_name *name;

    if (search->n_files >= FILES_MAX)
        return;
    HASH_FIND(hh, search->names, base, length, name);
    if (!name) {
        name = mem_alloc(sizeof *name + length + 1);
        memcpy(name->name, base, length);
        HASH_ADD_KEYPTR(hh, search->names, name->name, length, name);
    }
    size_t folder_length = strcmp(folder, "/") == 0 ? 0 : strlen(folder);
    struct found_file *file = mem_alloc(sizeof *file + folder_length + length + 2);
    memcpy(file->path, folder, folder_length);
    file->path[folder_length] = '/';
    memcpy(file->path + folder_length + 1, base, length);
    file->next = name->files;
    name->files = file;
    search->n_files++;
}

static bool is_skipped(const char *name)
{
    return name[0] == '.' || strcmp(name, "node_modules") == 0 || strcmp(name, "CMakeFiles") == 0;
}

// DT_DIR, DT_REG or something else. Links to files are files; links to folders are not followed, so
// that the walk ends.
static unsigned char kind_of(DIR *dir, const struct dirent *entry)
{
    struct stat status;

    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK)
        return entry->d_type;
    if (fstatat(dirfd(dir), entry->d_name, &status, 0) != 0)
        return DT_UNKNOWN;
    if (S_ISREG(status.st_mode))
        return DT_REG;
    return S_ISDIR(status.st_mode) && entry->d_type == DT_UNKNOWN ? DT_DIR : DT_UNKNOWN;
}

static bool marks_build_tree(const char *name)
{
    return strcmp(name, "CMakeCache.txt") == 0 || strcmp(name, "build.ninja") == 0 ||
           strcmp(name, "CACHEDIR.TAG") == 0;
}

// Add the folder's files, and return how deep its own folders may be entered.
static unsigned scan_files(struct source_search *search, const struct folder *folder, DIR *dir)
{
    unsigned depth = folder->depth;
    const struct dirent *entry;

    while ((entry = readdir(dir))) {
        if (kind_of(dir, entry) != DT_REG)
            continue;
        add_file(search, folder->path, entry->d_name);
        if (marks_build_tree(entry->d_name) && depth > BUILD_TREE_DEPTH)
            depth = BUILD_TREE_DEPTH;
    }
    return depth;
}

static void scan_folder(struct source_search *search, const struct folder *folder)
{
    DIR *dir = opendir(folder->path);
    const struct dirent *entry;

    if (!dir)
        return;
    unsigned depth = scan_files(search, folder, dir);
    rewinddir(dir);
    while (depth && (entry = readdir(dir))) {
        if (is_skipped(entry->d_name) || kind_of(dir, entry) != DT_DIR)
            continue;
        CLEANUP(cleanup_free) char *path = path_join(folder->path, entry->d_name);
        add_folder(search, path, depth - 1);
    }
    closedir(dir);
}

static void walk(struct source_search *search)
{
    search->walked = true;
    for (size_t i = 0; i < search->n_roots; i++) {
        CLEANUP(cleanup_free) char *path = realpath(search->roots[i], NULL);
        if (path)
            add_folder(search, path, DEPTH_MAX);
    }
    for (struct folder *folder = search->folders; folder && search->n_files < FILES_MAX;
         folder = folder->hh.next)
        scan_folder(search, folder);
}

const char *source_search_find(struct source_search *search, const char *path)
{
    const char *base = path_basename(path);
    struct file_name *name;
    const char *best = NULL;
    size_t most = 0;

    if (!search->walked)
        walk(search);
    HASH_FIND(hh, search->names, base, strlen(base), name);
    for (const struct found_file *file = name ? name->files : NULL; file; file = file->next) {
        size_t shared = path_shared_suffix(path, file->path);
        if (shared == most)
            best = NULL;
        if (shared > most) {
            most = shared;
            best = file->path;
        }
    }
    return best;
}
