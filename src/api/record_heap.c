#include "api/record_heap.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/units.h"
#include "event/heap_wire.h"
#include "profile/builder.h"

// A program that tells of every allocation waits when the ring is full.
enum { PAUSE_SAMPLED_MS = 20, PAUSE_FULL_MS = 1 };

struct lprof_error *record_heap_begin(struct record_heap *heap,
                                      const struct record_options *options)
{
    const struct collector_options *asked = &options->collector;
    CLEANUP(cleanup_free) char *library = NULL;

    if (!asked->memory || asked->alloc == COLLECTOR_ALLOC_NONE)
        return NULL;
    heap->objection = preload_objection(options->argv[0]);
    if (heap->objection)
        return NULL;
    struct lprof_error *err = preload_find(HEAP_WIRE_LIBRARY, &library);
    if (!err)
        err = heap_ring_create(asked->alloc == COLLECTOR_ALLOC_FULL, asked->children, &heap->ring);
    if (err)
        return err;
    preload_begin(&heap->preload, library, HEAP_WIRE_VARIABLE, heap_ring_path(heap->ring));
    return NULL;
}

void record_heap_started(struct record_heap *heap, pid_t pid)
{
    preload_end(&heap->preload, HEAP_WIRE_VARIABLE);
    if (heap->ring)
        heap_ring_set_first(heap->ring, pid);
}

int record_heap_pause_ms(const struct record_heap *heap)
{
    if (heap_ring_is_busy(heap->ring))
        return 0;
    return heap_ring_totals(heap->ring).full ? PAUSE_FULL_MS : PAUSE_SAMPLED_MS;
}

static void note_unseen(struct profile *profile, const char *why)
{
    CLEANUP(cleanup_free)
    char *text =
        mem_printf("the heap of the program was not seen: %s; only what became resident was", why);

    builder_note(profile, "heap-unseen", 1, text, NULL);
}

static void note_sampled(struct profile *profile)
{
    char interval[UNITS_TEXT];

    units_format_bytes(HEAP_RING_INTERVAL_BYTES, interval);
    CLEANUP(cleanup_free)
    char *text = mem_printf("allocations are estimated from samples, one in %s on average: sums of "
                            "much less say little",
                            interval);
    builder_note(profile, "heap-sampled", 1, text, "lprof --memory --alloc=full");
}

void record_heap_note(const struct record_heap *heap, struct profile *profile)
{
    if (heap->objection)
        note_unseen(profile, heap->objection);
    if (!heap->ring)
        return;
    struct heap_ring_totals totals = heap_ring_totals(heap->ring);
    bool any = profile_total(profile, PROFILE_ALLOCS) > 0;
    if (!totals.started)
        note_unseen(profile, "it is linked statically, runs with the rights of another user, or "
                             "takes no libraries from LD_PRELOAD");
    else if (totals.passed_by)
        builder_note(profile, "heap-unseen", (int64_t)totals.passed_by,
                     "the heap of {} processes was not seen: their program has an allocator of its "
                     "own; what that maps was seen, and what became resident",
                     NULL);
    else if (!any && totals.full)
        note_unseen(profile, "it allocated nothing");
    else if (!totals.full)
        note_sampled(profile);
    if (totals.lost)
        builder_note(
            profile, "heap-lost", (int64_t)totals.lost,
            "{} records of allocations and frees were lost, for they came faster than they "
            "could be read",
            NULL);
}

void record_heap_deinit(struct record_heap *heap)
{
    heap_ring_destroy(heap->ring);
    heap->ring = NULL;
}
