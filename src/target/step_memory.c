#include "target/step_memory.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

#include "base/cleanup.h"
#include "base/mem.h"

struct step_breakpoint {
    uint64_t addr;
    uint8_t original;
    uint32_t noted; // Number in the rescue list.
    UT_hash_handle hh;
};

void step_plans_deinit(struct step_plans *plans)
{
    for (size_t i = 0; i < plans->count; i++) {
        step_plan_deinit(plans->items[i]);
        free(plans->items[i]);
    }
    free(plans->items);
    *plans = (struct step_plans){0};
}

static struct step_plan *plan_of(struct step_plans *plans, const char *path, uint64_t file_offset)
{
    for (size_t i = 0; i < plans->count; i++)
        if (strcmp(plans->items[i]->path, path) == 0)
            return plans->items[i];
    struct step_plan *plan = mem_alloc(sizeof *plan);
    plan->path = mem_strdup(path);
    plans->planner.plan(plans->planner.context, path, file_offset, plan);
    step_plan_start(plan);
    plan->number = (uint32_t)plans->count + 1;
    plans->items = mem_grow(plans->items, &plans->capacity, plans->count, sizeof(*plans->items));
    return plans->items[plans->count++] = plan;
}

struct step_memory *step_memory_create(pid_t pid, struct step_rescue *rescue)
{
    CLEANUP(cleanup_free) char *path = mem_printf("/proc/%d/mem", pid);
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return NULL;
    struct step_memory *memory = mem_alloc(sizeof *memory);
    memory->fd = fd;
    memory->pid = pid;
    memory->rescue = rescue;
    return memory;
}

struct step_memory *step_memory_fork(const struct step_memory *from, pid_t pid)
{
    struct step_memory *memory = step_memory_create(pid, from->rescue);

    if (!memory)
        return NULL;
    memory->n_areas = from->n_areas;
    memory->areas = mem_dup(from->areas, from->n_areas * sizeof *from->areas);
    for (const struct step_breakpoint *at = from->breakpoints; at; at = at->hh.next) {
        struct step_breakpoint *copy = mem_alloc(sizeof *copy);
        copy->addr = at->addr;
        copy->original = at->original;
        copy->noted = step_rescue_add(memory->rescue, pid, at->addr, at->original);
        HASH_ADD(hh, memory->breakpoints, addr, sizeof copy->addr, copy);
    }
    return memory;
}

static void forget(struct step_memory *memory, struct step_breakpoint *breakpoint)
{
    step_rescue_remove(memory->rescue, breakpoint->noted);
    HASH_DEL(memory->breakpoints, breakpoint);
    free(breakpoint);
}

void step_memory_destroy(struct step_memory *memory)
{
    struct step_breakpoint *at;
    struct step_breakpoint *next;

    if (!memory)
        return;
    HASH_ITER(hh, memory->breakpoints, at, next)
    {
        forget(memory, at);
    }
    free(memory->areas);
    close(memory->fd);
    free(memory);
}

// ---- breakpoints

static struct step_breakpoint *find(const struct step_memory *memory, uint64_t addr)
{
    struct step_breakpoint *found;

    HASH_FIND(hh, memory->breakpoints, &addr, sizeof addr, found);
    return found;
}

bool step_memory_has_breakpoint(const struct step_memory *memory, uint64_t addr)
{
    return find(memory, addr) != NULL;
}

bool step_memory_write(const struct step_memory *memory, uint64_t addr, const void *bytes,
                       size_t size)
{
    return pwrite(memory->fd, bytes, size, (off_t)addr) == (ssize_t)size;
}

void step_memory_place(struct step_memory *memory, uint64_t addr)
{
    const uint8_t int3 = STEP_INT3;
    uint8_t original;

    if (find(memory, addr) || pread(memory->fd, &original, 1, (off_t)addr) != 1)
        return;
    uint32_t noted = step_rescue_add(memory->rescue, memory->pid, addr, original);
    if (!step_memory_write(memory, addr, &int3, 1)) {
        step_rescue_remove(memory->rescue, noted);
        return;
    }
    struct step_breakpoint *breakpoint = mem_alloc(sizeof *breakpoint);
    breakpoint->addr = addr;
    breakpoint->original = original;
    breakpoint->noted = noted;
    HASH_ADD(hh, memory->breakpoints, addr, sizeof breakpoint->addr, breakpoint);
}

