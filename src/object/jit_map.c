// Entries are sorted by where they start; each also knows how far it and those before it reach, so that
// a look-up goes down only while one may still hold the address.
#include "object/jit_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

static const char folder[] = "/tmp/perf-";
static const char ending[] = ".map";

/** A stretch of code. */
struct entry {
    uint64_t start;
    uint64_t end;
    uint64_t reach; ///< The highest end of this entry and all before it.
    size_t number;  ///< Place in the file.
    char *name;
};

struct jit_map {
    struct entry *entries; // [n]
    size_t n;
    size_t capacity;
};

char *jit_map_path(pid_t pid)
{
    return mem_printf("%s%d%s", folder, (int)pid, ending);
}

bool jit_map_is_path(const char *path)
{
    size_t start = sizeof folder - 1;

    if (strncmp(path, folder, start) != 0)
        return false;
    size_t digits = strspn(path + start, "0123456789");
    return digits && strcmp(path + start + digits, ending) == 0;
}

static struct lprof_error *open_own(const char *path, FILE **ret)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0)
        return error_from_errno(errno, "%s", path);
    bool is_own = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
                  (status.st_uid == geteuid() || status.st_uid == 0);
    FILE *file = is_own ? fdopen(fd, "r") : NULL;
    if (file) {
        *ret = file;
        return NULL;
    }
    close(fd);
    return error_create(LPROF_ERROR_PERMISSION, "%s: not a file of this user", path);
}

// "START SIZE NAME"; numbers may begin with 0x.
static bool read_line(char *line, struct entry *ret)
{
    char *end;

    ret->start = strtoull(line, &end, 16);
    if (end == line || *end != ' ')
        return false;
    char *size_text = end + 1;
    uint64_t size = strtoull(size_text, &end, 16);
    if (end == size_text || *end != ' ' || __builtin_add_overflow(ret->start, size, &ret->end))
        return false;
    char *name = end + strspn(end, " ");
    name[strcspn(name, "\r\n")] = '\0';
    ret->name = name;
    return size && *name;
}

static void read_entries(struct jit_map *map, FILE *file)
{
    CLEANUP(cleanup_free) char *line = NULL;
    size_t room = 0;
    struct entry entry;

    while (getline(&line, &room, file) > 0) {
        if (!read_line(line, &entry))
            continue;
        entry.number = map->n;
        entry.name = mem_strdup(entry.name);
        map->entries = mem_grow(map->entries, &map->capacity, map->n, sizeof *map->entries);
        map->entries[map->n++] = entry;
    }
}

static int compare(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;

    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

struct lprof_error *jit_map_open(const char *path, struct jit_map **ret)
{
    CLEANUP(cleanup_fclose) FILE *file = NULL;
    struct lprof_error *err = open_own(path, &file);
    uint64_t reach = 0;

    if (err)
        return err;
    struct jit_map *map = mem_alloc(sizeof *map);
    read_entries(map, file);
    if (map->n)
        qsort(map->entries, map->n, sizeof *map->entries, compare);
    for (size_t i = 0; i < map->n; i++) {
        reach = map->entries[i].end > reach ? map->entries[i].end : reach;
        map->entries[i].reach = reach;
    }
    *ret = map;
    return NULL;
}

void jit_map_destroy(struct jit_map *map)
{
    for (size_t i = 0; map && i < map->n; i++)
        free(map->entries[i].name);
    if (map)
        free(map->entries);
    free(map);
}

// How many entries start at or below the address.
static size_t count_up_to(const struct jit_map *map, uint64_t run_addr)
{
    size_t low = 0;
    size_t high = map->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->entries[middle].start <= run_addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const char *jit_map_find(const struct jit_map *map, uint64_t run_addr)
{
    const struct entry *found = NULL;

    for (size_t i = count_up_to(map, run_addr); i > 0 && map->entries[i - 1].reach > run_addr;
         i--) {
        const struct entry *entry = &map->entries[i - 1];
        if (run_addr < entry->end && (!found || entry->number > found->number))
            found = entry;
    }
    return found ? found->name : NULL;
}
