// Tables are written in the order of canonical.h, so that equal profiles become equal bytes. The
// messages borrow their strings from the profile and live in blocks that are freed together at the
// end.

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/cleanup.h"
#include "base/compress.h"
#include "base/mem.h"
#include "profile.pb-c.h"
#include "profile/canonical.h"
#include "profile/date.h"
#include "profile/pprof.h"
#include "profile/pprof_strings.h"
#include "profile/pprof_tables.h"
#include "profile/regions.h"

// A function seen from a file that it was not declared in: a second Function message.
struct alias {
    struct {
        const char *file;
        uint64_t function; // Id in the profile.
    } key;
    uint64_t id; // Id in the message.
    UT_hash_handle hh;
};

struct encoder {
    const struct profile *profile;
    struct canonical canonical;
    struct pprof_strings strings;
    struct alias *aliases; // A uthash table, in the order of their ids.
    size_t n_values;       // Of each sample.
    char **region_paths;   // [n_regions + 1] By id.
    void **blocks;
    size_t n_blocks;
    size_t blocks_capacity;
};

// Zeroed memory that lives until the encoder is done.
static void *block(struct encoder *e, size_t count, size_t size)
{
    e->blocks = mem_grow(e->blocks, &e->blocks_capacity, e->n_blocks, sizeof *e->blocks);
    e->blocks[e->n_blocks] = mem_alloc_array(count, size);
    return e->blocks[e->n_blocks++];
}

static int64_t string(struct encoder *e, const char *text)
{
    return pprof_strings_add(&e->strings, text);
}

static void encoder_deinit(struct encoder *e)
{
    struct alias *alias;
    struct alias *next;

    HASH_ITER(hh, e->aliases, alias, next)
    {
        HASH_DEL(e->aliases, alias);
        free(alias);
    }
    for (size_t i = 0; i < e->n_blocks; i++)
        free(e->blocks[i]);
    free(e->blocks);
    pprof_strings_deinit(&e->strings);
    canonical_deinit(&e->canonical);
}

static Perftools__Profiles__ValueType *value_type(struct encoder *e, const char *type,
                                                  const char *unit)
{
    Perftools__Profiles__ValueType *out = block(e, 1, sizeof *out);

    perftools__profiles__value_type__init(out);
    out->type = string(e, type);
    out->unit = string(e, unit);
    return out;
}

static void encode_types(struct encoder *e, Perftools__Profiles__Profile *out)
{
    const struct profile_meta *meta = &e->profile->meta;
    int64_t started_s;

    out->n_sample_type = e->n_values;
    out->sample_type = block(e, e->n_values, sizeof(*out->sample_type));
    for (size_t i = 0; i < e->n_values; i++)
        out->sample_type[i] = value_type(e, pprof_values[i].type, pprof_values[i].unit);
    out->default_sample_type = string(e, pprof_values[PROFILE_CPU].type);
    out->period_type =
        value_type(e, pprof_values[PROFILE_CPU].type, pprof_values[PROFILE_CPU].unit);
    out->period = meta->rate_hz > 0 ? 1000000000 / meta->rate_hz : 0;
    out->duration_nanos = meta->wall_ns;
    if (date_parse(meta->date, &started_s) && llabs(started_s) < INT64_MAX / 1000000000)
        out->time_nanos = started_s * 1000000000;
}

// What the locations of one mapping have, for the flags that tell pprof not to symbolize it again.
struct coverage {
    bool functions;
    bool files;
    bool lines;
};

static struct coverage *mapping_coverage(struct encoder *e)
{
    const struct profile *p = e->profile;
    struct coverage *all = block(e, p->n_mappings + 1, sizeof *all);

