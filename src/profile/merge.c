#include "profile/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "profile/builder.h"
#include "profile/canonical.h"
#include "profile/date.h"

// What is told of two values of which one must stay is a minimum, a maximum or a join with an
// absorbing value ("mixed"): that alone makes merging commutative and associative.

// Where the tables of `from` went: [id of from] = id of into; 0 stays 0.
struct ids {
    uint32_t *mappings;
    uint32_t *functions;
    uint32_t *locations;
    uint32_t *stacks;
    uint32_t *tasks;
    uint32_t *regions;
};

static void ids_init(struct ids *ids, const struct profile *from)
{
    ids->mappings = mem_alloc_array(from->n_mappings + 1, sizeof(uint32_t));
    ids->functions = mem_alloc_array(from->n_functions + 1, sizeof(uint32_t));
    ids->locations = mem_alloc_array(from->n_locations + 1, sizeof(uint32_t));
    ids->stacks = mem_alloc_array(from->n_stacks + 1, sizeof(uint32_t));
    ids->tasks = mem_alloc_array(from->n_tasks + 1, sizeof(uint32_t));
    ids->regions = mem_alloc_array(from->n_regions + 1, sizeof(uint32_t));
}

static void ids_deinit(struct ids *ids)
{
    free(ids->mappings);
    free(ids->functions);
    free(ids->locations);
    free(ids->stacks);
    free(ids->tasks);
    free(ids->regions);
}

// The smaller of two texts; what is not there is larger than any.
static const char *smaller_text(const char *a, const char *b)
{
    if (!a || !b)
        return a ? a : b;
    return strcmp(a, b) <= 0 ? a : b;
}

// Lines were found < none were found < not looked for.
static const char *better_debug_info(const char *a, const char *b)
{
    if (a && b && (!*a || !*b))
        return *a ? a : b;
    return smaller_text(a, b);
}

static uint32_t merge_mapping(struct profile *into, const struct profile_mapping *from)
{
    uint32_t id = builder_mapping(into, from);
    struct profile_mapping *own = &into->mappings[id - 1];

    own->path = profile_string(into, smaller_text(own->path, from->path));
    own->debug_info = profile_string(into, better_debug_info(own->debug_info, from->debug_info));
    // Both differ from their file offset by the same amount, or they would be two mappings.
    if (from->start < own->start) {
        own->start = from->start;
        own->file_offset = from->file_offset;
    }
    own->limit = from->limit > own->limit ? from->limit : own->limit;
    return id;
}

static int compare_lines(const struct profile *p, const struct profile_line *a,
                         const struct profile_line *b)
{
    int order = canonical_functions(&p->functions[a->function - 1], &p->functions[b->function - 1]);

    if (!order)
        order = canonical_texts(a->file, b->file);
    if (!order)
        order = canonical_numbers(a->line, b->line);
    if (!order)
        order = canonical_numbers(a->column, b->column);
    if (!order)
        order = canonical_numbers(a->discriminator, b->discriminator);
    return order ? order : canonical_numbers(a->approximate, b->approximate);
}

// Whether `lines` should stand instead of what the location has: the longer chain, then the
// smaller.
static bool lines_are_better(const struct profile *p, const struct profile_location *own,
                             const struct profile_line *lines, size_t n_lines)
{
    if (n_lines != own->n_lines)
        return n_lines > own->n_lines;
    for (size_t i = 0; i < n_lines; i++) {
        int order = compare_lines(p, &lines[i], &own->lines[i]);

        if (order)
            return order < 0;
    }
    return false;
}

static uint32_t merge_location(struct profile *into, const struct profile_location *from,
                               const struct ids *ids)
{
    uint32_t id = builder_location(into, ids->mappings[from->mapping], from->addr, from->kind);

    profile_add_remarks(&into->locations[id - 1].remarks, &from->remarks);
    if (!from->n_lines)
        return id;
    CLEANUP(cleanup_free)
    struct profile_line *lines = mem_dup(from->lines, from->n_lines * sizeof *lines);
    for (size_t i = 0; i < from->n_lines; i++)
        lines[i].function = ids->functions[lines[i].function];
    if (lines_are_better(into, &into->locations[id - 1], lines, from->n_lines))
        builder_set_lines(into, id, lines, from->n_lines);
    return id;
}

static uint32_t merge_stack(struct profile *into, const struct profile_stack *from,
                            const struct ids *ids)
{
    CLEANUP(cleanup_free)
    uint32_t *locations = mem_dup(from->locations, from->n * sizeof *locations);

    for (size_t i = 0; i < from->n; i++)
        locations[i] = ids->locations[locations[i]];
    return builder_stack(into, locations, from->n);
}

static uint32_t merge_region(struct profile *into, const struct profile_region *from,
                             const struct ids *ids)
{
    uint32_t id = builder_region(into, ids->regions[from->parent], from->name);

    builder_region_calls(into, id, from);
    return id;
}

