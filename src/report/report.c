// The order of work: what the locations stand for (frames), whose they are (program), where the time
// went (attribute), the order (rank); then the arrays of the report are laid out in that order, and
// last it is told which functions are listed (choose) and what there is to note (notes).

#include "report/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "report/attribute.h"
#include "report/call_sites.h"
#include "report/choose.h"
#include "report/counts.h"
#include "report/frames.h"
#include "report/groups.h"
#include "report/interval.h"
#include "report/memory_sums.h"
#include "report/notes.h"
#include "report/program.h"
#include "report/rank.h"
#include "report/region_sums.h"

struct report_storage {
    struct frames *frames; // Its names are the report's.
    uint32_t mapping;      // Of the main program.
    struct string_pool strings;
    struct report_line *lines;
    struct report_caller *callers;
    struct report_site *sites;
    struct profile_note *notes;
};

// What the steps hand on; indexes of functions and lines are those of the frames.
struct build {
    const struct profile *profile;
    const struct report_options *options;
    struct report *report;
    const struct frames *frames;
    struct attribution *attribution;
    struct counts *counts;
    struct memory_sums *memory;
    bool *mine;
    struct report_function *functions; // [frames->n_functions] before they are in order.
    struct report_function **placed;   // Where each one is in the report; NULL = left out.
    struct notes notes;
};

// Which program and project it is; a part of a report has that of the whole.
static void find_project(struct build *build)
{
    const struct profile *profile = build->profile;
    const struct frames *frames = build->frames;
    struct report *report = build->report;
    struct source_options options = build->options->source;

    if (report->whole) {
        report->sources = report->whole->sources;
        report->project = report->whole->project;
        report->storage->mapping = report->whole->storage->mapping;
        return;
    }
    options.strip_dirs = build->options->strip_dirs;
    report->sources = sources_create(&options, 0);
    for (size_t i = 0; i < profile->n_sources; i++)
        sources_tell(report->sources, profile->sources[i].path, profile->sources[i].md5,
                     profile->sources[i].text);
    uint32_t mapping = program_mapping(profile, frames, report->sources);
    sources_set_newest(report->sources, program_newest_source(profile, mapping));
    report->project = program_project(frames, mapping, report->sources, &build->options->project);
    report->storage->mapping = mapping;
}

static struct report_memory memory_of(const struct memory_sums_line *sums)
{
    return (struct report_memory){
        .rss_bytes = sums->rss_bytes,
        .increment_bytes = sums->resident_bytes,
        .occurrences = sums->faults,
        .allocs = sums->allocs,
        .alloc_bytes = sums->alloc_bytes,
        .freed_bytes = sums->freed_bytes,
        .live_bytes = sums->alloc_bytes - sums->freed_bytes,
        .peak_bytes = sums->peak_bytes,
        .frees = sums->frees,
        .temporary = sums->temporary,
        .alloc_ci_bytes = interval_of_variance(sums->alloc_variance),
        .live_ci_bytes = interval_of_variance(sums->live_variance),
    };
}

static void attribute(struct build *build)
{
    const struct profile *profile = build->profile;
    const struct frames *frames = build->frames;
    struct report *report = build->report;

    find_project(build);
    build->mine =
        program_mine(profile, frames, report->storage->mapping, report->sources, report->project);
    CLEANUP(cleanup_free) bool *owners = mem_dup(build->mine, frames->n_functions + 1);
    if (build->options->no_rollup)
        memset(owners, true, frames->n_functions);
    build->attribution = attribution_create(profile, frames, owners);
    build->counts = counts_create(profile, frames);
    report->stepped = profile->meta.mode && strcmp(profile->meta.mode, "step") == 0;
    build->memory = memory_sums_create(profile, frames, owners);
    report->resident_bytes = build->memory->total.resident_bytes;
    report->alloc_bytes = build->memory->total.alloc_bytes;
    report->memory = memory_of(&build->memory->total);
    report->has_heap = report->whole ? report->whole->has_heap : build->memory->has_heap;
    report->has_memory = report->whole ? report->whole->has_memory : build->memory->measured;
    report->sampled_ns = build->attribution->total_ns;
    report->samples = build->attribution->samples;
    // A part without any was measured with them all the same.
    report->has_stacks = report->whole ? report->whole->has_stacks : build->attribution->has_stacks;
}

