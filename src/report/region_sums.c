#include "report/region_sums.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "profile/regions.h"

// A region of the profile, and what to order it by.
struct node {
    const struct profile *profile;
    uint32_t id;
    int64_t cpu_ns; // Sampled in it and in those inside of it.
    int64_t samples;
};

static void fill(const struct node *node, uint32_t depth, struct report_region *ret)
{
    const struct profile_region *region = &node->profile->regions[node->id - 1];

    *ret = (struct report_region){
        .id = node->id,
        .name = region->name,
        .path = regions_path(node->profile, node->id),
        .depth = depth,
        .calls = region->calls,
        .total_ns = region->total_ns,
        .min_ns = region->calls ? region->min_ns : REPORT_NULL,
        .max_ns = region->calls ? region->max_ns : REPORT_NULL,
        .p50_ns = region->buckets ? regions_percentile_ns(region, 0.5) : REPORT_NULL,
        .p99_ns = region->buckets ? regions_percentile_ns(region, 0.99) : REPORT_NULL,
        .cpu_ns = node->cpu_ns,
        .samples = node->samples,
    };
}

static int compare(const void *a, const void *b)
{
    const struct node *one = a;
    const struct node *two = b;
    const struct profile_region *regions = one->profile->regions;
    int64_t times[] = {regions[one->id - 1].total_ns, regions[two->id - 1].total_ns};

    if (times[0] == times[1]) {
        times[0] = one->cpu_ns;
        times[1] = two->cpu_ns;
    }
    if (times[0] != times[1])
        return times[0] > times[1] ? -1 : 1;
    return strcmp(regions[one->id - 1].name, regions[two->id - 1].name);
}

static void add_samples(const struct profile *profile, struct node *nodes)
{
    for (size_t i = 0; i < profile->n_samples; i++) {
        const struct profile_sample *sample = &profile->samples[i];
        for (uint32_t id = sample->region; id; id = profile->regions[id - 1].parent) {
            struct node *node = &nodes[id - 1];
            node->cpu_ns = profile_sum(node->cpu_ns, sample->values[PROFILE_CPU]);
            node->samples = profile_sum(node->samples, sample->values[PROFILE_SAMPLES]);
        }
    }
}

// Put what is inside of `parent` behind what is there, and so on inwards.
static size_t place(const struct node *nodes, size_t n, uint32_t parent, uint32_t depth,
                    struct report_region *ret)
{
    size_t placed = 0;

    for (size_t i = 0; i < n; i++) {
        if (nodes[i].profile->regions[nodes[i].id - 1].parent != parent)
            continue;
        fill(&nodes[i], depth, ret + placed++);
        placed += place(nodes, n, nodes[i].id, depth + 1, ret + placed);
    }
    return placed;
}

struct report_region *region_sums_create(const struct profile *profile, size_t *n_ret)
{
    size_t n = profile->n_regions;
    struct report_region *regions = mem_alloc_array(n + 1, sizeof *regions);
    CLEANUP(cleanup_free) struct node *nodes = mem_alloc_array(n + 1, sizeof *nodes);

    for (size_t i = 0; i < n; i++)
        nodes[i] = (struct node){.profile = profile, .id = (uint32_t)i + 1};
    add_samples(profile, nodes);
    qsort(nodes, n, sizeof *nodes, compare);
    *n_ret = place(nodes, n, 0, 0, regions);
    return regions;
}

void region_sums_destroy(struct report_region *regions, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free((char *)(uintptr_t)regions[i].path);
    free(regions);
}
