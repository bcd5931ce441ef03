// Nothing in a file is trusted: every id and every place in the string table is checked before it
// is used, numbers must fit, and what protobuf-c may allocate is bounded by the size of the file.
// lprof writes the ids of a table as 1, 2, 3 ..., so any other id is damage.

#include "profile/pprof_tables.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "profile.pb-c.h"
#include "profile/builder.h"

const struct pprof_value pprof_values[PPROF_VALUES] = {
    [PROFILE_SAMPLES] = {"samples", "count"},
    [PROFILE_CPU] = {"cpu", "nanoseconds"},
    [PROFILE_HITS] = {"hits", "count"},
    [PROFILE_INSTRUCTIONS] = {"instructions", "count"},
    [PROFILE_CALLS] = {"calls", "count"},
    [PROFILE_PRIMITIVE] = {"primitive_calls", "count"},
    [PROFILE_BRANCHES] = {"branches", "count"},
    [PROFILE_TAKEN] = {"branches_taken", "count"},
    [PROFILE_CALLED] = {"called", "nanoseconds"},
    [PROFILE_FAULTS] = {"page_faults", "count"},
    [PROFILE_RESIDENT] = {"resident", "bytes"},
    [PROFILE_ALLOCS] = {"alloc_objects", "count"},
    [PROFILE_ALLOC_BYTES] = {"alloc_space", "bytes"},
    [PROFILE_FREED_BYTES] = {"freed_space", "bytes"},
    [PROFILE_PEAK_BYTES] = {"peak_space", "bytes"},
    [PROFILE_FREES] = {"freed_objects", "count"},
    [PROFILE_TEMPORARY] = {"temporary_objects", "count"},
    [PROFILE_ALLOC_VARIANCE] = {"alloc_space_variance", "bytes^2"},
    [PROFILE_LIVE_VARIANCE] = {"live_space_variance", "bytes^2"},
    [PROFILE_CALL_TIME] = {"call_time", "nanoseconds"},
};

struct decoder {
    const Perftools__Profiles__Profile *message;
    struct profile *profile;
    uint32_t *mappings; // [n_mapping + 1] id in the file -> id in the profile; so are the others.
    uint32_t *functions;
    uint32_t *locations;
    uint32_t *tasks;
    uint32_t *regions;
    size_t values[PPROF_VALUES]; // Place of each value in a sample.
};

static void decoder_deinit(struct decoder *d)
{
    free(d->mappings);
    free(d->functions);
    free(d->locations);
    free(d->tasks);
    free(d->regions);
    profile_destroy(d->profile);
}

static uint32_t *id_map(size_t n)
{
    return mem_alloc_array(n + 1, sizeof(uint32_t));
}

// The text at a place that check_strings() has let pass; "" reads as NULL.
static const char *string(const struct decoder *d, int64_t place)
{
    const char *text = d->message->string_table[place];

    return *text ? text : NULL;
}

static const char *string_or_empty(const struct decoder *d, int64_t place)
{
    return d->message->string_table[place];
}

static LPROF_MUST_USE struct lprof_error *check_strings(const struct decoder *d, const char *what,
                                                        size_t id, const int64_t *places, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (places[i] < 0 || (size_t)places[i] >= d->message->n_string_table)
            return error_create(LPROF_ERROR_FORMAT, "%s %zu: string %lld is not there", what, id,
                                (long long)places[i]);
    return NULL;
}

static LPROF_MUST_USE struct lprof_error *check_id(const char *what, size_t place, uint64_t id)
{
    if (id != place)
        return error_create(LPROF_ERROR_FORMAT, "%s %zu has the id %llu", what, place,
                            (unsigned long long)id);
    return NULL;
}

static LPROF_MUST_USE struct lprof_error *missing(const char *what, size_t id, const char *part,
                                                  uint64_t part_id)
{
    return error_create(LPROF_ERROR_FORMAT, "%s %zu: %s %llu is not there", what, id, part,
                        (unsigned long long)part_id);
}