// How far a time may be off that so many samples show.
static int64_t interval_ns(const struct build *build, int64_t samples)
{
    const struct report *report = build->report;

    if (samples < 2)
        return REPORT_NULL;
    return interval_half_width_ns(samples, report->samples, report->sampled_ns,
                                  build->attribution->design_effect);
}

static int64_t timed(const struct build *build, int64_t time_ns)
{
    return build->report->stepped ? REPORT_NULL : time_ns;
}

// Where a function was called, one call is a primitive one.
static bool tells_primitive(const struct build *build, const struct counts_function *counts)
{
    return counts->has_calls && (counts->primitive || build->report->stepped);
}

static void fill_function(const struct build *build, size_t index, struct report_function *ret)
{
    const struct frames_function *from = &build->frames->functions[index];
    const struct attribute_function *times = &build->attribution->functions[index];
    const struct profile_mapping *mappings = build->profile->mappings;
    const struct counts_function *counts = &build->counts->functions[index];

    *ret = (struct report_function){
        .name = from->name,
        .linkage_name = from->linkage_name,
        .file = from->file ? sources_map_path(build->report->sources, from->file) : NULL,
        .line = from->line,
        .module = from->mapping ? path_basename(mappings[from->mapping - 1].path) : "",
        .marked = from->marked,
        .mine = build->mine[index],
        .counted = counts->counted,
        .partial = counts->counted && from->partial,
        .ncalls = counts->has_calls ? counts->calls : REPORT_NULL,
        .pcalls = tells_primitive(build, counts) ? counts->primitive : REPORT_NULL,
        .call_ns = counts->call_most ? counts->call_ns : REPORT_NULL,
        .call_least = counts->call_most ? counts->call_least : REPORT_NULL,
        .call_most = counts->call_most ? counts->call_most : REPORT_NULL,
        .own_ns = times->own_ns,
        .own_samples = times->own_samples,
        .own_ci_ns = interval_ns(build, times->own_samples),
        .own_alloc_bytes = build->memory->functions[index].own_alloc_bytes,
        .own_resident_bytes = build->memory->functions[index].own_resident_bytes,
        .tottime_ns = timed(build, times->self_ns),
        .cumtime_ns = build->report->has_stacks ? times->total_ns : REPORT_NULL,
        .total_ns = times->total_ns,
    };
}

static bool is_shown(const struct build *build, size_t line)
{
    const struct attribute_line *sums = &build->attribution->lines[line];

    return build->counts->lines[line].counted || build->memory->lines[line].faults ||
           build->memory->lines[line].allocs || sums->samples || sums->self_ns ||
           sums->inlined_ns || sums->called_ns;
}

// Make the functions, with the number of their lines.
static void make_functions(struct build *build)
{
    const struct frames *frames = build->frames;

    build->functions = mem_alloc_array(frames->n_functions + 1, sizeof *build->functions);
    for (size_t i = 0; i < frames->n_functions; i++)
        fill_function(build, i, &build->functions[i]);
    for (size_t i = 0; i < frames->n_lines; i++)
        build->functions[frames->lines[i].function].n_lines += is_shown(build, i);
}

// Every function with a sample, and every counted one unless those that never ran are left out.
static bool is_reported(const struct build *build, const struct report_function *function)
{
    const struct counts_function *counts = &build->counts->functions[function - build->functions];

    if (build->options->skip_zero && counts->counted && !counts->ran)
        return function->total_ns > 0;
    return function->n_lines || counts->counted || counts->is_caller;
}

