#include "report/heap_stacks.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"
#include "report/report.h"

struct group {
    int64_t values[PROFILE_VALUES];
    size_t n_lines;
    UT_hash_handle hh;
    uint32_t lines[];
};

struct heap_stacks_storage {
    struct group *groups; // A uthash table, by lines.
};

int64_t heap_stacks_value(const struct heap_stack *stack, enum heap_stacks_key key)
{
    const int64_t *values = stack->values;

    switch (key) {
    case HEAP_STACKS_BY_PEAK:
        return values[PROFILE_PEAK_BYTES];
    case HEAP_STACKS_BY_LEAKED:
        return values[PROFILE_ALLOC_BYTES] - values[PROFILE_FREED_BYTES];
    case HEAP_STACKS_BY_TEMPORARY:
        return values[PROFILE_TEMPORARY];
    case HEAP_STACKS_NONE:
    case HEAP_STACKS_BY_ALLOCS:
    default:
        return values[PROFILE_ALLOCS];
    }
}

int64_t heap_stacks_count(const struct heap_stack *stack, enum heap_stacks_key key)
{
    if (key == HEAP_STACKS_BY_PEAK)
        return REPORT_NULL;
    if (key == HEAP_STACKS_BY_LEAKED)
        return stack->values[PROFILE_ALLOCS] - stack->values[PROFILE_FREES];
    return heap_stacks_value(stack, key);
}

static void add_values(int64_t *to, const int64_t *from)
{
    for (size_t i = 0; i < PROFILE_VALUES; i++)
        to[i] = profile_sum(to[i], from[i]);
}

// The lines of a stack's frames.
static size_t lines_of(const struct frames *frames, const struct profile_stack *stack,
                       uint32_t **lines, size_t *capacity)
{
    size_t n = 0;

    for (size_t i = 0; i < stack->n; i++) {
        uint32_t location = stack->locations[i];
        for (size_t j = frames->starts[location - 1]; j < frames->starts[location]; j++) {
            *lines = mem_grow(*lines, capacity, n, sizeof **lines);
            (*lines)[n++] = frames->frames[j].line;
        }
    }
    return n;
}

static struct group *get_group(struct heap_stacks *stacks, const uint32_t *lines, size_t n)
{
    struct group *group;
    size_t size = n * sizeof *lines;

    HASH_FIND(hh, stacks->storage->groups, lines, size, group);
    if (group)
        return group;
    group = mem_alloc(sizeof *group + size);
    group->n_lines = n;
    memcpy(group->lines, lines, size);
    HASH_ADD_KEYPTR(hh, stacks->storage->groups, group->lines, size, group);
    return group;
}

static void add_samples(struct heap_stacks *stacks, const struct profile *profile)
{
    uint32_t *lines = NULL;
    size_t capacity = 0;

    for (size_t i = 0; i < profile->n_samples; i++) {
        const struct profile_sample *sample = &profile->samples[i];
        if (!sample->values[PROFILE_ALLOCS])
            continue;
        size_t n = lines_of(stacks->frames, &profile->stacks[sample->stack - 1], &lines, &capacity);
        if (n)
            add_values(get_group(stacks, lines, n)->values, sample->values);
        add_values(stacks->total.values, sample->values);
    }
    free(lines);
}

// Ties by what else is there, so that the order is always the same.
static int compare(const void *a, const void *b, void *context)
{
    const enum heap_stacks_key *key = context;
    const struct heap_stack *x = a;
    const struct heap_stack *y = b;
    int64_t of_x = heap_stacks_value(x, *key);
    int64_t of_y = heap_stacks_value(y, *key);

    if (of_x == of_y) {
        of_x = x->values[PROFILE_ALLOC_BYTES];
        of_y = y->values[PROFILE_ALLOC_BYTES];
    }
    if (of_x == of_y) {
        of_x = -(int64_t)x->lines[0];
        of_y = -(int64_t)y->lines[0];
    }
    return (of_x < of_y) - (of_x > of_y);
}

struct heap_stacks *heap_stacks_create(const struct profile *profile, enum heap_stacks_key key)
{
    struct heap_stacks *stacks = mem_alloc(sizeof *stacks);

    stacks->storage = mem_alloc(sizeof *stacks->storage);
    stacks->frames = frames_create(profile);
    add_samples(stacks, profile);
    stacks->stacks =
        mem_alloc_array(HASH_COUNT(stacks->storage->groups) + 1, sizeof *stacks->stacks);
    for (const struct group *group = stacks->storage->groups; group; group = group->hh.next) {
        struct heap_stack *stack = &stacks->stacks[stacks->n++];
        memcpy(stack->values, group->values, sizeof stack->values);
        stack->lines = group->lines;
        stack->n_lines = group->n_lines;
    }
    qsort_r(stacks->stacks, stacks->n, sizeof *stacks->stacks, compare, &key);
    return stacks;
}

void heap_stacks_destroy(struct heap_stacks *stacks)
{
    struct group *group;
    struct group *next;

    if (!stacks)
        return;
    HASH_ITER(hh, stacks->storage->groups, group, next)
    {
        HASH_DEL(stacks->storage->groups, group);
        free(group);
    }
    frames_destroy(stacks->frames);
    free(stacks->storage);
    free(stacks->stacks);
    free(stacks);
}
