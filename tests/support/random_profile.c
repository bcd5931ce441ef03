#include "support/random_profile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "profile/builder.h"
#include "profile/regions.h"

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static uint32_t below(uint64_t *state, uint32_t n)
{
    return (uint32_t)(next(state) >> 16) % n;
}

static const char *pick(uint64_t *state, const char *const *texts, uint32_t n)
{
    return texts[below(state, n)];
}

static uint32_t random_mapping(struct profile *p, uint64_t *state)
{
    static const char *const paths[] = {"/bin/app", "/opt/app", "/lib/libc.so.6", "[vdso]"};
    static const char *const ids[] = {"", "aa01", "bb02"};
    static const char *const debug[] = {NULL, "", "/bin/app", "/usr/lib/debug/app.debug"};
    uint64_t start = 0x1000 * below(state, 3);

    return builder_mapping(p, &(struct profile_mapping){
                                  .path = pick(state, paths, 4),
                                  .build_id = pick(state, ids, 3),
                                  .start = 0x400000 * below(state, 2) + start,
                                  .file_offset = start,
                                  .limit = 0x800000 + below(state, 3),
                                  .debug_info = pick(state, debug, 4),
                              });
}

static uint32_t random_function(struct profile *p, uint64_t *state)
{
    static const char *const names[] = {"main", "f(int)", "g<T>()", "[libc.so.6]"};
    static const char *const linkage[] = {"main", "_Z1fi", NULL};
    static const char *const files[] = {"/src/a.c", "/src/b.h", NULL};

    return builder_function(p, &(struct profile_function){
                                   .name = pick(state, names, 4),
                                   .linkage_name = pick(state, linkage, 3),
                                   .file = pick(state, files, 3),
                                   .line = below(state, 4),
                                   .marked = !below(state, 4),
                                   .partial = !below(state, 5),
                               });
}

static void random_lines(struct profile *p, uint64_t *state, uint32_t location)
{
    static const char *const files[] = {"/src/a.c", "/src/b.h", "/src/table.inc", NULL};
    struct profile_line lines[3] = {0};
    size_t n = 1 + below(state, 3);

    for (size_t i = 0; i < n; i++) {
        lines[i].function = random_function(p, state);
        lines[i].file = pick(state, files, 4);
        lines[i].line = lines[i].file ? below(state, 100) : 0;
        lines[i].column = below(state, 3);
        lines[i].discriminator = below(state, 3);
        lines[i].approximate = below(state, 2);
    }
    builder_set_lines(p, location, lines, n);
}

static uint32_t random_location(struct profile *p, uint64_t *state)
{
    uint32_t mapping = below(state, 8) ? random_mapping(p, state) : 0;
    uint32_t location = builder_location(p, mapping, 0x1000 + below(state, 4),
                                         below(state, PROFILE_ADDRESS_ENTRY + 1));
    const struct profile_remarks remarks = {below(state, PROFILE_REMARKS_ALL + 1), below(state, 5),
                                            below(state, 3)};

    if (p->locations[location - 1].kind == PROFILE_ADDRESS_LINE)
        profile_add_remarks(&p->locations[location - 1].remarks, &remarks);
    if (below(state, 3))
        random_lines(p, state, location);
    return location;
}

// Up to three inside of each other, each with a call or two.
static uint32_t random_region(struct profile *p, uint64_t *state)
{
    static const char *const names[] = {"load", "parse", "a/b", ""};
    int64_t buckets[PROFILE_REGION_BUCKETS] = {0};
    uint32_t region = 0;

    for (uint32_t depth = below(state, 4); depth; depth--) {
        int64_t ns = below(state, 1000000);
        memset(buckets, 0, sizeof buckets);
        buckets[regions_bucket(ns)] = 1;
        region = builder_region(p, region, pick(state, names, 4));
        builder_region_calls(
            p, region,
            &(struct profile_region){
                .calls = 1, .total_ns = ns, .min_ns = ns, .max_ns = ns, .buckets = buckets});
    }
    return region;
}

static uint32_t random_task(struct profile *p, uint64_t *state)
{
    static const char *const names[] = {"app", "worker", NULL};

    if (!below(state, 4))
        return 0;
    return builder_task(p, &(struct profile_task){
                               .pid = 100 + below(state, 2),
                               .tid = 100 + below(state, 3),
                               .process = pick(state, names, 3),
                               .thread = pick(state, names, 3),
                           });
}

