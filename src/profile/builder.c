#include "profile/builder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "profile/index.h"

// Keys are compared as bytes: their fields leave no padding, and strings are interned pointers.
struct mapping_key {
    const char *name;      // Build id, or the path when there is none.
    uint64_t has_build_id; // A path that looks like a build id is not one.
    uint64_t addr_of_offset_0;
};

struct function_key {
    const char *linkage_name;
    const char *name;
    const char *file;
    uint64_t line;
};

struct location_key {
    uint64_t addr;
    uint32_t mapping;
    uint32_t kind;
};

struct task_key {
    int64_t pid;
    int64_t tid;
    const char *process;
    const char *thread;
};

struct sample_key {
    uint32_t stack;
    uint32_t task;
    uint32_t region;
};

struct region_key {
    const char *name;
    uint64_t parent;
};

struct note_key {
    const char *code;
    const char *text;
};

struct source_key {
    const char *path;
    const char *md5;
    const char *text;
};

uint32_t builder_mapping(struct profile *profile, const struct profile_mapping *mapping)
{
    struct profile_mapping own = *mapping;

    own.path = profile_string(profile, mapping->path);
    own.build_id = profile_string(profile, mapping->build_id ? mapping->build_id : "");
    own.debug_info = profile_string(profile, mapping->debug_info);

    struct mapping_key key = {
        .name = *own.build_id ? own.build_id : own.path,
        .has_build_id = *own.build_id != '\0',
        .addr_of_offset_0 = own.start - own.file_offset,
    };
    uint32_t id = index_find(profile->index, INDEX_MAPPINGS, &key, sizeof key);
    if (id)
        return id;
    profile->mappings = mem_grow(profile->mappings, &profile->index->capacity[INDEX_MAPPINGS],
                                 profile->n_mappings, sizeof *profile->mappings);
    profile->mappings[profile->n_mappings++] = own;
    return index_add(profile->index, INDEX_MAPPINGS, &key, sizeof key, profile->n_mappings);
}

uint32_t builder_function(struct profile *profile, const struct profile_function *function)
{
    struct profile_function own = *function;

    own.name = profile_string(profile, function->name);
    own.linkage_name =
        function->linkage_name ? profile_string(profile, function->linkage_name) : own.name;
    own.file = profile_string(profile, function->file);

    struct function_key key = {own.linkage_name, own.name, own.file, own.line};
    uint32_t id = index_find(profile->index, INDEX_FUNCTIONS, &key, sizeof key);
    if (id) {
        profile->functions[id - 1].marked |= function->marked;
        profile->functions[id - 1].partial |= function->partial;
        return id;
    }
    profile->functions = mem_grow(profile->functions, &profile->index->capacity[INDEX_FUNCTIONS],
                                  profile->n_functions, sizeof *profile->functions);
    profile->functions[profile->n_functions++] = own;
    return index_add(profile->index, INDEX_FUNCTIONS, &key, sizeof key, profile->n_functions);
}

uint32_t builder_location(struct profile *profile, uint32_t mapping, uint64_t addr,
                          enum profile_address_kind kind)
{
    struct location_key key = {addr, mapping, (uint32_t)kind};
    uint32_t id = index_find(profile->index, INDEX_LOCATIONS, &key, sizeof key);

    if (id)
        return id;
    profile->locations = mem_grow(profile->locations, &profile->index->capacity[INDEX_LOCATIONS],
                                  profile->n_locations, sizeof *profile->locations);
    profile->locations[profile->n_locations++] =
        (struct profile_location){.mapping = mapping, .addr = addr, .kind = kind};
    return index_add(profile->index, INDEX_LOCATIONS, &key, sizeof key, profile->n_locations);
}

void builder_set_lines(struct profile *profile, uint32_t location, const struct profile_line *lines,
                       size_t n_lines)
{
    assert(location && location <= profile->n_locations && n_lines);
    struct profile_location *found = &profile->locations[location - 1];
    struct profile_line *own = mem_alloc_array(n_lines, sizeof *own);

    for (size_t i = 0; i < n_lines; i++) {
        own[i] = lines[i];
        own[i].file = profile_string(profile, lines[i].file);
    }
    free(found->lines);
    found->lines = own;
    found->n_lines = n_lines;
}

uint32_t builder_stack(struct profile *profile, const uint32_t *locations, size_t n)
{
    size_t size = n * sizeof *locations;

    assert(n);
    uint32_t id = index_find(profile->index, INDEX_STACKS, locations, size);
    if (id)
        return id;
    profile->stacks = mem_grow(profile->stacks, &profile->index->capacity[INDEX_STACKS],
                               profile->n_stacks, sizeof *profile->stacks);
    profile->stacks[profile->n_stacks++] = (struct profile_stack){mem_dup(locations, size), n};
    return index_add(profile->index, INDEX_STACKS, locations, size, profile->n_stacks);
}

uint32_t builder_task(struct profile *profile, const struct profile_task *task)
{
    struct profile_task own = *task;

    own.process = profile_string(profile, task->process);
    own.thread = profile_string(profile, task->thread);

    struct task_key key = {own.pid, own.tid, own.process, own.thread};
    uint32_t id = index_find(profile->index, INDEX_TASKS, &key, sizeof key);
    if (id)
        return id;
    profile->tasks = mem_grow(profile->tasks, &profile->index->capacity[INDEX_TASKS],
                              profile->n_tasks, sizeof *profile->tasks);
    profile->tasks[profile->n_tasks++] = own;
    return index_add(profile->index, INDEX_TASKS, &key, sizeof key, profile->n_tasks);
}

