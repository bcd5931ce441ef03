#include "report/source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uthash.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/md5.h"
#include "base/mem.h"
#include "base/path.h"
#include "report/source_search.h"
#include "select/project.h"

// What the debug info tells of a file.
struct told {
    UT_hash_handle hh;
    char *path;
    char *md5;      // Of its text; NULL = not told.
    char *text;     // NULL = not told.
    bool disagrees; // Several builds tell several things.
};

struct source_entry {
    UT_hash_handle by_path;
    UT_hash_handle by_shown;
    struct source source;
    bool looked_for;
    const struct told *told; // NULL = nothing, or not looked for yet.
    char *path;
    char *mapped;
    char *found;
    char *text;
    const char **lines;
};

struct map {
    char *from;
    char *to;
};

struct sources {
    struct map *maps; // Longest `from` first.
    size_t n_maps;
    bool strip_dirs;
    int64_t newest;
    struct source_fetcher fetcher;
    struct source_search *search;
    struct told *told;
    struct source_entry *by_path;
    struct source_entry *by_shown;
};

// Longer first; equally long ones stay in the order given, which qsort() does not promise but the
// pointers into the options tell.
static int compare_maps(const void *a, const void *b)
{
    const struct source_path_map *const *x = a;
    const struct source_path_map *const *y = b;
    size_t length_x = strlen((*x)->from);
    size_t length_y = strlen((*y)->from);

    if (length_x != length_y)
        return length_x > length_y ? -1 : 1;
    return (*x > *y) - (*x < *y);
}

static void copy_maps(struct sources *sources, const struct source_options *options)
{
    size_t n = options->n_maps;
    CLEANUP(cleanup_free)
    const struct source_path_map **sorted = mem_alloc_array(n + 1, sizeof *sorted);

    for (size_t i = 0; i < n; i++)
        sorted[i] = &options->maps[i];
    qsort(sorted, n, sizeof *sorted, compare_maps);
    sources->maps = mem_alloc_array(n + 1, sizeof *sources->maps);
    for (size_t i = 0; i < n; i++)
        sources->maps[i] = (struct map){mem_strdup(sorted[i]->from), mem_strdup(sorted[i]->to)};
    sources->n_maps = n;
}

struct sources *sources_create(const struct source_options *options, int64_t newest)
{
    struct sources *sources = mem_alloc(sizeof *sources);

    copy_maps(sources, options);
    sources->strip_dirs = options->strip_dirs;
    sources->newest = newest;
    sources->fetcher = options->fetcher;
    sources->search = source_search_create(options->folders, options->n_folders);
    return sources;
}

static void destroy_entry(struct source_entry *entry)
{
    free(entry->path);
    free(entry->mapped);
    free(entry->found);
    free(entry->text);
    free(entry->lines);
    free(entry);
}

static void destroy_told(struct sources *sources)
{
    struct told *told;
    struct told *next;

    HASH_ITER(hh, sources->told, told, next)
    {
        HASH_DEL(sources->told, told);
        free(told->path);
        free(told->md5);
        free(told->text);
        free(told);
    }
}

void sources_destroy(struct sources *sources)
{
    struct source_entry *entry;
    struct source_entry *next;

    if (!sources)
        return;
    HASH_CLEAR(by_shown, sources->by_shown);
    HASH_ITER(by_path, sources->by_path, entry, next)
    {
        HASH_DELETE(by_path, sources->by_path, entry);
        destroy_entry(entry);
    }
    for (size_t i = 0; i < sources->n_maps; i++) {
        free(sources->maps[i].from);
        free(sources->maps[i].to);
    }
    free(sources->maps);
    destroy_told(sources);
    source_search_destroy(sources->search);
    free(sources);
}

// The path after the first map that fits. FROM is a folder or a whole path; it ends at a part's
// end.
static char *apply_maps(const struct sources *sources, const char *path)
{
    for (size_t i = 0; i < sources->n_maps; i++) {
        const char *from = sources->maps[i].from;
        size_t length = strlen(from);
        if (!length || !path_is_below(path, from))
            continue;
        const char *rest = path + (length < strlen(path) ? length : strlen(path));
        rest += strspn(rest, "/");
        return *rest ? path_join(sources->maps[i].to, rest) : mem_strdup(sources->maps[i].to);
    }
    return mem_strdup(path);
}

// What is shown must be the name of one file only, or its source could not be found by it.
static const char *choose_shown(const struct sources *sources, const char *mapped)
{
    const char *base = path_basename(mapped);
    struct source_entry *taken;

    if (!sources->strip_dirs)
        return mapped;
    HASH_FIND(by_shown, sources->by_shown, base, strlen(base), taken);
    return taken ? mapped : base;
}

static struct source_entry *add_entry(struct sources *sources, const char *path)
{
    struct source_entry *entry = mem_alloc(sizeof *entry);
    struct source_entry *taken;

    entry->path = mem_strdup(path);
    entry->mapped = apply_maps(sources, path);
    entry->source.path = entry->path;
    entry->source.shown = choose_shown(sources, entry->mapped);
    entry->source.state = SOURCE_MISSING;
    HASH_ADD_KEYPTR(by_path, sources->by_path, entry->path, strlen(entry->path), entry);
    size_t length = strlen(entry->source.shown);
    HASH_FIND(by_shown, sources->by_shown, entry->source.shown, length, taken);
    if (!taken)
        HASH_ADD_KEYPTR(by_shown, sources->by_shown, entry->source.shown, length, entry);
    return entry;
}

static struct source_entry *find_entry(struct sources *sources, const char *path)
{
    size_t length = strlen(path);
    struct source_entry *entry;

