#include "report/program.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "profile/date.h"

static bool has_source(const struct frames_function *function, struct sources *sources)
{
    return function->file && !project_is_system(sources_full_path(sources, function->file));
}

// Distributions build their libraries with relative paths: with their debug info here, they would look
// like a project.
static bool is_systems(const struct profile *profile, const struct frames_function *function,
                       const char *file)
{
    return file[0] != '/' && function->mapping &&
           project_is_system(profile->mappings[function->mapping - 1].path);
}

static uint32_t mapping_named(const struct profile *profile, const struct frames *frames,
                              struct sources *sources, const char *name)
{
    CLEANUP(cleanup_free) bool *has = mem_alloc_array(profile->n_mappings + 1, sizeof *has);

    for (size_t i = 0; i < frames->n_functions; i++)
        if (has_source(&frames->functions[i], sources))
            has[frames->functions[i].mapping] = true;
    for (size_t i = 0; i < profile->n_mappings; i++)
        if (has[i + 1] && strcmp(path_basename(profile->mappings[i].path), name) == 0)
            return (uint32_t)i + 1;
    return 0;
}

static uint32_t most_sampled(const struct profile *profile, const struct frames *frames,
                             struct sources *sources)
{
    CLEANUP(cleanup_free) int64_t *sums = mem_alloc_array(profile->n_mappings + 1, sizeof *sums);
    uint32_t best = 0;

    for (size_t i = 0; i < profile->n_samples; i++) {
        const struct profile_sample *sample = &profile->samples[i];
        uint32_t location = profile->stacks[sample->stack - 1].locations[0];
        const struct frame *frame = &frames->frames[frames->starts[location - 1]];
        const struct frames_function *function = &frames->functions[frame->function];
        if (has_source(function, sources) &&
            !is_systems(profile, function, sources_full_path(sources, function->file)))
            sums[function->mapping] += sample->values[PROFILE_SAMPLES];
    }
    for (uint32_t id = 1; id <= profile->n_mappings; id++)
        if (sums[id] > sums[best])
            best = id;
    return best;
}

uint32_t program_mapping(const struct profile *profile, const struct frames *frames,
                         struct sources *sources)
{
    uint32_t named = 0;

    if (profile->meta.n_command)
        named = mapping_named(profile, frames, sources, path_basename(profile->meta.command[0]));
    return named ? named : most_sampled(profile, frames, sources);
}

int64_t program_newest_source(const struct profile *profile, uint32_t mapping)
{
    int64_t date = 0;
    struct stat status;

    if (!date_parse(profile->meta.date, &date))
        date = 0;
    if (!mapping || stat(profile->mappings[mapping - 1].path, &status) != 0)
        return date;
    int64_t built = status.st_mtim.tv_sec;
    return date && date < built ? date : built;
}

static int compare_strings(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct project *program_project(const struct frames *frames, uint32_t mapping,
                                struct sources *sources, const struct project_options *options)
{
    CLEANUP(cleanup_free)
    const char **files = mem_alloc_array(frames->n_functions + 1, sizeof *files);
    size_t n = 0;
    size_t distinct = 0;

    for (size_t i = 0; i < frames->n_functions; i++)
        if (frames->functions[i].mapping == mapping && frames->functions[i].file)
            files[n++] = sources_full_path(sources, frames->functions[i].file);
    qsort(files, n, sizeof *files, compare_strings);
    for (size_t i = 0; i < n; i++)
        if (!distinct || strcmp(files[i], files[distinct - 1]) != 0)
            files[distinct++] = files[i];
    return project_create(options, files, distinct);
}

// What lprof.h inlines into a program that it marks, wherever the header is.
static bool is_of_lprof(const char *file)
{
    static const char header[] = "/lprof/lprof.h";
    size_t length = strlen(file);

    return length >= sizeof header - 1 && strcmp(file + length - (sizeof header - 1), header) == 0;
}

bool *program_mine(const struct profile *profile, const struct frames *frames, uint32_t mapping,
                   struct sources *sources, const struct project *project)
{
    bool *mine = mem_alloc_array(frames->n_functions + 1, sizeof *mine);

    for (size_t i = 0; i < frames->n_functions; i++) {
        const struct frames_function *function = &frames->functions[i];
        if (!function->file)
            continue;
        const char *file = sources_full_path(sources, function->file);
        bool elsewhere = function->mapping != mapping && is_systems(profile, function, file);
        mine[i] = project_is_mine(project, file) && !elsewhere && !is_of_lprof(file);
    }
    return mine;
}