static void random_meta(struct profile *p, uint64_t *state)
{
    static const char *const texts[] = {"one", "two", NULL};
    static const char *const dates[] = {"2024-05-01T09:30:00+02:00", "2024-05-01T08:00:00Z",
                                        "2024-05-01T07:30:00+0000", NULL};
    static const char *const modes[] = {"sample", "exact", NULL};
    static const char *const samplers[] = {"perf", "none", "agent", NULL};
    struct profile_meta *meta = &p->meta;

    meta->n_command = below(state, 3);
    meta->command = mem_alloc_array(meta->n_command, sizeof *meta->command);
    for (size_t i = 0; i < meta->n_command; i++)
        meta->command[i] = profile_string(p, below(state, 2) ? "./app" : "");
    meta->version = profile_string(p, pick(state, texts, 3));
    meta->date = profile_string(p, pick(state, dates, 4));
    meta->host = profile_string(p, pick(state, texts, 3));
    meta->kernel = profile_string(p, pick(state, texts, 3));
    meta->cpu = profile_string(p, pick(state, texts, 3));
    meta->mode = profile_string(p, pick(state, modes, 3));
    meta->mode_asked = profile_string(p, pick(state, modes, 3));
    meta->clock = profile_string(p, pick(state, texts, 3));
    meta->sampler = profile_string(p, pick(state, samplers, 4));
    meta->folder = profile_string(p, pick(state, texts, 3));
    meta->rate_hz = below(state, 3) * 1000;
    meta->wall_ns = below(state, 1000000);
    meta->cpu_ns = below(state, 1000000);
    meta->counting_ns = below(state, 1000000);
    meta->lost_samples = below(state, 10);
    meta->exit_status = below(state, 3);
    meta->threads = below(state, 10);
    meta->processes = below(state, 10);
    meta->clustered_samples = below(state, 5000);
    meta->runs = 1;
}

static void random_note(struct profile *p, uint64_t *state)
{
    static const char *const codes[] = {"lost-samples", "no-lines"};
    static const char *const texts[] = {"samples were lost", "app has no lines"};
    static const char *const hints[] = {"build it with -g", "lprof -F 500", NULL};

    builder_note(p, pick(state, codes, 2), below(state, 5), pick(state, texts, 2),
                 pick(state, hints, 3));
}

static void random_source(struct profile *p, uint64_t *state)
{
    static const char *const files[] = {"/src/a.c", "/src/b.h"};
    static const char *const sums[] = {"0cc175b9c0f1b6a831c399e269772661",
                                       "900150983cd24fb0d6963f7d28e17f72", NULL};
    static const char *const texts[] = {"a", "int main(void);\n", NULL};

    builder_source(p, &(struct profile_source){pick(state, files, 2), pick(state, sums, 3),
                                               pick(state, texts, 3)});
}

struct profile *random_profile(uint64_t seed)
{
    struct profile *p = profile_create();
    uint64_t state = seed * 0x9e3779b97f4a7c15 + 1;
    uint32_t n = below(&state, 30);

    random_meta(p, &state);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t locations[4];
        size_t depth = 1 + below(&state, 4);
        int64_t values[PROFILE_VALUES] = {1, below(&state, 1000000)};

        for (size_t k = PROFILE_HITS; k < PROFILE_VALUES; k++)
            values[k] = seed % 2 ? below(&state, 100) : 0;
        for (size_t k = 0; k < depth; k++)
            locations[k] = random_location(p, &state);
        uint32_t stack = builder_stack(p, locations, depth);
        uint32_t task = random_task(p, &state);
        builder_sample_in(p, stack, task, random_region(p, &state), values);
    }
    for (uint32_t i = below(&state, 4); i; i--)
        random_note(p, &state);
    for (uint32_t i = below(&state, 4); i; i--)
        random_source(p, &state);
    return p;
}

// The lines of the text while it is gathered.
struct text {
    char **lines;
    size_t n;
    size_t capacity;
};

static void add_line(struct text *text, char *line)
{
    text->lines = mem_grow(text->lines, &text->capacity, text->n, sizeof *text->lines);
    text->lines[text->n++] = line;
}

static char *mapping_text(const struct profile *p, uint32_t id)
{
    if (!id)
        return mem_strdup("-");
    const struct profile_mapping *m = &p->mappings[id - 1];
    return mem_printf("%s{%s %" PRIx64 "-%" PRIx64 "@%" PRIx64 " %s}", m->path, m->build_id,
                      m->start, m->limit, m->file_offset, m->debug_info ? m->debug_info : "NULL");
}

static char *function_text(const struct profile *p, uint32_t id)
{
    const struct profile_function *f = &p->functions[id - 1];

    return mem_printf("%s/%s@%s:%" PRIu32 "%s%s", f->name, f->linkage_name,
                      f->file ? f->file : "NULL", f->line, f->marked ? " marked" : "",
                      f->partial ? " partial" : "");
}