    for (size_t i = 0; i < p->n_mappings; i++)
        all[i + 1].functions = p->mappings[i].debug_info != NULL;
    for (size_t i = 0; i < p->n_locations; i++) {
        const struct profile_location *location = &p->locations[i];
        struct coverage *own = &all[location->mapping];

        own->functions = own->functions && location->n_lines;
        for (size_t k = 0; k < location->n_lines; k++) {
            own->files = own->files || location->lines[k].file;
            own->lines = own->lines || location->lines[k].line;
        }
    }
    return all;
}

static void encode_mappings(struct encoder *e, Perftools__Profiles__Profile *out)
{
    const struct coverage *coverage = mapping_coverage(e);
    size_t n = e->canonical.mappings.n;
    Perftools__Profiles__Mapping *messages = block(e, n, sizeof *messages);

    out->n_mapping = n;
    out->mapping = block(e, n, sizeof(*out->mapping));
    for (size_t i = 0; i < n; i++) {
        uint32_t id = e->canonical.mappings.ids[i];
        const struct profile_mapping *mapping = &e->profile->mappings[id - 1];
        Perftools__Profiles__Mapping *message = out->mapping[i] = &messages[i];

        perftools__profiles__mapping__init(message);
        message->id = i + 1;
        message->memory_start = mapping->start;
        message->memory_limit = mapping->limit;
        message->file_offset = mapping->file_offset;
        message->filename = string(e, mapping->path);
        message->build_id = string(e, mapping->build_id);
        message->has_functions = coverage[id].functions;
        message->has_filenames = coverage[id].files;
        message->has_line_numbers = coverage[id].lines;
        message->has_inline_frames = mapping->debug_info && *mapping->debug_info;
        message->symbolized = mapping->debug_info != NULL;
        message->debug_info = string(e, mapping->debug_info);
    }
}

// The id of the Function whose filename is the file that the line is in.
static uint64_t function_id(struct encoder *e, const struct profile_line *line)
{
    const struct profile_function *function = &e->profile->functions[line->function - 1];
    struct alias *alias;

    if (!line->file || line->file == function->file)
        return e->canonical.functions.ranks[line->function];
    struct alias wanted = {.key = {line->file, line->function}};
    HASH_FIND(hh, e->aliases, &wanted.key, sizeof wanted.key, alias);
    if (!alias) {
        alias = mem_dup(&wanted, sizeof wanted);
        alias->id = e->canonical.functions.n + HASH_COUNT(e->aliases) + 1;
        HASH_ADD(hh, e->aliases, key, sizeof alias->key, alias);
    }
    return alias->id;
}

static void encode_lines(struct encoder *e, const struct profile_location *location,
                         Perftools__Profiles__Location *out)
{
    Perftools__Profiles__Line *messages = block(e, location->n_lines, sizeof *messages);

    out->n_line = location->n_lines;
    out->line = block(e, location->n_lines, sizeof(*out->line));
    for (size_t i = 0; i < location->n_lines; i++) {
        const struct profile_line *line = &location->lines[i];
        const struct profile_function *function = &e->profile->functions[line->function - 1];
        Perftools__Profiles__Line *message = out->line[i] = &messages[i];

        perftools__profiles__line__init(message);
        message->function_id = function_id(e, line);
        message->line = line->line;
        message->column = line->column;
        message->discriminator = line->discriminator;
        message->approximate = line->approximate;
        message->no_file = !line->file && function->file;
    }
}

static void encode_locations(struct encoder *e, Perftools__Profiles__Profile *out)
{
    size_t n = e->canonical.locations.n;
    Perftools__Profiles__Location *messages = block(e, n, sizeof *messages);

    out->n_location = n;
    out->location = block(e, n, sizeof(*out->location));
    for (size_t i = 0; i < n; i++) {
        const struct profile_location *location =
            &e->profile->locations[e->canonical.locations.ids[i] - 1];
        Perftools__Profiles__Location *message = out->location[i] = &messages[i];

        perftools__profiles__location__init(message);
        message->id = i + 1;
        message->mapping_id = e->canonical.mappings.ranks[location->mapping];
        message->address = location->addr;
        message->kind = location->kind;
        message->remarks = location->remarks.remarks;
        message->unrolled = location->remarks.unrolled;
        message->copies = location->remarks.copies;
        if (location->n_lines)
            encode_lines(e, location, message);
    }
}

