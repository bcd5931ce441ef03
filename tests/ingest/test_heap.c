#include "ingest/heap.h"

#include "profile/builder.h"
#include "support/test.h"

enum { MINE = 7, CHILD = 8 };

// A profile with so many stacks of one location each.
static struct profile *stacks(uint32_t n)
{
    struct profile *p = profile_create();

    for (uint32_t i = 1; i <= n; i++) {
        uint32_t location = builder_location(p, 0, i, PROFILE_ADDRESS_CALL);
        cr_assert(builder_stack(p, &location, 1) == i);
    }
    return p;
}

static void add(struct heap *heap, pid_t pid, uint64_t addr, double bytes, uint32_t stack)
{
    heap_add(heap, &(struct heap_alloc){
                       .pid = pid, .addr = addr, .count = 1, .bytes = bytes, .stack = stack});
}

static void expect(const struct profile *p, uint32_t stack, int64_t allocs, int64_t allocated,
                   int64_t freed, int64_t at_peak)
{
    const int64_t truth[] = {allocs, allocated, freed, at_peak};
    size_t i = 0;

    while (i < p->n_samples && p->samples[i].stack != stack)
        i++;
    cr_assert(i < p->n_samples, "stack %u has no sample", stack);
    for (size_t k = 0; k < 4; k++)
        cr_expect(p->samples[i].values[PROFILE_ALLOCS + k] == truth[k], "stack %u, value %zu: %ld",
                  stack, k, (long)p->samples[i].values[PROFILE_ALLOCS + k]);
}

static void finish(struct heap *heap, struct profile *p)
{
    heap_finish(heap, p);
    heap_deinit(heap);
}

LP_TEST(heap, the_peak_is_that_of_all_together)
{
    struct profile *p = stacks(3);
    struct heap heap;

    heap_init(&heap);
    add(&heap, MINE, 0x10, 100, 1);
    add(&heap, MINE, 0x20, 50, 2); // 150: the most.
    heap_free(&heap, MINE, 0x10, false);
    add(&heap, MINE, 0x30, 90, 3); // 140
    heap_free(&heap, MINE, 0x20, false);
    finish(&heap, p);
    expect(p, 1, 1, 100, 100, 100);
    expect(p, 2, 1, 50, 50, 50);
    expect(p, 3, 1, 90, 0, 0);
    profile_destroy(p);
}

LP_TEST(heap, what_grows_to_the_end_is_at_its_peak_there)
{
    struct profile *p = stacks(2);
    struct heap heap;

    heap_init(&heap);
    add(&heap, MINE, 0x10, 100, 1);
    heap_free(&heap, MINE, 0x10, false);
    for (uint64_t i = 0; i < 20; i++)
        add(&heap, MINE, 0x100 + i, 10, 1 + i % 2);
    finish(&heap, p);
    expect(p, 1, 11, 200, 100, 100);
    expect(p, 2, 10, 100, 0, 100);
    profile_destroy(p);
}

LP_TEST(heap, processes_have_addresses_of_their_own_and_one_peak)
{
    struct profile *p = stacks(3);
    struct heap heap;

    heap_init(&heap);
    add(&heap, MINE, 0x10, 100, 1);
    add(&heap, CHILD, 0x10, 70, 2);
    heap_free(&heap, CHILD, 0x20, false); // Allocated by its parent.
    heap_free(&heap, MINE, 0x10, false);
    heap_drop(&heap, CHILD);        // It ended: nobody freed its memory.
    add(&heap, CHILD, 0x10, 99, 3); // Another process with its number.
    finish(&heap, p);
    cr_expect(heap.unknown_frees == 1);
    expect(p, 1, 1, 100, 100, 100);
    expect(p, 2, 1, 70, 0, 70);
    expect(p, 3, 1, 99, 0, 0);
    profile_destroy(p);
}

LP_TEST(heap, a_second_allocation_in_a_place_ends_the_first)
{
    struct profile *p = stacks(2);
    struct heap heap;

    heap_init(&heap);
    add(&heap, MINE, 0x10, 100, 1);
    add(&heap, MINE, 0x10, 30, 2);
    heap_free(&heap, MINE, 0x10, false);
    heap_free(&heap, MINE, 0x10, false);
    finish(&heap, p);
    expect(p, 1, 1, 100, 100, 100);
    expect(p, 2, 1, 30, 30, 0);
    profile_destroy(p);
}