    HASH_FIND(by_path, sources->by_path, path, length, entry);
    if (!entry)
        HASH_FIND(by_shown, sources->by_shown, path, length, entry);
    return entry ? entry : add_entry(sources, path);
}

static struct told *find_told(const struct sources *sources, const char *path)
{
    struct told *told;

    HASH_FIND(hh, sources->told, path, strlen(path), told);
    return told;
}

// Another thing than was told before is a disagreement.
static void remember(struct told *told, char **known, const char *text)
{
    if (!text)
        return;
    if (!*known)
        *known = mem_strdup(text);
    else if (strcmp(*known, text) != 0)
        told->disagrees = true;
}

void sources_tell(struct sources *sources, const char *path, const char *md5, const char *text)
{
    struct told *told = find_told(sources, path);

    if (!told) {
        told = mem_alloc(sizeof *told);
        told->path = mem_strdup(path);
        HASH_ADD_KEYPTR(hh, sources->told, told->path, strlen(told->path), told);
    }
    remember(told, &told->md5, md5);
    remember(told, &told->text, text);
}

static void split_lines(struct source_entry *entry)
{
    size_t capacity = 0;
    size_t n = 0;

    for (char *line = entry->text; *line;) {
        size_t length = strcspn(line, "\n");
        char *next = line + length + (line[length] == '\n');
        line[length] = '\0';
        if (length && line[length - 1] == '\r')
            line[length - 1] = '\0';
        entry->lines = mem_grow(entry->lines, &capacity, n, sizeof *entry->lines);
        entry->lines[n++] = line;
        line = next;
    }
    entry->source.lines = entry->lines;
    entry->source.n_lines = n;
}

// Takes over `text`; `found` may be NULL.
static void take_text(struct source_entry *entry, char *text, const char *found,
                      enum source_state state)
{
    free(entry->text);
    free(entry->lines);
    free(entry->found);
    entry->text = text;
    entry->lines = NULL;
    entry->found = found ? mem_strdup(found) : NULL;
    entry->source.found = entry->found;
    entry->source.state = state;
    split_lines(entry);
}

// A byte 0 would end the text early.
static char *copy_text(const struct file_map *map)
{
    char *text = mem_alloc(map->size + 1);

    for (size_t i = 0; i < map->size; i++)
        text[i] = (char)(map->bytes[i] ? map->bytes[i] : ' ');
    return text;
}

// Whether the program was built from another text than that of the file.
static bool is_other(const struct source_entry *entry, const struct file_map *map)
{
    uint8_t sum[MD5_SIZE];
    char text[MD5_TEXT];

    if (!entry->told || !entry->told->md5)
        return false;
    md5_sum(map->bytes, map->size, sum);
    md5_format(sum, text);
    return entry->told->disagrees || strcmp(text, entry->told->md5) != 0;
}

// Checksums tell what times only hint at.
static enum source_state state_of(const struct source_entry *entry, const char *path,
                                  int64_t newest)
{
    struct stat status;

    if (!newest || (entry->told && entry->told->md5) || stat(path, &status) != 0)
        return SOURCE_FOUND;
    return status.st_mtim.tv_sec > newest ? SOURCE_NEWER : SOURCE_FOUND;
}

// Returns whether the file can be read and is the right one: one with another text stands in until that
// is found.
static bool read_from(struct source_entry *entry, const char *path, int64_t newest)
{
    struct file_map map;
    struct lprof_error *err = file_map(path, &map);

    if (err) {
        error_destroy(err);
        return false;
    }
    bool other = is_other(entry, &map);
    if (!other || !entry->text)
        take_text(entry, copy_text(&map), path,
                  other ? SOURCE_OTHER : state_of(entry, path, newest));
    file_unmap(&map);
    return !other;
}

static bool read_found(struct sources *sources, struct source_entry *entry)
{
    const char *found =
        project_is_system(entry->path) ? NULL : source_search_find(sources->search, entry->path);

    return found && read_from(entry, found, sources->newest);
}

static bool read_fetched(struct sources *sources, struct source_entry *entry)
{
    const struct source_fetcher *fetcher = &sources->fetcher;
    CLEANUP(cleanup_free)
    char *copy = fetcher->fetch ? fetcher->fetch(fetcher->context, entry->path) : NULL;

    // A copy is as new as its fetching.
    return copy && read_from(entry, copy, 0);
}

static void read_entry(struct sources *sources, struct source_entry *entry)
{
    entry->looked_for = true;
    entry->told = find_told(sources, entry->path);
    if (entry->told && entry->told->text) {
        take_text(entry, mem_strdup(entry->told->text), NULL,
                  entry->told->disagrees ? SOURCE_OTHER : SOURCE_FOUND);
        return;
    }
    if (read_from(entry, entry->mapped, sources->newest))
        return;
    if (strcmp(entry->mapped, entry->path) != 0 && read_from(entry, entry->path, sources->newest))
        return;
    if (!read_found(sources, entry))
        read_fetched(sources, entry);
}

const char *sources_problem(const struct sources *sources)
{
    const struct source_fetcher *fetcher = &sources->fetcher;

    return fetcher->problem ? fetcher->problem(fetcher->context) : NULL;
}

void sources_set_newest(struct sources *sources, int64_t newest)
{
    sources->newest = newest;
}

const struct source *sources_get(struct sources *sources, const char *path)
{
    struct source_entry *entry = find_entry(sources, path);

    if (!entry->looked_for)
        read_entry(sources, entry);
    return &entry->source;
}

const char *sources_map_path(struct sources *sources, const char *path)
{
    return find_entry(sources, path)->source.shown;
}

const char *sources_full_path(struct sources *sources, const char *path)
{
    return find_entry(sources, path)->mapped;
}