static void place_functions(struct build *build)
{
    size_t n_all = build->frames->n_functions;
    struct report *report = build->report;
    CLEANUP(cleanup_free) size_t *order = mem_alloc_array(n_all + 1, sizeof *order);
    size_t n = 0;

    for (size_t i = 0; i < n_all; i++)
        if (is_reported(build, &build->functions[i]))
            order[n++] = i;
    rank_functions(build->functions, order, n, build->options);
    report->reductions = mem_alloc_array(build->options->n_limits, sizeof *report->reductions);
    report->n_kept = rank_limit(build->functions, order, n, build->options, &build->notes,
                                report->reductions, &report->n_reductions);
    report->limited = build->options->n_limits > 0;
    report->keys = build->options->keys;
    report->n_keys = build->options->n_keys;
    report->reversed = build->options->reverse;
    report->functions = mem_alloc_array(n + 1, sizeof *report->functions);
    report->n_functions = n;
    build->placed = mem_alloc_array(n_all + 1, sizeof *build->placed);
    for (size_t i = 0; i < n; i++) {
        report->functions[i] = build->functions[order[i]];
        build->placed[order[i]] = &report->functions[i];
    }
}

static int64_t called_ns(const struct build *build, const struct attribute_line *sums,
                         const struct counts_line *counts)
{
    if (build->report->stepped)
        return counts->counted ? counts->called_ns : REPORT_NULL;
    return build->report->has_stacks ? sums->called_ns : REPORT_NULL;
}

static void fill_line(const struct build *build, size_t index, struct report_line *ret)
{
    const struct frames_line *from = &build->frames->lines[index];
    const struct attribute_line *sums = &build->attribution->lines[index];
    const struct counts_line *counts = &build->counts->lines[index];
    const struct report *report = build->report;

    *ret = (struct report_line){
        .file = from->file ? sources_map_path(report->sources, from->file) : NULL,
        .line = from->line,
        .hits = counts->counted ? counts->hits : REPORT_NULL,
        .instructions = counts->counted ? counts->instructions : REPORT_NULL,
        .branches = counts->branches ? counts->branches : REPORT_NULL,
        .taken = counts->branches ? counts->taken : REPORT_NULL,
        .remarks = counts->remarks,
        .samples = sums->samples,
        .time_ns = timed(build, sums->self_ns + sums->inlined_ns + sums->called_ns),
        .self_ns = timed(build, sums->self_ns),
        .inlined_ns = timed(build, sums->inlined_ns),
        .called_ns = called_ns(build, sums, counts),
        .own_ns = sums->own_ns,
        .ci_ns = interval_ns(build, sums->samples),
        .memory = memory_of(&build->memory->lines[index]),
    };
    if (sums->largest != ATTRIBUTE_NONE)
        ret->largest = (struct report_largest){build->placed[sums->largest], sums->largest_ns,
                                               sums->largest_inlined};
}

static void place_lines(struct build *build)
{
    const struct frames *frames = build->frames;
    struct report *report = build->report;
    struct report_line *lines = mem_alloc_array(frames->n_lines + 1, sizeof *lines);
    struct report_line *next = lines;

    report->storage->lines = lines;
    for (size_t i = 0; i < report->n_functions; i++) {
        report->functions[i].lines = next;
        next += report->functions[i].n_lines;
        report->functions[i].n_lines = 0;
    }
    for (size_t i = 0; i < frames->n_lines; i++) {
        struct report_function *function = build->placed[frames->lines[i].function];
        if (is_shown(build, i))
            fill_line(build, i, &function->lines[function->n_lines++]);
    }
    for (size_t i = 0; i < report->n_functions; i++)
        rank_lines(report->functions[i].lines, report->functions[i].n_lines,
                   build->options->line_key, build->options->reverse);
}