LP_TEST(heap, fractions_of_samples_add_up)
{
    struct profile *p = stacks(1);
    struct heap heap;

    heap_init(&heap);
    for (uint64_t i = 0; i < 1000; i++)
        heap_add(&heap, &(struct heap_alloc){
                            .pid = MINE, .addr = i, .count = 1.4, .bytes = 1000.4, .stack = 1});
    finish(&heap, p);
    expect(p, 1, 1400, 1000400, 0, 1000400);
    profile_destroy(p);
}

LP_TEST(heap, mappings_go_in_parts)
{
    struct profile *p = stacks(2);
    struct heap heap;

    heap_init(&heap);
    heap_add(
        &heap,
        &(struct heap_alloc){
            .pid = MINE, .addr = 0x10000, .count = 1, .bytes = 0x4000, .stack = 1, .mapped = true});
    heap_unmap(&heap, MINE, 0x11000, 0x1000);
    heap_unmap(&heap, CHILD, 0x10000, 0x1000); // Another process's.
    // Over what is left at the end.
    heap_add(
        &heap,
        &(struct heap_alloc){
            .pid = MINE, .addr = 0x13000, .count = 1, .bytes = 0x2000, .stack = 2, .mapped = true});
    finish(&heap, p);
    expect(p, 1, 1, 0x4000, 0x2000, 0x4000);
    expect(p, 2, 1, 0x2000, 0, 0);
    profile_destroy(p);
}

LP_TEST(heap, what_is_freed_at_once_is_temporary)
{
    struct profile *p = stacks(1);
    struct heap heap;

    heap_init(&heap);
    add(&heap, MINE, 0x10, 100, 1);
    heap_free(&heap, MINE, 0x10, true);
    add(&heap, MINE, 0x10, 100, 1);
    heap_free(&heap, MINE, 0x10, false);
    add(&heap, MINE, 0x10, 100, 1);
    finish(&heap, p);
    expect(p, 1, 3, 300, 200, 100);
    cr_assert(p->n_samples == 1);
    cr_expect(p->samples[0].values[PROFILE_FREES] == 2);
    cr_expect(p->samples[0].values[PROFILE_TEMPORARY] == 1);
    profile_destroy(p);
}

// Each sample of s bytes that stands for w adds (w s)^2 (1 - 1 / w).
LP_TEST(heap, estimates_have_a_variance)
{
    struct profile *p = stacks(1);
    struct heap heap;

    heap_init(&heap);
    heap_add(&heap,
             &(struct heap_alloc){.pid = MINE, .addr = 0x10, .count = 4, .bytes = 400, .stack = 1});
    heap_add(&heap,
             &(struct heap_alloc){.pid = MINE, .addr = 0x20, .count = 2, .bytes = 400, .stack = 1});
    heap_add(&heap,
             &(struct heap_alloc){.pid = MINE, .addr = 0x30, .count = 1, .bytes = 400, .stack = 1});
    heap_free(&heap, MINE, 0x10, false);
    finish(&heap, p);
    cr_assert(p->n_samples == 1);
    cr_expect(p->samples[0].values[PROFILE_ALLOC_VARIANCE] == 120000 + 80000);
    cr_expect(p->samples[0].values[PROFILE_LIVE_VARIANCE] == 80000);
    profile_destroy(p);
}

LP_TEST(heap, rounds_are_allocations_that_were_freed_at_once)
{
    struct profile *p = stacks(2);
    struct heap heap;
    struct heap_alloc alloc = {
        .pid = MINE, .addr = 0x10, .count = 1, .bytes = 100, .stack = 1, .rounds = 5};

    heap_init(&heap);
    add(&heap, MINE, 0x20, 50, 2);
    alloc.gone = true;
    heap_add(&heap, &alloc);
    alloc.gone = false;
    heap_add(&heap, &alloc);
    finish(&heap, p);
    expect(p, 1, 11, 1100, 1000, 100);
    expect(p, 2, 1, 50, 0, 50);
    for (size_t i = 0; i < p->n_samples; i++) {
        const struct profile_sample *sample = &p->samples[i];
        int64_t truth = sample->stack == 1 ? 10 : 0;
        cr_expect(sample->values[PROFILE_TEMPORARY] == truth);
        cr_expect(sample->values[PROFILE_FREES] == truth);
    }
    profile_destroy(p);
}