static void keep_larger(int64_t *own, int64_t more)
{
    if (more > *own)
        *own = more;
}

// 0 is none.
static void keep_smaller(int64_t *own, int64_t more)
{
    if (more && (!*own || more < *own))
        *own = more;
}

void builder_sample(struct profile *profile, uint32_t stack, uint32_t task,
                    const int64_t values[PROFILE_VALUES])
{
    builder_sample_in(profile, stack, task, 0, values);
}

void builder_sample_in(struct profile *profile, uint32_t stack, uint32_t task, uint32_t region,
                       const int64_t values[PROFILE_VALUES])
{
    struct sample_key key = {stack, task, region};
    uint32_t id = index_find(profile->index, INDEX_SAMPLES, &key, sizeof key);

    if (!id) {
        profile->samples = mem_grow(profile->samples, &profile->index->capacity[INDEX_SAMPLES],
                                    profile->n_samples, sizeof *profile->samples);
        profile->samples[profile->n_samples++] = (struct profile_sample){stack, task, region, {0}};
        id = index_add(profile->index, INDEX_SAMPLES, &key, sizeof key, profile->n_samples);
    }
    struct profile_sample *sample = &profile->samples[id - 1];
    for (size_t i = 0; i < PROFILE_RSS; i++)
        sample->values[i] = profile_sum(sample->values[i], values[i]);
    keep_larger(&sample->values[PROFILE_RSS], values[PROFILE_RSS]);
    keep_larger(&sample->values[PROFILE_CALL_MOST], values[PROFILE_CALL_MOST]);
    keep_smaller(&sample->values[PROFILE_CALL_LEAST], values[PROFILE_CALL_LEAST]);
}

uint32_t builder_region(struct profile *profile, uint32_t parent, const char *name)
{
    struct profile_region own = {.name = profile_string(profile, name), .parent = parent};
    struct region_key key = {own.name, parent};
    uint32_t id = index_find(profile->index, INDEX_REGIONS, &key, sizeof key);

    assert(parent <= profile->n_regions);
    if (id)
        return id;
    profile->regions = mem_grow(profile->regions, &profile->index->capacity[INDEX_REGIONS],
                                profile->n_regions, sizeof *profile->regions);
    profile->regions[profile->n_regions++] = own;
    return index_add(profile->index, INDEX_REGIONS, &key, sizeof key, profile->n_regions);
}

void builder_region_calls(struct profile *profile, uint32_t region,
                          const struct profile_region *more)
{
    assert(region && region <= profile->n_regions);
    struct profile_region *own = &profile->regions[region - 1];

    if (more->calls && (!own->calls || more->min_ns < own->min_ns))
        own->min_ns = more->min_ns;
    if (more->max_ns > own->max_ns)
        own->max_ns = more->max_ns;
    own->calls = profile_sum(own->calls, more->calls);
    own->total_ns = profile_sum(own->total_ns, more->total_ns);
    if (more->buckets && !own->buckets)
        own->buckets = mem_alloc_array(PROFILE_REGION_BUCKETS, sizeof *own->buckets);
    for (size_t i = 0; more->buckets && i < PROFILE_REGION_BUCKETS; i++)
        own->buckets[i] = profile_sum(own->buckets[i], more->buckets[i]);
}

void builder_counter(struct profile *profile, const struct profile_counter *counter)
{
    struct profile_counters *counters = &profile->counters;

    counters->items =
        mem_grow(counters->items, &counters->capacity, counters->n, sizeof *counters->items);
    counters->items[counters->n++] = *counter;
}

void builder_choice(struct profile *profile, const struct profile_choice *choice)
{
    struct profile_counters *counters = &profile->counters;

    counters->choices = mem_grow(counters->choices, &counters->choices_capacity,
                                 counters->n_choices, sizeof *counters->choices);
    counters->choices[counters->n_choices++] = *choice;
}

void builder_source(struct profile *profile, const struct profile_source *source)
{
    struct source_key key = {
        profile_string(profile, source->path),
        profile_string(profile, source->md5),
        profile_string(profile, source->text),
    };

    if (index_find(profile->index, INDEX_SOURCES, &key, sizeof key))
        return;
    profile->sources = mem_grow(profile->sources, &profile->index->capacity[INDEX_SOURCES],
                                profile->n_sources, sizeof *profile->sources);
    profile->sources[profile->n_sources++] = (struct profile_source){key.path, key.md5, key.text};
    index_add(profile->index, INDEX_SOURCES, &key, sizeof key, profile->n_sources);
}

void builder_note(struct profile *profile, const char *code, int64_t count, const char *text,
                  const char *hint)
{
    struct note_key key = {profile_string(profile, code), profile_string(profile, text)};
    const char *own_hint = profile_string(profile, hint);
    uint32_t id = index_find(profile->index, INDEX_NOTES, &key, sizeof key);

    if (!id) {
        profile->notes = mem_grow(profile->notes, &profile->index->capacity[INDEX_NOTES],
                                  profile->n_notes, sizeof *profile->notes);
        profile->notes[profile->n_notes++] = (struct profile_note){key.code, 0, key.text, own_hint};
        id = index_add(profile->index, INDEX_NOTES, &key, sizeof key, profile->n_notes);
    }
    struct profile_note *note = &profile->notes[id - 1];
    note->count = profile_sum(note->count, count);
    if (own_hint && (!note->hint || strcmp(own_hint, note->hint) < 0))
        note->hint = own_hint;
}