static LPROF_MUST_USE struct lprof_error *out_of_range(const char *what, size_t id,
                                                       const char *part, int64_t value)
{
    return error_create(LPROF_ERROR_FORMAT, "%s %zu: the %s %lld is out of range", what, id, part,
                        (long long)value);
}

static struct lprof_error *decode_types(struct decoder *d)
{
    const Perftools__Profiles__Profile *m = d->message;

    for (size_t i = 0; i < m->n_sample_type; i++) {
        const int64_t places[] = {m->sample_type[i]->type, m->sample_type[i]->unit};
        struct lprof_error *err = check_strings(d, "sample type", i + 1, places, 2);

        if (err)
            return err;
    }
    for (size_t value = 0; value < PPROF_VALUES; value++) {
        size_t i = 0;

        while (i < m->n_sample_type &&
               strcmp(string_or_empty(d, m->sample_type[i]->type), pprof_values[value].type) != 0)
            i++;
        // Those of counts are left out where nothing was counted.
        if (i == m->n_sample_type && value < PPROF_VALUES_ALWAYS)
            return error_create(LPROF_ERROR_FORMAT, "no sample type \"%s\"",
                                pprof_values[value].type);
        d->values[value] = i;
    }
    return NULL;
}

static struct lprof_error *decode_mapping(struct decoder *d, size_t id)
{
    const Perftools__Profiles__Mapping *m = d->message->mapping[id - 1];
    const int64_t places[] = {m->filename, m->build_id, m->debug_info};
    struct lprof_error *err = check_id("mapping", id, m->id);

    if (!err)
        err = check_strings(d, "mapping", id, places, 3);
    if (err)
        return err;
    d->mappings[id] = builder_mapping(
        d->profile, &(struct profile_mapping){
                        .path = string_or_empty(d, m->filename),
                        .build_id = string_or_empty(d, m->build_id),
                        .start = m->memory_start,
                        .limit = m->memory_limit,
                        .file_offset = m->file_offset,
                        .debug_info = m->symbolized ? string_or_empty(d, m->debug_info) : NULL,
                    });
    return NULL;
}

static struct lprof_error *decode_function(struct decoder *d, size_t id)
{
    const Perftools__Profiles__Function *m = d->message->function[id - 1];
    const int64_t places[] = {m->name, m->system_name, m->filename};
    struct lprof_error *err = check_id("function", id, m->id);

    if (!err)
        err = check_strings(d, "function", id, places, 3);
    if (err)
        return err;
    if (m->start_line < 0 || m->start_line > UINT32_MAX)
        return out_of_range("function", id, "line", m->start_line);
    if (m->real_id) {
        // The real functions stand before all aliases.
        if (m->real_id >= id || d->message->function[m->real_id - 1]->real_id)
            return missing("function", id, "function", m->real_id);
        d->functions[id] = d->functions[m->real_id];
        return NULL;
    }
    d->functions[id] =
        builder_function(d->profile, &(struct profile_function){
                                         .name = string_or_empty(d, m->name),
                                         .linkage_name = string_or_empty(d, m->system_name),
                                         .file = string(d, m->filename),
                                         .line = (uint32_t)m->start_line,
                                         .marked = m->marked,
                                         .partial = m->partial,
                                     });
    return NULL;
}

static struct lprof_error *decode_line(const struct decoder *d, size_t location,
                                       const Perftools__Profiles__Line *m, struct profile_line *ret)
{
    if (!m->function_id || m->function_id > d->message->n_function)
        return missing("location", location, "function", m->function_id);
    if (m->line < 0 || m->line > UINT32_MAX)
        return out_of_range("location", location, "line", m->line);
    if (m->column < 0 || m->column > UINT32_MAX)
        return out_of_range("location", location, "column", m->column);
    *ret = (struct profile_line){
        .function = d->functions[m->function_id],
        .file = m->no_file ? NULL : string(d, d->message->function[m->function_id - 1]->filename),
        .line = (uint32_t)m->line,
        .column = (uint32_t)m->column,
        .discriminator = m->discriminator,
        .approximate = m->approximate,
    };
    return NULL;
}