static void encode_function(struct encoder *e, const struct profile_function *function,
                            const char *file, Perftools__Profiles__Function *out)
{
    perftools__profiles__function__init(out);
    out->name = string(e, function->name);
    out->system_name = string(e, function->linkage_name);
    out->filename = string(e, file);
}

// After the locations, which tell what aliases are needed.
static void encode_functions(struct encoder *e, Perftools__Profiles__Profile *out)
{
    size_t n = e->canonical.functions.n + HASH_COUNT(e->aliases);
    Perftools__Profiles__Function *messages = block(e, n, sizeof *messages);

    out->function = block(e, n, sizeof(*out->function));
    for (size_t i = 0; i < e->canonical.functions.n; i++) {
        const struct profile_function *function =
            &e->profile->functions[e->canonical.functions.ids[i] - 1];

        encode_function(e, function, function->file, &messages[i]);
        messages[i].start_line = function->line;
        messages[i].marked = function->marked;
        messages[i].partial = function->partial;
    }
    for (const struct alias *alias = e->aliases; alias; alias = alias->hh.next) {
        const struct profile_function *function = &e->profile->functions[alias->key.function - 1];
        Perftools__Profiles__Function *message = &messages[alias->id - 1];

        encode_function(e, function, alias->key.file, message);
        message->real_id = e->canonical.functions.ranks[alias->key.function];
    }
    out->n_function = n;
    for (size_t i = 0; i < n; i++) {
        messages[i].id = i + 1;
        out->function[i] = &messages[i];
    }
}

static void encode_tasks(struct encoder *e, Perftools__Profiles__Profile *out)
{
    size_t n = e->canonical.tasks.n;
    Perftools__Profiles__Task *messages = block(e, n, sizeof *messages);

    out->n_task = n;
    out->task = block(e, n, sizeof(*out->task));
    for (size_t i = 0; i < n; i++) {
        const struct profile_task *task = &e->profile->tasks[e->canonical.tasks.ids[i] - 1];
        Perftools__Profiles__Task *message = out->task[i] = &messages[i];

        perftools__profiles__task__init(message);
        message->pid = task->pid;
        message->tid = task->tid;
        message->process = string(e, task->process);
        message->thread = string(e, task->thread);
    }
}

static void encode_buckets(struct encoder *e, const struct profile_region *region,
                           Perftools__Profiles__Region *out)
{
    size_t n = 0;

    for (size_t i = 0; region->buckets && i < PROFILE_REGION_BUCKETS; i++)
        n += region->buckets[i] != 0;
    out->bucket = block(e, n, sizeof(*out->bucket));
    out->bucket_calls = block(e, n, sizeof(*out->bucket_calls));
    for (size_t i = 0; n && i < PROFILE_REGION_BUCKETS; i++) {
        if (!region->buckets[i])
            continue;
        out->bucket[out->n_bucket++] = (uint32_t)i;
        out->bucket_calls[out->n_bucket_calls++] = region->buckets[i];
    }
}

static void encode_regions(struct encoder *e, Perftools__Profiles__Profile *out)
{
    size_t n = e->canonical.regions.n;
    Perftools__Profiles__Region *messages = block(e, n, sizeof *messages);

    out->n_region = n;
    e->region_paths = block(e, n + 1, sizeof *e->region_paths);
    out->region = block(e, n, sizeof(*out->region));
    for (size_t i = 0; i < n; i++) {
        const struct profile_region *region = &e->profile->regions[e->canonical.regions.ids[i] - 1];
        Perftools__Profiles__Region *message = out->region[i] = &messages[i];
        uint32_t id = e->canonical.regions.ids[i];
        CLEANUP(cleanup_free) char *path = regions_path(e->profile, id);

        e->region_paths[id] = memcpy(block(e, strlen(path) + 1, 1), path, strlen(path) + 1);
        perftools__profiles__region__init(message);
        message->name = string(e, region->name);
        message->parent_id = e->canonical.regions.ranks[region->parent];
        message->calls = region->calls;
        message->total = region->total_ns;
        message->min = region->min_ns;
        message->max = region->max_ns;
        encode_buckets(e, region, message);
    }
}

