#include "report/frames.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "report/clone_name.h"

// Strings stand in the keys as their interned pointers, so equal texts are equal bytes.
struct function_key {
    const char *linkage_name;
    const char *file;
    uint32_t line;
    uint32_t mapping;
};

struct line_key {
    const char *file;
    uint32_t function;
    uint32_t line;
};

struct function_entry {
    struct function_key key;
    uint32_t index;
    UT_hash_handle hh;
};

struct line_entry {
    struct line_key key;
    uint32_t index;
    UT_hash_handle hh;
};

_Static_assert(sizeof(struct function_key) == 2 * sizeof(char *) + 8, "keys have no padding");
_Static_assert(sizeof(struct line_key) == sizeof(char *) + 8, "keys have no padding");

struct frames_index {
    const struct profile *profile;
    struct string_pool names; // Those that are not the profile's own.
    struct function_entry *functions;
    struct line_entry *lines;
    size_t functions_capacity;
    size_t lines_capacity;
    size_t frames_capacity;
};

static uint32_t add_function(struct frames *frames, const struct frames_function *function)
{
    struct frames_index *index = frames->index;
    struct function_key key = {function->linkage_name, function->file, function->line,
                               function->mapping};
    struct function_entry *entry;

    HASH_FIND(hh, index->functions, &key, sizeof key, entry);
    if (entry) {
        frames->functions[entry->index].marked |= function->marked;
        frames->functions[entry->index].partial |= function->partial;
        return entry->index;
    }
    entry = mem_alloc(sizeof *entry);
    entry->key = key;
    entry->index = (uint32_t)frames->n_functions;
    HASH_ADD(hh, index->functions, key, sizeof key, entry);
    frames->functions = mem_grow(frames->functions, &index->functions_capacity, frames->n_functions,
                                 sizeof *frames->functions);
    frames->functions[frames->n_functions++] = *function;
    return entry->index;
}

static uint32_t add_line(struct frames *frames, const struct frames_line *line)
{
    struct frames_index *index = frames->index;
    struct line_key key = {line->file, line->function, line->line};
    struct line_entry *entry;

    HASH_FIND(hh, index->lines, &key, sizeof key, entry);
    if (entry)
        return entry->index;
    entry = mem_alloc(sizeof *entry);
    entry->key = key;
    entry->index = (uint32_t)frames->n_lines;
    HASH_ADD(hh, index->lines, key, sizeof key, entry);
    frames->lines =
        mem_grow(frames->lines, &index->lines_capacity, frames->n_lines, sizeof *frames->lines);
    frames->lines[frames->n_lines++] = *line;
    return entry->index;
}