static struct lprof_error *decode_location(struct decoder *d, size_t id)
{
    const Perftools__Profiles__Location *m = d->message->location[id - 1];
    struct lprof_error *err = check_id("location", id, m->id);

    if (err)
        return err;
    if (m->mapping_id > d->message->n_mapping)
        return missing("location", id, "mapping", m->mapping_id);
    if (m->kind > PROFILE_ADDRESS_ENTRY)
        return out_of_range("location", id, "kind", m->kind);
    d->locations[id] =
        builder_location(d->profile, d->mappings[m->mapping_id], m->address, m->kind);
    profile_add_remarks(
        &d->profile->locations[d->locations[id] - 1].remarks,
        &(struct profile_remarks){m->remarks & PROFILE_REMARKS_ALL, m->unrolled, m->copies});
    if (!m->n_line)
        return NULL;
    CLEANUP(cleanup_free)
    struct profile_line *lines = mem_alloc_array(m->n_line, sizeof *lines);
    for (size_t i = 0; !err && i < m->n_line; i++)
        err = decode_line(d, id, m->line[i], &lines[i]);
    if (!err)
        builder_set_lines(d->profile, d->locations[id], lines, m->n_line);
    return err;
}

static struct lprof_error *decode_task(struct decoder *d, size_t id)
{
    const Perftools__Profiles__Task *m = d->message->task[id - 1];
    const int64_t places[] = {m->process, m->thread};
    struct lprof_error *err = check_strings(d, "task", id, places, 2);

    if (err)
        return err;
    d->tasks[id] = builder_task(d->profile, &(struct profile_task){
                                                .pid = m->pid,
                                                .tid = m->tid,
                                                .process = string(d, m->process),
                                                .thread = string(d, m->thread),
                                            });
    return NULL;
}

// Each may take much memory, however short it is in the file.
#define REGIONS_MOST 32768

static struct lprof_error *decode_buckets(size_t id, const Perftools__Profiles__Region *m,
                                          int64_t buckets[PROFILE_REGION_BUCKETS])
{
    if (m->n_bucket != m->n_bucket_calls)
        return error_create(LPROF_ERROR_FORMAT, "region %zu: its buckets are not as many as counts",
                            id);
    for (size_t i = 0; i < m->n_bucket; i++) {
        if (m->bucket[i] >= PROFILE_REGION_BUCKETS)
            return out_of_range("region", id, "bucket", m->bucket[i]);
        if (m->bucket_calls[i] < 0)
            return out_of_range("region", id, "count", m->bucket_calls[i]);
        buckets[m->bucket[i]] = profile_sum(buckets[m->bucket[i]], m->bucket_calls[i]);
    }
    return NULL;
}

static struct lprof_error *decode_region(struct decoder *d, size_t id)
{
    const Perftools__Profiles__Region *m = d->message->region[id - 1];
    const int64_t numbers[] = {m->calls, m->total, m->min, m->max};
    int64_t buckets[PROFILE_REGION_BUCKETS] = {0};
    struct lprof_error *err = check_strings(d, "region", id, &m->name, 1);

    if (!err && id > REGIONS_MOST)
        err = error_create(LPROF_ERROR_FORMAT, "it has more than %d regions", REGIONS_MOST);
    if (!err && m->parent_id >= id)
        err = missing("region", id, "region", m->parent_id);
    for (size_t i = 0; !err && i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i] < 0)
            err = out_of_range("region", id, "number", numbers[i]);
    if (!err)
        err = decode_buckets(id, m, buckets);
    if (err)
        return err;
    d->regions[id] =
        builder_region(d->profile, d->regions[m->parent_id], string_or_empty(d, m->name));
    builder_region_calls(d->profile, d->regions[id],
                         &(struct profile_region){.calls = m->calls,
                                                  .total_ns = m->total,
                                                  .min_ns = m->min,
                                                  .max_ns = m->max,
                                                  .buckets = m->n_bucket ? buckets : NULL});
    return NULL;
}

