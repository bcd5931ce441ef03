#include "profile/profile.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "profile/index.h"

struct profile *profile_create(void)
{
    struct profile *profile = mem_alloc(sizeof *profile);

    string_pool_init(&profile->strings);
    profile->index = index_create();
    return profile;
}

void profile_destroy(struct profile *profile)
{
    if (!profile)
        return;
    for (size_t i = 0; i < profile->n_locations; i++)
        free(profile->locations[i].lines);
    for (size_t i = 0; i < profile->n_stacks; i++)
        free(profile->stacks[i].locations);
    free(profile->mappings);
    free(profile->functions);
    free(profile->locations);
    free(profile->stacks);
    free(profile->tasks);
    for (size_t i = 0; i < profile->n_regions; i++)
        free(profile->regions[i].buckets);
    free(profile->regions);
    free(profile->samples);
    free(profile->notes);
    free(profile->sources);
    free(profile->counters.items);
    free(profile->counters.choices);
    free(profile->meta.command);
    index_destroy(profile->index);
    string_pool_deinit(&profile->strings);
    free(profile);
}

const char *profile_string(struct profile *profile, const char *text)
{
    return string_pool_add(&profile->strings, text);
}

bool profile_is_program(const struct profile *profile, const struct profile_mapping *mapping)
{
    if (!profile->meta.n_command || mapping->path[0] != '/')
        return false;
    const char *command = path_basename(profile->meta.command[0]);
    const char *name = path_basename(mapping->path);
    size_t length = strlen(command);

    if (!length || strncmp(name, command, length) != 0)
        return false;
    return name[length + strspn(name + length, "0123456789.-")] == '\0';
}

void profile_add_remarks(struct profile_remarks *remarks, const struct profile_remarks *more)
{
    remarks->remarks |= more->remarks;
    remarks->unrolled = more->unrolled > remarks->unrolled ? more->unrolled : remarks->unrolled;
    remarks->copies = more->copies > remarks->copies ? more->copies : remarks->copies;
}

int64_t profile_sum(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

char *profile_note_text(const struct profile_note *note)
{
    const char *hole = strstr(note->text, "{}");

    if (!hole)
        return mem_strdup(note->text);
    return mem_printf("%.*s%" PRId64 "%s", (int)(hole - note->text), note->text, note->count,
                      hole + 2);
}

int64_t profile_total(const struct profile *profile, enum profile_value value)
{
    int64_t total = 0;

    for (size_t i = 0; i < profile->n_samples; i++)
        total = profile_sum(total, profile->samples[i].values[value]);
    return total;
}

size_t profile_counted_functions(const struct profile *profile)
{
    bool *counted = mem_alloc_array(profile->n_functions + 1, sizeof *counted);
    size_t n = 0;

    for (size_t i = 0; i < profile->n_locations; i++) {
        const struct profile_location *location = &profile->locations[i];
        bool counts =
            location->kind == PROFILE_ADDRESS_LINE || location->kind == PROFILE_ADDRESS_ENTRY;
        if (!counts || !location->n_lines || counted[location->lines[0].function])
            continue;
        counted[location->lines[0].function] = true;
        n++;
    }
    free(counted);
    return n;
}

static const char *check_location(const struct profile *profile,
                                  const struct profile_location *location)
{
    if (location->mapping > profile->n_mappings)
        return "a location's mapping is out of range";
    for (size_t i = 0; i < location->n_lines; i++) {
        const struct profile_line *line = &location->lines[i];

        if (!line->function || line->function > profile->n_functions)
            return "a line's function is out of range";
        if (!line->file && line->line)
            return "a line has a number and no file";
    }
    return NULL;
}

static const char *check_stack(const struct profile *profile, const struct profile_stack *stack)
{
    if (!stack->n)
        return "a stack has no location";
    for (size_t i = 0; i < stack->n; i++)
        if (!stack->locations[i] || stack->locations[i] > profile->n_locations)
            return "a stack's location is out of range";
    return NULL;
}

static const char *check_sample(const struct profile *profile, const struct profile_sample *sample)
{
    if (!sample->stack || sample->stack > profile->n_stacks)
        return "a sample's stack is out of range";
    if (sample->task > profile->n_tasks)
        return "a sample's task is out of range";
    if (sample->region > profile->n_regions)
        return "a sample's region is out of range";
    for (size_t i = 0; i < PROFILE_VALUES; i++)
        if (sample->values[i] < 0)
            return "a sample's value is negative";
    return NULL;
}

// No program has as many around one; what walks outwards for each region is to end soon.
#define REGION_DEPTH_MAX 256

static const char *check_region(const struct profile *profile, size_t index)
{
    const struct profile_region *region = &profile->regions[index];

    if (region->parent > index)
        return "a region is inside of a later one";
    if (region->calls < 0 || region->total_ns < 0 || region->min_ns < 0 || region->max_ns < 0)
        return "a region's number is negative";
    uint32_t depth = 0;
    for (uint32_t id = region->parent; id; id = profile->regions[id - 1].parent)
        if (++depth > REGION_DEPTH_MAX)
            return "a region is inside of too many others";
    return NULL;
}

const char *profile_check(const struct profile *profile)
{
    const char *problem = NULL;

    for (size_t i = 0; !problem && i < profile->n_regions; i++)
        problem = check_region(profile, i);
    for (size_t i = 0; !problem && i < profile->n_locations; i++)
        problem = check_location(profile, &profile->locations[i]);
    for (size_t i = 0; !problem && i < profile->n_stacks; i++)
        problem = check_stack(profile, &profile->stacks[i]);
    for (size_t i = 0; !problem && i < profile->n_samples; i++)
        problem = check_sample(profile, &profile->samples[i]);
    return problem;
}