// The calls that were sampled and those that were counted, each pair once. Free it.
static struct pair_sums all_calls(const struct build *build)
{
    const struct attribution *from = build->attribution;
    const struct pair_sums *counted = &build->counts->calls;
    struct pair_sums pairs = {0};

    for (size_t i = 0; i < from->n_calls; i++)
        pair_sums_get(&pairs, from->calls[i].callee, from->calls[i].caller)->stamp =
            (uint32_t)i + 1;
    for (size_t i = 0; i < counted->n_slots; i++)
        if (counted->slots[i].used)
            pair_sums_get(&pairs, counted->slots[i].first, counted->slots[i].second)->sum =
                counted->slots[i].sum;
    return pairs;
}

static void place_caller(const struct build *build, const struct pair_sum *pair)
{
    struct report_function *callee = build->placed[pair->first];
    const struct attribute_call *sampled =
        pair->stamp ? &build->attribution->calls[pair->stamp - 1] : NULL;

    callee->callers[callee->n_callers++] = (struct report_caller){
        .function = build->placed[pair->second],
        .ncalls = pair->sum ? pair->sum : REPORT_NULL,
        .time_ns = timed(build, sampled ? sampled->time_ns : 0),
        .self_ns = timed(build, sampled ? sampled->self_ns : 0),
    };
}

// What is left of the calls when those by known callers are taken off.
static int64_t other_calls(const struct report_function *function)
{
    int64_t known = 0;

    for (size_t i = 0; i < function->n_callers; i++)
        if (function->callers[i].ncalls > 0)
            known = profile_sum(known, function->callers[i].ncalls);
    return function->ncalls > known ? function->ncalls - known : 0;
}

static void place_callers(struct build *build)
{
    struct report *report = build->report;
    struct pair_sums pairs = all_calls(build);
    struct report_caller *next = mem_alloc_array(pairs.n + 1, sizeof *next);

    report->storage->callers = next;
    for (size_t i = 0; i < pairs.n_slots; i++)
        if (pairs.slots[i].used)
            build->placed[pairs.slots[i].first]->n_callers++;
    for (size_t i = 0; i < report->n_functions; i++) {
        report->functions[i].callers = next;
        next += report->functions[i].n_callers;
        report->functions[i].n_callers = 0;
    }
    for (size_t i = 0; i < pairs.n_slots; i++)
        if (pairs.slots[i].used)
            place_caller(build, &pairs.slots[i]);
    pair_sums_deinit(&pairs);
    for (size_t i = 0; i < report->n_functions; i++) {
        struct report_function *function = &report->functions[i];
        function->other_calls = other_calls(function);
        rank_callers(function->callers, function->n_callers, build->options);
    }
}

static void place_sites(struct build *build)
{
    const struct report_options *options = build->options;
    const struct frames *frames = build->frames;
    size_t n;

    if (!options->no_rollup && !options->n_expand)
        return;
    CLEANUP(cleanup_free)
    struct call_site *from = call_sites_create(build->profile, frames, build->mine, &n);
    struct report_site *sites = mem_alloc_array(n + 1, sizeof *sites);
    build->report->storage->sites = sites;
    for (size_t i = 0; i < n; i++) {
        const struct frames_line *line = &frames->lines[from[i].line];
        const char *file = line->file ? line->file : frames->functions[line->function].file;
        sites[i].file = file ? sources_map_path(build->report->sources, file) : NULL;
        sites[i].line = line->line;
        sites[i].time_ns = from[i].time_ns;
        struct report_function *function = build->placed[from[i].function];
        if (!function)
            continue;
        if (!function->n_sites++)
            function->sites = &sites[i];
    }
}

static bool matches_any(const char *const *globs, size_t n, const char *file)
{
    for (size_t i = 0; i < n; i++)
        if (project_glob_matches(globs[i], file))
            return true;
    return false;
}