void step_memory_lift(struct step_memory *memory, uint64_t addr, bool in)
{
    const struct step_breakpoint *breakpoint = find(memory, addr);
    const uint8_t int3 = STEP_INT3;

    if (breakpoint)
        step_memory_write(memory, addr, in ? &int3 : &breakpoint->original, 1);
}

void step_memory_restore(struct step_memory *memory)
{
    for (const struct step_breakpoint *at = memory->breakpoints; at; at = at->hh.next)
        step_memory_write(memory, at->addr, &at->original, 1);
}

size_t step_memory_read(const struct step_memory *memory, uint64_t addr, void *ret, size_t size)
{
    ssize_t n = pread(memory->fd, ret, size, (off_t)addr);

    for (ssize_t i = 0; i < n; i++) {
        const struct step_breakpoint *breakpoint = find(memory, addr + (uint64_t)i);
        if (breakpoint)
            ((uint8_t *)ret)[i] = breakpoint->original;
    }
    return n < 0 ? 0 : (size_t)n;
}

// ---- modules

const struct step_area *step_memory_area(const struct step_memory *memory, uint64_t addr)
{
    for (size_t i = 0; i < memory->n_areas; i++)
        if (addr >= memory->areas[i].start && addr < memory->areas[i].end)
            return &memory->areas[i];
    return NULL;
}

static bool is_known(const struct step_memory *memory, const struct step_area *area)
{
    for (size_t i = 0; i < memory->n_areas; i++)
        if (memory->areas[i].start == area->start && memory->areas[i].end == area->end &&
            memory->areas[i].plan == area->plan)
            return true;
    return false;
}

static void place_all(struct step_memory *memory, const struct step_area *area)
{
    const struct step_plan *plan = area->plan;

    for (size_t i = 0; i < plan->n_functions; i++)
        step_memory_place(memory, plan->functions[i].entry + area->bias);
    for (size_t i = 0; i < plan->n_landings; i++)
        step_memory_place(memory, plan->landings[i] + area->bias);
    if (plan->hook)
        step_memory_place(memory, plan->hook + area->bias);
}

// Breakpoints of what is mapped no more: their bytes are gone, and something else may come there.
static void forget_unmapped(struct step_memory *memory, const struct step_area *areas, size_t n)
{
    struct step_breakpoint *at;
    struct step_breakpoint *next;

    HASH_ITER(hh, memory->breakpoints, at, next)
    {
        const struct step_area *was = step_memory_area(memory, at->addr);
        bool is_there = false;
        for (size_t i = 0; i < n; i++)
            is_there |= at->addr >= areas[i].start && at->addr < areas[i].end && was &&
                        areas[i].plan == was->plan && areas[i].bias == was->bias;
        if (is_there)
            continue;
        forget(memory, at);
    }
}

// A line of /proc/PID/maps that is executable and of a file.
static bool parse_line(const char *line, struct step_plans *plans, struct step_area *ret)
{
    uint64_t start;
    uint64_t end;
    uint64_t offset;
    char mode[8];
    int path = 0;

    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %*s %n", &start, &end, mode,
               &offset, &path) < 4 ||
        !path || mode[2] != 'x' || line[path] != '/')
        return false;
    struct step_plan *plan = plan_of(plans, line + path, offset);
    *ret = (struct step_area){start, end, start - offset - plan->addr_delta, plan};
    return true;
}

void step_memory_scan(struct step_memory *memory, struct step_plans *plans)
{
    CLEANUP(cleanup_free) char *path = mem_printf("/proc/%d/maps", memory->pid);
    CLEANUP(cleanup_fclose) FILE *maps = fopen(path, "re");
    CLEANUP(cleanup_free) char *line = NULL;
    struct step_area *areas = NULL;
    size_t capacity = 0;
    size_t n = 0;
    size_t room = 0;

    while (maps && getline(&line, &room, maps) > 0) {
        struct step_area area;
        line[strcspn(line, "\n")] = '\0';
        if (!parse_line(line, plans, &area))
            continue;
        areas = mem_grow(areas, &capacity, n, sizeof *areas);
        areas[n++] = area;
    }
    forget_unmapped(memory, areas, n);
    for (size_t i = 0; i < n; i++)
        if (!is_known(memory, &areas[i]))
            place_all(memory, &areas[i]);
    free(memory->areas);
    memory->areas = areas;
    memory->n_areas = n;
}