static char *location_text(const struct profile *p, uint32_t id)
{
    const struct profile_location *location = &p->locations[id - 1];
    char *mapping = mapping_text(p, location->mapping);
    const struct profile_remarks *remarks = &location->remarks;
    char *text =
        mem_printf("%s %" PRIx64 " kind %d remarks %u x%u %u copies", mapping, location->addr,
                   (int)location->kind, remarks->remarks, remarks->unrolled, remarks->copies);

    free(mapping);
    for (size_t i = 0; i < location->n_lines; i++) {
        const struct profile_line *line = &location->lines[i];
        char *function = function_text(p, line->function);
        char *longer = mem_printf("%s | %s in %s:%" PRIu32 ":%" PRIu32 " d%" PRIu32 "%s", text,
                                  function, line->file ? line->file : "NULL", line->line,
                                  line->column, line->discriminator, line->approximate ? " ~" : "");

        free(function);
        free(text);
        text = longer;
    }
    return text;
}

static char *task_text(const struct profile *p, uint32_t id)
{
    if (!id)
        return mem_strdup("-");
    const struct profile_task *task = &p->tasks[id - 1];
    return mem_printf("%" PRId64 "/%" PRId64 " %s/%s", task->pid, task->tid,
                      task->process ? task->process : "NULL", task->thread ? task->thread : "NULL");
}

static char *region_text(const struct profile *p, uint32_t id)
{
    const struct profile_region *region = &p->regions[id - 1];
    char *path = regions_path(p, id);
    char *text = mem_printf("region %s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, path,
                            region->calls, region->total_ns, region->min_ns, region->max_ns);

    free(path);
    for (size_t i = 0; region->buckets && i < PROFILE_REGION_BUCKETS; i++) {
        if (!region->buckets[i])
            continue;
        char *longer = mem_printf("%s %zu:%" PRId64, text, i, region->buckets[i]);
        free(text);
        text = longer;
    }
    return text;
}

static char *sample_text(const struct profile *p, const struct profile_sample *sample)
{
    const struct profile_stack *stack = &p->stacks[sample->stack - 1];
    char *task = task_text(p, sample->task);
    char *region = sample->region ? regions_path(p, sample->region) : mem_strdup("-");
    char *text = mem_printf("sample task %s region %s", task, region);

    free(region);
    free(task);
    for (size_t i = 0; i < PROFILE_VALUES; i++) {
        char *longer = mem_printf("%s %" PRId64, text, sample->values[i]);

        free(text);
        text = longer;
    }
    for (size_t i = 0; i < stack->n; i++) {
        char *location = location_text(p, stack->locations[i]);
        char *longer = mem_printf("%s <- %s", text, location);

        free(location);
        free(text);
        text = longer;
    }
    return text;
}

static const char *shown(const char *text)
{
    return text ? text : "NULL";
}

static void add_meta(struct text *text, const struct profile_meta *m)
{
    for (size_t i = 0; i < m->n_command; i++)
        add_line(text, mem_printf("meta command %zu %s", i, m->command[i]));
    add_line(text, mem_printf("meta %s %s %s %s %s %s %s %s %s %s", shown(m->version),
                              shown(m->date), shown(m->host), shown(m->kernel), shown(m->cpu),
                              shown(m->mode), shown(m->mode_asked), shown(m->clock),
                              shown(m->sampler), shown(m->folder)));
    add_line(text,
             mem_printf("meta %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
                        " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
                        m->rate_hz, m->wall_ns, m->cpu_ns, m->counting_ns, m->lost_samples,
                        m->exit_status, m->threads, m->processes, m->clustered_samples, m->runs));
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *join_sorted(struct text *text)
{
    char *all = mem_strdup("");

    qsort(text->lines, text->n, sizeof *text->lines, compare);
    for (size_t i = 0; i < text->n; i++) {
        char *longer = mem_printf("%s%s\n", all, text->lines[i]);

        free(all);
        free(text->lines[i]);
        all = longer;
    }
    free(text->lines);
    return all;
}

char *profile_text(const struct profile *p)
{
    struct text text = {0};

    for (uint32_t id = 1; id <= p->n_mappings; id++)
        add_line(&text, mapping_text(p, id));
    for (uint32_t id = 1; id <= p->n_functions; id++)
        add_line(&text, function_text(p, id));
    for (uint32_t id = 1; id <= p->n_locations; id++)
        add_line(&text, location_text(p, id));
    for (uint32_t id = 1; id <= p->n_tasks; id++)
        add_line(&text, task_text(p, id));
    for (uint32_t id = 1; id <= p->n_regions; id++)
        add_line(&text, region_text(p, id));
    for (size_t i = 0; i < p->n_samples; i++)
        add_line(&text, sample_text(p, &p->samples[i]));
    for (size_t i = 0; i < p->n_notes; i++)
        add_line(&text, mem_printf("note %s %" PRId64 " %s %s", p->notes[i].code, p->notes[i].count,
                                   p->notes[i].text, shown(p->notes[i].hint)));
    for (size_t i = 0; i < p->n_sources; i++)
        add_line(&text, mem_printf("source %s %s %s", p->sources[i].path, shown(p->sources[i].md5),
                                   shown(p->sources[i].text)));
    add_meta(&text, &p->meta);
    return join_sorted(&text);
}