static void choose(struct build *build)
{
    const struct report_options *options = build->options;
    struct report *report = build->report;
    CLEANUP(cleanup_free) bool *opened = mem_alloc_array(report->n_functions + 1, sizeof *opened);

    for (size_t i = 0; i < build->frames->n_functions; i++) {
        const char *file = build->frames->functions[i].file;
        if (build->placed[i] && file)
            opened[build->placed[i] - report->functions] = matches_any(
                options->expand, options->n_expand, sources_full_path(report->sources, file));
    }
    choose_listed(report, options, opened);
}

static void take_notes(struct build *build)
{
    struct report *report = build->report;

    report->storage->notes = build->notes.items;
    if (report->whole)
        return;
    notes_add_stacks(&build->notes, report);
    notes_add_lines(&build->notes, report, report->storage->mapping);
    if (!build->options->no_source)
        notes_add_sources(&build->notes, report);
    report->storage->notes = build->notes.items;
    report->notes = build->notes.items;
    report->n_notes = build->notes.n;
}

// The report of a profile, or of the group of a whole one.
static struct report *create(const struct profile *profile, const struct report_options *options,
                             const struct report *whole, const struct report_group *group)
{
    struct report *report = mem_alloc(sizeof *report);
    struct report_storage *storage = mem_alloc(sizeof *storage);
    struct build build = {.profile = profile, .options = options, .report = report};

    string_pool_init(&storage->strings);
    // What a location stands for must not hang on what else a part has.
    storage->frames = whole ? whole->storage->frames : frames_create(profile);
    build.frames = storage->frames;
    build.notes.strings = &storage->strings;
    report->profile = profile;
    report->whole = whole;
    report->group = group;
    report->storage = storage;
    if (!whole)
        notes_add_profile(&build.notes, profile);
    attribute(&build);
    make_functions(&build);
    place_functions(&build);
    place_lines(&build);
    place_callers(&build);
    place_sites(&build);
    choose(&build);
    report->regions = region_sums_create(profile, &report->n_regions);
    take_notes(&build);
    attribution_destroy(build.attribution);
    counts_destroy(build.counts);
    memory_sums_destroy(build.memory);
    free(build.mine);
    free(build.functions);
    free(build.placed);
    return report;
}

struct report *report_create(const struct profile *profile, const struct report_options *options)
{
    struct report *report = create(profile, options, NULL, NULL);

    if (options->split != REPORT_WHOLE)
        report->groups = groups_create(profile, options->split, &report->n_groups);
    for (size_t i = 0; i < report->n_groups; i++) {
        struct report_group *group = &report->groups[i];
        group->report = create(group->profile, options, report, group);
    }
    return report;
}

size_t report_callees(const struct report *report, const struct report_function *function,
                      struct report_caller **ret)
{
    struct report_caller *callees = NULL;
    size_t capacity = 0;
    size_t n = 0;

    for (size_t i = 0; i < report->n_functions; i++) {
        const struct report_function *callee = &report->functions[i];
        for (size_t j = 0; j < callee->n_callers; j++) {
            if (callee->callers[j].function != function)
                continue;
            callees = mem_grow(callees, &capacity, n, sizeof *callees);
            callees[n] = callee->callers[j];
            callees[n++].function = callee;
        }
    }
    const struct report_options order = {
        .keys = report->keys, .n_keys = report->n_keys, .reverse = report->reversed};
    if (n)
        rank_callers(callees, n, &order);
    *ret = callees;
    return n;
}

void report_destroy(struct report *report)
{
    if (!report)
        return;
    struct report_storage *storage = report->storage;
    groups_destroy(report->groups, report->n_groups);
    if (!report->whole)
        frames_destroy(storage->frames);
    string_pool_deinit(&storage->strings);
    free(storage->lines);
    free(storage->callers);
    free(storage->sites);
    free(storage->notes);
    free(storage);
    free(report->functions);
    free(report->reductions);
    region_sums_destroy(report->regions, report->n_regions);
    if (!report->whole) {
        project_destroy(report->project);
        sources_destroy(report->sources);
    }
    free(report);
}