static void merge_tables(struct profile *into, const struct profile *from, struct ids *ids)
{
    for (size_t i = 0; i < from->n_mappings; i++)
        ids->mappings[i + 1] = merge_mapping(into, &from->mappings[i]);
    for (size_t i = 0; i < from->n_functions; i++)
        ids->functions[i + 1] = builder_function(into, &from->functions[i]);
    for (size_t i = 0; i < from->n_locations; i++)
        ids->locations[i + 1] = merge_location(into, &from->locations[i], ids);
    for (size_t i = 0; i < from->n_stacks; i++)
        ids->stacks[i + 1] = merge_stack(into, &from->stacks[i], ids);
    for (size_t i = 0; i < from->n_tasks; i++)
        ids->tasks[i + 1] = builder_task(into, &from->tasks[i]);
    for (size_t i = 0; i < from->n_regions; i++)
        ids->regions[i + 1] = merge_region(into, &from->regions[i], ids);
    for (size_t i = 0; i < from->n_samples; i++) {
        const struct profile_sample *sample = &from->samples[i];

        builder_sample_in(into, ids->stacks[sample->stack], ids->tasks[sample->task],
                          ids->regions[sample->region], sample->values);
    }
    for (size_t i = 0; i < from->n_notes; i++) {
        const struct profile_note *note = &from->notes[i];

        builder_note(into, note->code, note->count, note->text, note->hint);
    }
    for (size_t i = 0; i < from->n_sources; i++)
        builder_source(into, &from->sources[i]);
}

static int compare_commands(const struct profile_meta *a, const struct profile_meta *b)
{
    for (size_t i = 0; i < a->n_command && i < b->n_command; i++) {
        int order = strcmp(a->command[i], b->command[i]);

        if (order)
            return order;
    }
    return canonical_numbers(a->n_command, b->n_command);
}

static void merge_command(struct profile *into, const struct profile_meta *from)
{
    struct profile_meta *own = &into->meta;

    if (!from->n_command || (own->n_command && compare_commands(own, from) <= 0))
        return;
    free(own->command);
    own->command = mem_alloc_array(from->n_command, sizeof *own->command);
    own->n_command = from->n_command;
    for (size_t i = 0; i < from->n_command; i++)
        own->command[i] = profile_string(into, from->command[i]);
}

// "none" is a profile without samples: it says nothing beside one that has some.
static const char *merge_sampler(const char *a, const char *b)
{
    if (a && b && strcmp(a, "none") == 0)
        return b;
    if (a && b && strcmp(b, "none") == 0)
        return a;
    return smaller_text(a, b);
}

static const char *merge_mode(const char *a, const char *b)
{
    return a && b && strcmp(a, b) != 0 ? "mixed" : smaller_text(a, b);
}

static void merge_texts(struct profile *into, const struct profile_meta *from)
{
    struct profile_meta *own = &into->meta;

    own->version = profile_string(into, smaller_text(own->version, from->version));
    own->host = profile_string(into, smaller_text(own->host, from->host));
    own->kernel = profile_string(into, smaller_text(own->kernel, from->kernel));
    own->cpu = profile_string(into, smaller_text(own->cpu, from->cpu));
    own->mode = profile_string(into, merge_mode(own->mode, from->mode));
    own->mode_asked = profile_string(into, smaller_text(own->mode_asked, from->mode_asked));
    own->clock = profile_string(into, smaller_text(own->clock, from->clock));
    own->sampler = profile_string(into, merge_sampler(own->sampler, from->sampler));
    own->folder = profile_string(into, smaller_text(own->folder, from->folder));
    own->date =
        profile_string(into, date_compare(own->date, from->date) <= 0 ? own->date : from->date);
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void merge_numbers(struct profile_meta *own, const struct profile_meta *from)
{
    own->rate_hz = larger(own->rate_hz, from->rate_hz);
    own->wall_ns = profile_sum(own->wall_ns, from->wall_ns);
    own->cpu_ns = profile_sum(own->cpu_ns, from->cpu_ns);
    own->counting_ns = profile_sum(own->counting_ns, from->counting_ns);
    own->lost_samples = profile_sum(own->lost_samples, from->lost_samples);
    own->exit_status = larger(own->exit_status, from->exit_status);
    own->threads = profile_sum(own->threads, from->threads);
    own->processes = profile_sum(own->processes, from->processes);
    own->clustered_samples = profile_sum(own->clustered_samples, from->clustered_samples);
    own->runs = profile_sum(own->runs, from->runs);
}

void merge_into(struct profile *into, const struct profile *from)
{
    struct ids ids;

    ids_init(&ids, from);
    merge_tables(into, from, &ids);
    ids_deinit(&ids);
    merge_command(into, &from->meta);
    merge_texts(into, &from->meta);
    merge_numbers(&into->meta, &from->meta);
}
