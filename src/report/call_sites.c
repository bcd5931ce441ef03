// Each stack is walked once, from its innermost frame outwards. Foreign functions that were met wait
// until a frame of the project tells where they are used.
#include "report/call_sites.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "report/pair_sums.h"

struct walk {
    const struct frames *frames;
    const bool *mine;
    struct pair_sums sums; // (function, line)
    uint32_t *stamps;      // [functions] of the stack that it was last met in.
    uint32_t stamp;
    uint32_t *waiting; // [n_waiting] functions
    size_t n_waiting;
};

static void visit(struct walk *walk, const struct frame *frame, int64_t time_ns)
{
    if (walk->mine[frame->function]) {
        for (size_t i = 0; i < walk->n_waiting; i++)
            pair_sums_get(&walk->sums, walk->waiting[i], frame->line)->sum += time_ns;
        walk->n_waiting = 0;
    } else if (walk->stamps[frame->function] != walk->stamp) {
        walk->stamps[frame->function] = walk->stamp;
        walk->waiting[walk->n_waiting++] = frame->function;
    }
}

static void walk_stack(struct walk *walk, const struct profile_stack *stack, int64_t time_ns)
{
    const size_t *starts = walk->frames->starts;

    walk->stamp++;
    walk->n_waiting = 0;
    for (size_t i = 0; i < stack->n; i++)
        for (size_t j = starts[stack->locations[i] - 1]; j < starts[stack->locations[i]]; j++)
            visit(walk, &walk->frames->frames[j], time_ns);
}

static int compare_sites(const void *a, const void *b)
{
    const struct call_site *x = a;
    const struct call_site *y = b;

    if (x->function != y->function)
        return x->function < y->function ? -1 : 1;
    if (x->time_ns != y->time_ns)
        return x->time_ns > y->time_ns ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static struct call_site *copy_sites(const struct pair_sums *sums, size_t *n_ret)
{
    struct call_site *sites = mem_alloc_array(sums->n + 1, sizeof *sites);
    size_t n = 0;

    for (size_t i = 0; i < sums->n_slots; i++) {
        const struct pair_sum *slot = &sums->slots[i];
        if (slot->used)
            sites[n++] = (struct call_site){slot->first, slot->second, slot->sum};
    }
    qsort(sites, n, sizeof *sites, compare_sites);
    *n_ret = n;
    return sites;
}

struct call_site *call_sites_create(const struct profile *profile, const struct frames *frames,
                                    const bool *mine, size_t *n_ret)
{
    CLEANUP(cleanup_free)
    uint32_t *stamps = mem_alloc_array(frames->n_functions + 1, sizeof *stamps);
    CLEANUP(cleanup_free)
    uint32_t *waiting = mem_alloc_array(frames->n_functions + 1, sizeof *waiting);
    struct walk walk = {.frames = frames, .mine = mine, .stamps = stamps, .waiting = waiting};

    for (size_t i = 0; i < profile->n_samples; i++) {
        const struct profile_sample *sample = &profile->samples[i];
        walk_stack(&walk, &profile->stacks[sample->stack - 1], sample->values[PROFILE_CPU]);
    }
    struct call_site *sites = copy_sites(&walk.sums, n_ret);
    pair_sums_deinit(&walk.sums);
    return sites;
}