static struct lprof_error *decode_stack(struct decoder *d, size_t sample, uint32_t *ret)
{
    const Perftools__Profiles__Sample *m = d->message->sample[sample - 1];
    CLEANUP(cleanup_free)
    uint32_t *locations = mem_alloc_array(m->n_location_id, sizeof *locations);

    if (!m->n_location_id)
        return error_create(LPROF_ERROR_FORMAT, "sample %zu has no location", sample);
    for (size_t i = 0; i < m->n_location_id; i++) {
        if (!m->location_id[i] || m->location_id[i] > d->message->n_location)
            return missing("sample", sample, "location", m->location_id[i]);
        locations[i] = d->locations[m->location_id[i]];
    }
    *ret = builder_stack(d->profile, locations, m->n_location_id);
    return NULL;
}

static struct lprof_error *decode_sample(struct decoder *d, size_t id)
{
    const Perftools__Profiles__Sample *m = d->message->sample[id - 1];
    int64_t values[PROFILE_VALUES];
    uint32_t stack = 0;

    if (m->n_value != d->message->n_sample_type)
        return error_create(LPROF_ERROR_FORMAT, "sample %zu has %zu values, not %zu", id,
                            m->n_value, d->message->n_sample_type);
    if (m->task_id > d->message->n_task)
        return missing("sample", id, "task", m->task_id);
    if (m->region_id > d->message->n_region)
        return missing("sample", id, "region", m->region_id);
    values[PROFILE_RSS] = m->resident_size;
    values[PROFILE_CALL_MOST] = m->call_most;
    values[PROFILE_CALL_LEAST] = m->call_least;
    for (size_t i = PPROF_VALUES; i < PROFILE_VALUES; i++)
        if (values[i] < 0)
            return out_of_range("sample", id, "value", values[i]);
    for (size_t i = 0; i < PPROF_VALUES; i++) {
        values[i] = d->values[i] < m->n_value ? m->value[d->values[i]] : 0;
        if (values[i] < 0)
            return out_of_range("sample", id, "value", values[i]);
    }
    struct lprof_error *err = decode_stack(d, id, &stack);
    if (!err)
        builder_sample_in(d->profile, stack, d->tasks[m->task_id], d->regions[m->region_id],
                          values);
    return err;
}

static struct lprof_error *decode_note(struct decoder *d, size_t id)
{
    const Perftools__Profiles__Note *m = d->message->note[id - 1];
    const int64_t places[] = {m->code, m->text, m->hint};
    struct lprof_error *err = check_strings(d, "note", id, places, 3);

    if (err)
        return err;
    if (m->count < 0)
        return out_of_range("note", id, "count", m->count);
    builder_note(d->profile, string_or_empty(d, m->code), m->count, string_or_empty(d, m->text),
                 string(d, m->hint));
    return NULL;
}

static struct lprof_error *decode_source(struct decoder *d, size_t id)
{
    const Perftools__Profiles__Source *m = d->message->source[id - 1];
    const int64_t places[] = {m->path, m->md5, m->text};
    struct lprof_error *err = check_strings(d, "source", id, places, 3);

    if (!err)
        builder_source(d->profile, &(struct profile_source){string_or_empty(d, m->path),
                                                            string(d, m->md5), string(d, m->text)});
    return err;
}

static const char *meta_string(struct decoder *d, int64_t place)
{
    return profile_string(d->profile, string(d, place));
}