// Code that lprof loaded into the program.
static bool is_of_lprof(const struct frames *frames, uint32_t mapping)
{
    static const char *const names[] = {"lprof-agent.so", "lprof-heap.so", "lprof-regions.so"};
    const struct profile *profile = frames->index->profile;
    const char *name = mapping ? path_basename(profile->mappings[mapping - 1].path) : "";

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

// What is known of an address without lines: the module it lies in.
static uint32_t module_function(struct frames *frames, uint32_t mapping)
{
    struct frames_index *index = frames->index;
    const char *path = mapping ? index->profile->mappings[mapping - 1].path : "[unknown]";
    bool is_own = is_of_lprof(frames, mapping);
    CLEANUP(cleanup_free)
    char *name = mem_printf(path[0] == '[' ? "%s" : "[%s]", is_own ? "lprof" : path_basename(path));
    const char *interned = string_pool_add(&index->names, name);

    return add_function(
        frames,
        &(struct frames_function){.name = interned, .linkage_name = interned, .mapping = mapping});
}

// Only symbols carry the marks of copies; debug info names the function they were made from.
static uint32_t symbol_function(struct frames *frames, const struct frames_function *function)
{
    struct string_pool *names = &frames->index->names;
    struct frames_function symbol = *function;
    const char *linkage = function->linkage_name;

    symbol.linkage_name = string_pool_add_bytes(names, linkage, clone_name_linkage_length(linkage));
    if (strcmp(function->name, linkage) == 0)
        symbol.name = symbol.linkage_name;
    else
        symbol.name =
            string_pool_add_bytes(names, function->name, clone_name_length(function->name));
    return add_function(frames, &symbol);
}

static uint32_t find_function(struct frames *frames, uint32_t id, uint32_t mapping)
{
    const struct profile *profile = frames->index->profile;
    const struct profile_function *from = id ? &profile->functions[id - 1] : NULL;

    if (!from || !from->name)
        return module_function(frames, mapping);
    bool has_linkage = from->linkage_name && *from->linkage_name;
    struct frames_function function = {
        .name = from->name,
        .linkage_name = has_linkage ? from->linkage_name : from->name,
        .file = from->file,
        .line = from->line,
        .mapping = mapping,
        .marked = from->marked,
        .partial = from->partial,
    };
    return from->file ? add_function(frames, &function) : symbol_function(frames, &function);
}

static void add_frame(struct frames *frames, uint32_t function, const char *file, uint32_t line)
{
    struct frames_index *index = frames->index;
    bool known = file && line;
    bool own = known && file == frames->functions[function].file;
    struct frames_line at = {function, known && !own ? file : NULL, known ? line : 0};

    frames->frames =
        mem_grow(frames->frames, &index->frames_capacity, frames->n_frames, sizeof *frames->frames);
    frames->frames[frames->n_frames++] = (struct frame){function, add_line(frames, &at)};
}

static void add_location(struct frames *frames, const struct profile_location *location)
{
    if (is_of_lprof(frames, location->mapping)) {
        add_frame(frames, module_function(frames, location->mapping), NULL, 0);
        return;
    }
    for (size_t i = 0; i < location->n_lines; i++) {
        const struct profile_line *line = &location->lines[i];
        uint32_t function = find_function(frames, line->function, location->mapping);
        add_frame(frames, function, line->file, line->line);
    }
    if (!location->n_lines)
        add_frame(frames, module_function(frames, location->mapping), NULL, 0);
}

// Which locations samples lie on. Free it.
static bool *find_sampled(const struct profile *profile)
{
    bool *sampled = mem_alloc_array(profile->n_locations + 1, sizeof *sampled);
    CLEANUP(cleanup_free) bool *seen = mem_alloc_array(profile->n_stacks + 1, sizeof *seen);

    for (size_t i = 0; i < profile->n_samples; i++) {
        uint32_t id = profile->samples[i].stack;
        const struct profile_stack *stack = &profile->stacks[id - 1];
        for (size_t j = 0; j < stack->n && !seen[id]; j++)
            sampled[stack->locations[j]] = true;
        seen[id] = true;
    }
    return sampled;
}

// Assembler functions have lines, but nothing declares them: their file is that of their lines.
static void adopt_files(struct frames *frames)
{
    CLEANUP(cleanup_free)
    const char **files = mem_alloc_array(frames->n_functions + 1, sizeof *files);
    CLEANUP(cleanup_free) bool *mixed = mem_alloc_array(frames->n_functions + 1, sizeof *mixed);

    for (size_t i = 0; i < frames->n_lines; i++) {
        const struct frames_line *line = &frames->lines[i];
        if (frames->functions[line->function].file || !line->file)
            continue;
        mixed[line->function] |= files[line->function] && files[line->function] != line->file;
        files[line->function] = line->file;
    }
    for (size_t i = 0; i < frames->n_functions; i++)
        if (files[i] && !mixed[i])
            frames->functions[i].file = files[i];
        else
            files[i] = NULL;
    for (size_t i = 0; i < frames->n_lines; i++)
        if (files[frames->lines[i].function])
            frames->lines[i].file = NULL;
}

struct frames *frames_create(const struct profile *profile)
{
    struct frames *frames = mem_alloc(sizeof *frames);
    CLEANUP(cleanup_free) bool *sampled = find_sampled(profile);

    frames->index = mem_alloc(sizeof *frames->index);
    frames->index->profile = profile;
    string_pool_init(&frames->index->names);
    frames->starts = mem_alloc_array(profile->n_locations + 1, sizeof *frames->starts);
    for (size_t i = 0; i < profile->n_locations; i++) {
        frames->starts[i] = frames->n_frames;
        if (sampled[i + 1])
            add_location(frames, &profile->locations[i]);
    }
    frames->starts[profile->n_locations] = frames->n_frames;
    adopt_files(frames);
    return frames;
}

static void destroy_index(struct frames_index *index)
{
    struct function_entry *function;
    struct function_entry *next_function;
    struct line_entry *line;
    struct line_entry *next_line;

    HASH_ITER(hh, index->functions, function, next_function)
    {
        HASH_DEL(index->functions, function);
        free(function);
    }
    HASH_ITER(hh, index->lines, line, next_line)
    {
        HASH_DEL(index->lines, line);
        free(line);
    }
    string_pool_deinit(&index->names);
    free(index);
}

void frames_destroy(struct frames *frames)
{
    if (!frames)
        return;
    destroy_index(frames->index);
    free(frames->functions);
    free(frames->lines);
    free(frames->frames);
    free(frames->starts);
    free(frames);
}
