#include "target/process_maps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"

#define PAGE UINT64_C(4096)

// How far a jump reaches, less a little for the instruction itself.
#define REACH ((UINT64_C(1) << 31) - (UINT64_C(1) << 20))
// What is left free below and above other memory.
#define SPACE_BELOW (UINT64_C(64) << 20)
#define SPACE_ABOVE (UINT64_C(512) << 20)
// Lower addresses stay free, so that wild pointers near zero hit nothing.
#define LOWEST (UINT64_C(256) << 20)
#define HIGHEST (UINT64_C(1) << 47)

// Where "start-end rwxp offset device inode   path" has its path, which may hold blanks.
static bool parse_line(char *line, struct process_map *ret)
{
    char access[5];
    int at = 0;

    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %*s%n", &ret->start, &ret->end,
               access, &ret->file_offset, &at) != 4 ||
        !at)
        return false;
    ret->writable = access[1] == 'w';
    ret->executable = access[2] == 'x';
    line[strcspn(line, "\n")] = '\0';
    ret->path = mem_strdup(line + at + strspn(line + at, " "));
    return true;
}

struct lprof_error *process_maps_read(pid_t pid, struct process_maps *ret)
{
    CLEANUP(cleanup_free) char *path = mem_printf("/proc/%d/maps", pid);
    CLEANUP(cleanup_fclose) FILE *in = fopen(path, "re");
    CLEANUP(cleanup_free) char *line = NULL;
    struct process_maps maps = {0};
    size_t room = 0;

    if (!in)
        return error_from_errno(errno, "%s", path);
    while (getline(&line, &room, in) > 0) {
        struct process_map map;
        if (!parse_line(line, &map))
            continue;
        maps.items = mem_grow(maps.items, &maps.capacity, maps.count, sizeof *maps.items);
        maps.items[maps.count++] = map;
    }
    *ret = maps;
    return NULL;
}

void process_maps_deinit(struct process_maps *maps)
{
    for (size_t i = 0; i < maps->count; i++)
        free(maps->items[i].path);
    free(maps->items);
    *maps = (struct process_maps){0};
}

// ---- room

static uint64_t greater(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// Place `size` bytes at the upper end of a gap, away from what follows it if possible.
static bool place_at_top(uint64_t begin, uint64_t end, uint64_t size, uint64_t *ret)
{
    if (end <= begin || end - begin < size)
        return false;
    uint64_t space = smaller(SPACE_BELOW, end - begin - size);
    *ret = (end - space - size) & ~(PAGE - 1);
    return *ret >= begin;
}

// Place them at the lower end, but never near to what comes before.
static bool place_at_bottom(uint64_t begin, uint64_t end, uint64_t size, uint64_t *ret)
{
    uint64_t from = (begin + SPACE_ABOVE + PAGE - 1) & ~(PAGE - 1);

    if (end <= from || end - from < size)
        return false;
    *ret = from;
    return true;
}

bool process_maps_gap(const struct process_maps *maps, uint64_t low, uint64_t high, uint64_t size,
                      uint64_t *ret)
{
    uint64_t from = high > REACH ? greater(high - REACH, LOWEST) : LOWEST;
    uint64_t to = smaller(low + REACH, HIGHEST);
    uint64_t end_before = 0;
    bool below = false;
    bool above = false;
    uint64_t place;

    for (size_t i = 0; i <= maps->count; i++) {
        uint64_t next = i < maps->count ? maps->items[i].start : HIGHEST;
        uint64_t begin = greater(end_before, from);
        uint64_t end = smaller(next, to);
        if (end <= low && place_at_top(begin, end, size, &place)) {
            // The last one of these is the nearest.
            *ret = place;
            below = true;
        } else if (begin >= high && !below && !above && place_at_bottom(begin, end, size, &place)) {
            *ret = place;
            above = true;
        }
        end_before = i < maps->count ? maps->items[i].end : end_before;
    }
    return below || above;
}