// The task and the region again, as labels that pprof's own tools can filter by.
static void encode_labels(struct encoder *e, const struct profile_task *task, uint32_t region,
                          Perftools__Profiles__Sample *out)
{
    enum { PID, TID, PROCESS, THREAD, REGION, LABELS };
    Perftools__Profiles__Label *messages = block(e, LABELS, sizeof *messages);

    out->n_label = region ? LABELS : REGION;
    out->label = block(e, LABELS, sizeof(*out->label));
    for (size_t i = 0; i < out->n_label; i++) {
        perftools__profiles__label__init(&messages[i]);
        out->label[i] = &messages[i];
    }
    messages[PID].key = string(e, "pid");
    messages[PID].num = task->pid;
    messages[TID].key = string(e, "tid");
    messages[TID].num = task->tid;
    messages[PROCESS].key = string(e, "process");
    messages[PROCESS].str = string(e, task->process);
    messages[THREAD].key = string(e, "thread");
    messages[THREAD].str = string(e, task->thread);
    if (!region)
        return;
    messages[REGION].key = string(e, "region");
    messages[REGION].str = string(e, e->region_paths[region]);
}

static void encode_sample(struct encoder *e, const struct profile_sample *sample,
                          Perftools__Profiles__Sample *out)
{
    const struct profile_stack *stack = &e->profile->stacks[sample->stack - 1];

    perftools__profiles__sample__init(out);
    out->n_location_id = stack->n;
    out->location_id = block(e, stack->n, sizeof(*out->location_id));
    for (size_t i = 0; i < stack->n; i++)
        out->location_id[i] = e->canonical.locations.ranks[stack->locations[i]];
    out->n_value = e->n_values;
    out->value = block(e, e->n_values, sizeof(*out->value));
    memcpy(out->value, sample->values, e->n_values * sizeof *sample->values);
    out->resident_size = sample->values[PROFILE_RSS];
    out->call_most = sample->values[PROFILE_CALL_MOST];
    out->call_least = sample->values[PROFILE_CALL_LEAST];
    out->task_id = e->canonical.tasks.ranks[sample->task];
    out->region_id = e->canonical.regions.ranks[sample->region];
    if (sample->task)
        encode_labels(e, &e->profile->tasks[sample->task - 1], sample->region, out);
}

static void encode_samples(struct encoder *e, Perftools__Profiles__Profile *out)
{
    size_t n = e->canonical.samples.n;
    Perftools__Profiles__Sample *messages = block(e, n, sizeof *messages);

    out->n_sample = n;
    out->sample = block(e, n, sizeof(*out->sample));
    for (size_t i = 0; i < n; i++) {
        out->sample[i] = &messages[i];
        encode_sample(e, &e->profile->samples[e->canonical.samples.ids[i] - 1], &messages[i]);
    }
}

static void encode_notes(struct encoder *e, Perftools__Profiles__Profile *out)
{
    size_t n = e->canonical.notes.n;
    Perftools__Profiles__Note *messages = block(e, n, sizeof *messages);

    out->n_note = n;
    out->note = block(e, n, sizeof(*out->note));
    for (size_t i = 0; i < n; i++) {
        const struct profile_note *note = &e->profile->notes[e->canonical.notes.ids[i] - 1];
        Perftools__Profiles__Note *message = out->note[i] = &messages[i];

        perftools__profiles__note__init(message);
        message->code = string(e, note->code);
        message->count = note->count;
        message->text = string(e, note->text);
        message->hint = string(e, note->hint);
    }
}

