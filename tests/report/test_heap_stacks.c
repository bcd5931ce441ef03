#include "report/heap_stacks.h"

#include "profile/builder.h"
#include "support/hand_profile.h"
#include "support/test.h"

static void allocate(struct profile *p, const char *stack, int64_t allocs, int64_t bytes,
                     int64_t leaked)
{
    hand_profile_add(p, stack, 0, 0);
    int64_t *values = p->samples[p->n_samples - 1].values;
    values[PROFILE_ALLOCS] += allocs;
    values[PROFILE_FREES] += leaked ? allocs - 1 : allocs;
    values[PROFILE_ALLOC_BYTES] += bytes;
    values[PROFILE_FREED_BYTES] += bytes - leaked;
}

static uint32_t line_of(const struct heap_stacks *stacks, size_t stack, size_t frame)
{
    return stacks->frames->lines[stacks->stacks[stack].lines[frame]].line;
}

LP_TEST(heap_stacks, stacks_of_the_same_lines_are_one)
{
    struct profile *p = hand_profile_create();

    allocate(p, "a:3 < b:7 ; main:20", 2, 200, 100);
    allocate(p, "b:7 ; main:20", 1, 1000, 0);
    allocate(p, "c:9 ; main:20", 5, 50, 50);
    hand_profile_add(p, "d:1 ; main:20", 3, 3000); // Time is no memory.
    struct heap_stacks *stacks = heap_stacks_create(p, HEAP_STACKS_BY_LEAKED);

    cr_assert(stacks->n == 3);
    cr_expect(stacks->stacks[0].n_lines == 3);
    cr_expect(line_of(stacks, 0, 0) == 3 && line_of(stacks, 0, 1) == 7 &&
              line_of(stacks, 0, 2) == 20);
    cr_expect(heap_stacks_value(&stacks->stacks[0], HEAP_STACKS_BY_LEAKED) == 100);
    cr_expect(heap_stacks_count(&stacks->stacks[0], HEAP_STACKS_BY_LEAKED) == 1);
    cr_expect(line_of(stacks, 1, 0) == 9 && line_of(stacks, 2, 0) == 7);
    cr_expect(heap_stacks_value(&stacks->total, HEAP_STACKS_BY_LEAKED) == 150);
    cr_expect(heap_stacks_value(&stacks->total, HEAP_STACKS_BY_ALLOCS) == 8);
    heap_stacks_destroy(stacks);
    stacks = heap_stacks_create(p, HEAP_STACKS_BY_ALLOCS);
    cr_expect(line_of(stacks, 0, 0) == 9 && line_of(stacks, 1, 0) == 3);
    heap_stacks_destroy(stacks);
    profile_destroy(p);
}
