#include "profile/canonical.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

// What a comparison of ids needs to know; tables that come earlier are in order already.
struct context {
    const struct profile *profile;
    const struct canonical *canonical;
};

int canonical_texts(const char *a, const char *b)
{
    if (!a || !b)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

int canonical_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int canonical_functions(const struct profile_function *a, const struct profile_function *b)
{
    int order = canonical_texts(a->linkage_name, b->linkage_name);

    if (!order)
        order = canonical_texts(a->name, b->name);
    if (!order)
        order = canonical_texts(a->file, b->file);
    return order ? order : canonical_numbers(a->line, b->line);
}

static int compare_mappings(const void *a, const void *b, void *context)
{
    const struct profile *p = ((const struct context *)context)->profile;
    const struct profile_mapping *one = &p->mappings[*(const uint32_t *)a - 1];
    const struct profile_mapping *two = &p->mappings[*(const uint32_t *)b - 1];
    int order = profile_is_program(p, two) - profile_is_program(p, one);

    if (!order)
        order = canonical_texts(one->path, two->path);
    if (!order)
        order = canonical_texts(one->build_id, two->build_id);
    return order ? order
                 : canonical_numbers(one->start - one->file_offset, two->start - two->file_offset);
}

static int compare_functions(const void *a, const void *b, void *context)
{
    const struct profile *p = ((const struct context *)context)->profile;

    return canonical_functions(&p->functions[*(const uint32_t *)a - 1],
                               &p->functions[*(const uint32_t *)b - 1]);
}

static int compare_locations(const void *a, const void *b, void *context)
{
    const struct context *in = context;
    const struct profile_location *one = &in->profile->locations[*(const uint32_t *)a - 1];
    const struct profile_location *two = &in->profile->locations[*(const uint32_t *)b - 1];
    const uint32_t *ranks = in->canonical->mappings.ranks;
    int order = canonical_numbers(ranks[one->mapping], ranks[two->mapping]);

    if (!order)
        order = canonical_numbers(one->addr, two->addr);
    return order ? order : canonical_numbers(one->kind, two->kind);
}

static uint32_t region_depth(const struct profile *p, uint32_t region)
{
    uint32_t depth = 0;

    for (; region; region = p->regions[region - 1].parent)
        depth++;
    return depth;
}

// By the names from the outermost region inwards; what is around others comes before them.
static int compare_paths(const struct profile *p, uint32_t a, uint32_t b)
{
    uint32_t depths[] = {region_depth(p, a), region_depth(p, b)};
    int order = canonical_numbers(depths[0], depths[1]);

    for (; depths[0] > depths[1]; depths[0]--)
        a = p->regions[a - 1].parent;
    for (; depths[1] > depths[0]; depths[1]--)
        b = p->regions[b - 1].parent;
    for (; a != b; a = p->regions[a - 1].parent, b = p->regions[b - 1].parent)
        order = strcmp(p->regions[a - 1].name, p->regions[b - 1].name)
                    ? strcmp(p->regions[a - 1].name, p->regions[b - 1].name)
                    : order;
    return order;
}

static int compare_regions(const void *a, const void *b, void *context)
{
    return compare_paths(((const struct context *)context)->profile, *(const uint32_t *)a,
                         *(const uint32_t *)b);
}

static int compare_tasks(const void *a, const void *b, void *context)
{
    const struct profile *p = ((const struct context *)context)->profile;
    const struct profile_task *one = &p->tasks[*(const uint32_t *)a - 1];
    const struct profile_task *two = &p->tasks[*(const uint32_t *)b - 1];
    int order = (one->pid > two->pid) - (one->pid < two->pid);

    if (!order)
        order = (one->tid > two->tid) - (one->tid < two->tid);
    if (!order)
        order = canonical_texts(one->process, two->process);
    return order ? order : canonical_texts(one->thread, two->thread);
}

static int compare_stacks(const struct profile_stack *a, const struct profile_stack *b,
                          const uint32_t *ranks)
{
    for (size_t i = 0; i < a->n && i < b->n; i++) {
        int order = canonical_numbers(ranks[a->locations[i]], ranks[b->locations[i]]);

        if (order)
            return order;
    }
    return canonical_numbers(a->n, b->n);
}

static int compare_samples(const void *a, const void *b, void *context)
{
    const struct context *in = context;
    const struct profile_sample *one = &in->profile->samples[*(const uint32_t *)a - 1];
    const struct profile_sample *two = &in->profile->samples[*(const uint32_t *)b - 1];
    int order =
        compare_stacks(&in->profile->stacks[one->stack - 1], &in->profile->stacks[two->stack - 1],
                       in->canonical->locations.ranks);

    if (order)
        return order;
    const uint32_t *ranks = in->canonical->tasks.ranks;
    order = canonical_numbers(ranks[one->task], ranks[two->task]);
    ranks = in->canonical->regions.ranks;
    return order ? order : canonical_numbers(ranks[one->region], ranks[two->region]);
}

static int compare_notes(const void *a, const void *b, void *context)
{
    const struct profile *p = ((const struct context *)context)->profile;
    const struct profile_note *one = &p->notes[*(const uint32_t *)a - 1];
    const struct profile_note *two = &p->notes[*(const uint32_t *)b - 1];
    int order = canonical_texts(one->code, two->code);

    return order ? order : canonical_texts(one->text, two->text);
}

static int compare_sources(const void *a, const void *b, void *context)
{
    const struct profile *p = ((const struct context *)context)->profile;
    const struct profile_source *one = &p->sources[*(const uint32_t *)a - 1];
    const struct profile_source *two = &p->sources[*(const uint32_t *)b - 1];
    int order = canonical_texts(one->path, two->path);

    if (!order)
        order = canonical_texts(one->md5, two->md5);
    return order ? order : canonical_texts(one->text, two->text);
}

static void sort_table(struct canonical_table *table, size_t n,
                       int (*compare)(const void *, const void *, void *), struct context *context)
{
    table->n = n;
    table->ids = mem_alloc_array(n, sizeof *table->ids);
    table->ranks = mem_alloc_array(n + 1, sizeof *table->ranks);
    for (size_t i = 0; i < n; i++)
        table->ids[i] = (uint32_t)i + 1;
    qsort_r(table->ids, n, sizeof *table->ids, compare, context);
    for (size_t i = 0; i < n; i++)
        table->ranks[table->ids[i]] = (uint32_t)i + 1;
}

void canonical_init(struct canonical *canonical, const struct profile *profile)
{
    struct context context = {profile, canonical};

    sort_table(&canonical->mappings, profile->n_mappings, compare_mappings, &context);
    sort_table(&canonical->functions, profile->n_functions, compare_functions, &context);
    sort_table(&canonical->locations, profile->n_locations, compare_locations, &context);
    sort_table(&canonical->tasks, profile->n_tasks, compare_tasks, &context);
    sort_table(&canonical->regions, profile->n_regions, compare_regions, &context);
    sort_table(&canonical->samples, profile->n_samples, compare_samples, &context);
    sort_table(&canonical->notes, profile->n_notes, compare_notes, &context);
    sort_table(&canonical->sources, profile->n_sources, compare_sources, &context);
}

static void free_table(struct canonical_table *table)
{
    free(table->ids);
    free(table->ranks);
}

void canonical_deinit(struct canonical *canonical)
{
    free_table(&canonical->mappings);
    free_table(&canonical->functions);
    free_table(&canonical->locations);
    free_table(&canonical->tasks);
    free_table(&canonical->regions);
    free_table(&canonical->samples);
    free_table(&canonical->notes);
    free_table(&canonical->sources);
}
