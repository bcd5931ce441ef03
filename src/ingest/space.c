// The mappings of a process are an array that is sorted by address and has no overlaps.

#include "ingest/space.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"

struct space_process {
    UT_hash_handle hh;
    pid_t pid;
    struct space_mapping *mappings;
    size_t n;
    size_t capacity;
};

void space_init(struct space *space)
{
    space->processes = NULL;
}

static void destroy_process(struct space *space, struct space_process *process)
{
    HASH_DEL(space->processes, process);
    free(process->mappings);
    free(process);
}

void space_deinit(struct space *space)
{
    struct space_process *process;
    struct space_process *next;

    HASH_ITER(hh, space->processes, process, next)
    destroy_process(space, process);
}

static struct space_process *find_process(const struct space *space, pid_t pid)
{
    struct space_process *process;

    HASH_FIND(hh, space->processes, &pid, sizeof pid, process);
    return process;
}

static struct space_process *add_process(struct space *space, pid_t pid)
{
    struct space_process *process = find_process(space, pid);

    if (process)
        return process;
    process = mem_alloc(sizeof *process);
    process->pid = pid;
    HASH_ADD(hh, space->processes, pid, sizeof process->pid, process);
    return process;
}

// The first mapping that ends behind the address; `n` when there is none.
static size_t first_behind(const struct space_process *process, uint64_t run_addr)
{
    size_t low = 0;
    size_t high = process->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (process->mappings[middle].end <= run_addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert(struct space_process *process, size_t place, const struct space_mapping *mapping)
{
    process->mappings =
        mem_grow(process->mappings, &process->capacity, process->n, sizeof *process->mappings);
    memmove(&process->mappings[place + 1], &process->mappings[place],
            (process->n - place) * sizeof *mapping);
    process->mappings[place] = *mapping;
    process->n++;
}

static void cut_front(struct space_mapping *mapping, uint64_t run_addr)
{
    mapping->file_offset += run_addr - mapping->start;
    mapping->start = run_addr;
}

// Clear [start, end); returns the place where a mapping of that stretch belongs.
static size_t clear(struct space_process *process, uint64_t start, uint64_t end)
{
    size_t place = first_behind(process, start);

    if (place < process->n && process->mappings[place].start < start) {
        struct space_mapping rest = process->mappings[place];

        process->mappings[place].end = start;
        place++;
        cut_front(&rest, start);
        insert(process, place, &rest);
    }
    size_t last = place;
    while (last < process->n && process->mappings[last].end <= end)
        last++;
    if (last < process->n && process->mappings[last].start < end)
        cut_front(&process->mappings[last], end);
    if (last > place)
        memmove(&process->mappings[place], &process->mappings[last],
                (process->n - last) * sizeof *process->mappings);
    process->n -= last - place;
    return place;
}

void space_map(struct space *space, pid_t pid, const struct space_mapping *mapping)
{
    if (mapping->start >= mapping->end)
        return;
    struct space_process *process = add_process(space, pid);
    insert(process, clear(process, mapping->start, mapping->end), mapping);
}

void space_fork(struct space *space, pid_t parent, pid_t child)
{
    const struct space_process *from = find_process(space, parent);

    if (parent == child)
        return;
    space_drop(space, child);
    if (!from || !from->n)
        return;
    struct space_process *process = add_process(space, child);
    process->mappings = mem_dup(from->mappings, from->n * sizeof *from->mappings);
    process->n = from->n;
    process->capacity = from->n;
}

void space_drop(struct space *space, pid_t pid)
{
    struct space_process *process = find_process(space, pid);

    if (process)
        destroy_process(space, process);
}

const struct space_mapping *space_find(const struct space *space, pid_t pid, uint64_t run_addr)
{
    const struct space_process *process = find_process(space, pid);

    if (!process)
        return NULL;
    size_t place = first_behind(process, run_addr);
    if (place == process->n || process->mappings[place].start > run_addr)
        return NULL;
    return &process->mappings[place];
}