static void encode_sources(struct encoder *e, Perftools__Profiles__Profile *out)
{
    size_t n = e->canonical.sources.n;
    Perftools__Profiles__Source *messages = block(e, n, sizeof *messages);

    out->n_source = n;
    out->source = block(e, n, sizeof(*out->source));
    for (size_t i = 0; i < n; i++) {
        const struct profile_source *source = &e->profile->sources[e->canonical.sources.ids[i] - 1];
        Perftools__Profiles__Source *message = out->source[i] = &messages[i];

        perftools__profiles__source__init(message);
        message->path = string(e, source->path);
        message->md5 = string(e, source->md5);
        message->text = string(e, source->text);
    }
}

static void encode_meta(struct encoder *e, Perftools__Profiles__Profile *out)
{
    const struct profile_meta *meta = &e->profile->meta;
    Perftools__Profiles__Meta *message = out->meta = block(e, 1, sizeof *message);

    perftools__profiles__meta__init(message);
    message->n_command = meta->n_command;
    message->command = block(e, meta->n_command, sizeof(*message->command));
    for (size_t i = 0; i < meta->n_command; i++)
        message->command[i] = string(e, meta->command[i]);
    message->version = string(e, meta->version);
    message->date = string(e, meta->date);
    message->host = string(e, meta->host);
    message->kernel = string(e, meta->kernel);
    message->cpu = string(e, meta->cpu);
    message->mode = string(e, meta->mode);
    message->mode_asked = string(e, meta->mode_asked);
    message->clock = string(e, meta->clock);
    message->sampler = string(e, meta->sampler);
    message->folder = string(e, meta->folder);
    message->rate_hz = meta->rate_hz;
    message->wall_ns = meta->wall_ns;
    message->cpu_ns = meta->cpu_ns;
    message->counting_ns = meta->counting_ns;
    message->lost_samples = meta->lost_samples;
    message->exit_status = meta->exit_status;
    message->threads = meta->threads;
    message->processes = meta->processes;
    message->clustered_samples = meta->clustered_samples;
    message->runs = meta->runs;
}

static void pack(const Perftools__Profiles__Profile *message, uint8_t **ret, size_t *ret_size)
{
    size_t size = perftools__profiles__profile__get_packed_size(message);
    CLEANUP(cleanup_free) uint8_t *packed = mem_alloc(size);

    perftools__profiles__profile__pack(message, packed);
    compress_gzip(packed, size, ret, ret_size);
}

static size_t count_values(const struct profile *profile)
{
    for (size_t i = 0; i < profile->n_samples; i++)
        for (size_t value = PPROF_VALUES_ALWAYS; value < PPROF_VALUES; value++)
            if (profile->samples[i].values[value])
                return PPROF_VALUES;
    return PPROF_VALUES_ALWAYS;
}

void pprof_encode(const struct profile *profile, uint8_t **ret, size_t *ret_size)
{
    struct encoder e = {.profile = profile, .n_values = count_values(profile)};
    Perftools__Profiles__Profile message = PERFTOOLS__PROFILES__PROFILE__INIT;

    canonical_init(&e.canonical, profile);
    pprof_strings_init(&e.strings);
    message.lprof = PPROF_FORMAT_VERSION;
    encode_types(&e, &message);
    encode_mappings(&e, &message);
    encode_locations(&e, &message);
    encode_functions(&e, &message);
    encode_tasks(&e, &message);
    encode_regions(&e, &message);
    encode_samples(&e, &message);
    encode_notes(&e, &message);
    encode_sources(&e, &message);
    encode_meta(&e, &message);
    message.n_string_table = e.strings.n;
    message.string_table = e.strings.texts;
    pack(&message, ret, ret_size);
    encoder_deinit(&e);
}