static void decode_meta_fields(struct decoder *d, const Perftools__Profiles__Meta *m)
{
    struct profile_meta *meta = &d->profile->meta;

    meta->command = mem_alloc_array(m->n_command, sizeof *meta->command);
    meta->n_command = m->n_command;
    for (size_t i = 0; i < m->n_command; i++)
        meta->command[i] = profile_string(d->profile, string_or_empty(d, m->command[i]));
    meta->version = meta_string(d, m->version);
    meta->date = meta_string(d, m->date);
    meta->host = meta_string(d, m->host);
    meta->kernel = meta_string(d, m->kernel);
    meta->cpu = meta_string(d, m->cpu);
    meta->mode = meta_string(d, m->mode);
    meta->mode_asked = meta_string(d, m->mode_asked);
    meta->clock = meta_string(d, m->clock);
    meta->sampler = meta_string(d, m->sampler);
    meta->folder = meta_string(d, m->folder);
    meta->rate_hz = m->rate_hz;
    meta->wall_ns = m->wall_ns;
    meta->cpu_ns = m->cpu_ns;
    meta->counting_ns = m->counting_ns;
    meta->lost_samples = m->lost_samples;
    meta->exit_status = m->exit_status;
    meta->threads = m->threads;
    meta->processes = m->processes;
    meta->clustered_samples = m->clustered_samples;
    meta->runs = m->runs;
}

static struct lprof_error *decode_meta(struct decoder *d)
{
    const Perftools__Profiles__Meta *m = d->message->meta;

    if (!m)
        return error_create(LPROF_ERROR_FORMAT, "it does not tell how it was made");
    const int64_t places[] = {m->version, m->date,       m->host,  m->kernel,  m->cpu,
                              m->mode,    m->mode_asked, m->clock, m->sampler, m->folder};
    const int64_t numbers[] = {m->rate_hz,     m->wall_ns,    m->cpu_ns,    m->lost_samples,
                               m->exit_status, m->threads,    m->processes, m->clustered_samples,
                               m->runs,        m->counting_ns};
    struct lprof_error *err = check_strings(d, "meta", 1, places, sizeof places / sizeof *places);
    if (!err)
        err = check_strings(d, "meta", 1, m->command, m->n_command);
    for (size_t i = 0; !err && i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i] < 0)
            err = out_of_range("meta", 1, "number", numbers[i]);
    if (!err)
        decode_meta_fields(d, m);
    return err;
}

// Call `decode` for the ids 1 to n, until one fails.
static struct lprof_error *each(struct decoder *d, size_t n,
                                struct lprof_error *(*decode)(struct decoder *, size_t))
{
    struct lprof_error *err = NULL;

    for (size_t id = 1; !err && id <= n; id++)
        err = decode(d, id);
    return err;
}

static struct lprof_error *check_whole(const struct decoder *d)
{
    const char *problem = profile_check(d->profile);

    if (problem)
        return error_create(LPROF_ERROR_FORMAT, "%s", problem);
    for (size_t i = 0; i < PPROF_VALUES; i++)
        if (profile_total(d->profile, (enum profile_value)i) == INT64_MAX)
            return error_create(LPROF_ERROR_FORMAT, "its %s add up to more than can be counted",
                                pprof_values[i].type);
    return NULL;
}

static struct lprof_error *decode_tables(struct decoder *d)
{
    const Perftools__Profiles__Profile *m = d->message;

    d->mappings = id_map(m->n_mapping);
    d->functions = id_map(m->n_function);
    d->locations = id_map(m->n_location);
    d->tasks = id_map(m->n_task);
    d->regions = id_map(m->n_region);

    struct lprof_error *err = decode_types(d);
    if (!err)
        err = each(d, m->n_mapping, decode_mapping);
    if (!err)
        err = each(d, m->n_function, decode_function);
    if (!err)
        err = each(d, m->n_location, decode_location);
    if (!err)
        err = each(d, m->n_task, decode_task);
    if (!err)
        err = each(d, m->n_region, decode_region);
    if (!err)
        err = each(d, m->n_sample, decode_sample);
    if (!err)
        err = each(d, m->n_note, decode_note);
    if (!err)
        err = each(d, m->n_source, decode_source);
    if (!err)
        err = decode_meta(d);
    return err ? err : check_whole(d);
}

struct lprof_error *pprof_tables_decode(const struct Perftools__Profiles__Profile *message,
                                        struct profile **ret)
{
    struct decoder d = {.message = message, .profile = profile_create()};
    struct lprof_error *err = decode_tables(&d);

    if (!err)
        *ret = take_ptr(&d.profile);
    decoder_deinit(&d);
    return err;
}
