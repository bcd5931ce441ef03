/*
 * Every key is always there; what was not measured is null, never 0.
 */
#include "base/cleanup.h"
#include "base/units.h"
#include "render/json_writer.h"
#include "render/remarks.h"
#include "render/render.h"

static void put_string(struct json_writer *writer, const char *key, const char *text)
{
    json_writer_key(writer, key);
    json_writer_string(writer, text);
}

static void put_number(struct json_writer *writer, const char *key, int64_t value)
{
    json_writer_key(writer, key);
    if (value == REPORT_NULL)
        json_writer_null(writer);
    else
        json_writer_int(writer, value);
}

static void put_bool(struct json_writer *writer, const char *key, bool value)
{
    json_writer_key(writer, key);
    json_writer_bool(writer, value);
}

static void put_command(struct json_writer *writer, const struct profile_meta *meta)
{
    json_writer_key(writer, "command");
    json_writer_array(writer);
    for (size_t i = 0; i < meta->n_command; i++)
        json_writer_string(writer, meta->command[i]);
    json_writer_end(writer);
}

static void put_modules(struct json_writer *writer, const struct profile *profile)
{
    json_writer_key(writer, "modules");
    json_writer_array(writer);
    for (size_t i = 0; i < profile->n_mappings; i++) {
        const struct profile_mapping *mapping = &profile->mappings[i];
        json_writer_object(writer);
        put_string(writer, "path", mapping->path);
        put_string(writer, "build_id", mapping->build_id);
        put_string(writer, "debug_info", mapping->debug_info);
        json_writer_end(writer);
    }
    json_writer_end(writer);
}

// What counting took; stepping is no matter of CPU time.
static int64_t counting_ns(const struct report *report)
{
    bool counted = false;

    for (size_t i = 0; i < report->n_functions; i++)
        counted |= report->functions[i].counted;
    return counted && !report->stepped ? report->profile->meta.counting_ns : REPORT_NULL;
}

static void put_heap(struct json_writer *writer, const struct report *report,
                     const struct report_memory *memory)
{
    bool heap = report->has_heap;

    put_number(writer, "allocs", heap ? memory->allocs : REPORT_NULL);
    put_number(writer, "alloc_bytes", heap ? memory->alloc_bytes : REPORT_NULL);
    put_number(writer, "freed_bytes", heap ? memory->freed_bytes : REPORT_NULL);
    put_number(writer, "live_bytes", heap ? memory->live_bytes : REPORT_NULL);
    put_number(writer, "peak_bytes", heap ? memory->peak_bytes : REPORT_NULL);
    put_number(writer, "frees", heap ? memory->frees : REPORT_NULL);
    put_number(writer, "temporary", heap ? memory->temporary : REPORT_NULL);
    put_number(writer, "alloc_ci_bytes", heap ? memory->alloc_ci_bytes : REPORT_NULL);
    put_number(writer, "live_ci_bytes", heap ? memory->live_ci_bytes : REPORT_NULL);
}

static void put_meta(struct json_writer *writer, const struct report *report)
{
    const struct profile_meta *meta = &report->profile->meta;

    json_writer_key(writer, "meta");
    json_writer_object(writer);
    put_command(writer, meta);
    put_string(writer, "version", meta->version);
    put_string(writer, "date", meta->date);
    put_string(writer, "host", meta->host);
    put_string(writer, "kernel", meta->kernel);
    put_string(writer, "cpu", meta->cpu);
    put_string(writer, "mode", meta->mode);
    put_string(writer, "mode_asked", meta->mode_asked);
    put_string(writer, "clock", meta->clock);
    put_string(writer, "sampler", meta->sampler);
    put_number(writer, "rate_hz", meta->rate_hz);
    put_number(writer, "wall_ns", meta->wall_ns);
    put_number(writer, "cpu_ns", meta->cpu_ns);
    put_number(writer, "sampled_ns", report->sampled_ns);
    put_number(writer, "samples", report->samples);
    put_heap(writer, report, &report->memory);
    put_number(writer, "resident_bytes", report->has_memory ? report->resident_bytes : REPORT_NULL);
    put_number(writer, "counting_ns", counting_ns(report));
    put_number(writer, "lost_samples", meta->lost_samples);
    put_number(writer, "exit_status", meta->exit_status);
    put_number(writer, "threads", meta->threads);
    put_number(writer, "processes", meta->processes);
    put_modules(writer, report->profile);
    json_writer_end(writer);
}

// The path with its folders, after the path maps.
static const char *mapped(const struct report *report, const char *file)
{
    return file && report->sources ? sources_full_path(report->sources, file) : file;
}

// What few lines have is left out of the others: the ways of branches, and why the hits are not what the
// source suggests.
static void put_optional(struct json_writer *writer, const struct report_line *line)
{
    CLEANUP(cleanup_free) char *words = remarks_format(line);

    if (line->branches != REPORT_NULL) {
        put_number(writer, "branches", line->branches);
        put_number(writer, "taken", line->taken);
    }
    if (words)
        put_string(writer, "remark", words);
}

static void put_memory(struct json_writer *writer, const struct report *report,
                       const struct report_line *line)
{
    const struct report_memory *memory = &line->memory;
    bool has = report->has_memory;

    put_heap(writer, report, memory);
    put_number(writer, "rss_bytes", has && memory->rss_bytes ? memory->rss_bytes : REPORT_NULL);
    put_number(writer, "increment_bytes", has ? memory->increment_bytes : REPORT_NULL);
    put_number(writer, "occurrences", has ? memory->occurrences : REPORT_NULL);
}

static void put_line(struct json_writer *writer, const struct report *report,
                     const struct report_line *line)
{

    json_writer_object(writer);
    if (line->file)
        put_string(writer, "file", mapped(report, line->file));
    put_number(writer, "line", line->line);
    put_number(writer, "hits", line->hits);
    put_number(writer, "instr", line->instructions);
    put_number(writer, "samples", line->samples);
    put_number(writer, "time_ns", line->time_ns);
    put_number(writer, "self_ns", line->self_ns);
    put_number(writer, "inlined_ns", line->inlined_ns);
    put_number(writer, "called_ns", line->called_ns);
    put_number(writer, "ci_ns", line->ci_ns);
    put_optional(writer, line);
    put_memory(writer, report, line);
    json_writer_end(writer);
}

// Calls by whom it is not known, and so without times.
static void put_other_callers(struct json_writer *writer, const struct report_function *function)
{
    json_writer_object(writer);
    put_string(writer, "name", "[other]");
    put_string(writer, "file", NULL);
    put_number(writer, "line", 0);
    put_number(writer, "ncalls", function->other_calls);
    put_number(writer, "time_ns", REPORT_NULL);
    json_writer_end(writer);
}

static void put_callers(struct json_writer *writer, const struct report *report,
                        const struct report_function *function)
{
    json_writer_key(writer, "callers");
    if (!report->has_stacks && !function->counted) {
        json_writer_null(writer);
        return;
    }
    json_writer_array(writer);
    for (size_t i = 0; i < function->n_callers; i++) {
        const struct report_caller *caller = &function->callers[i];
        json_writer_object(writer);
        put_string(writer, "name", caller->function->name);
        put_string(writer, "file", mapped(report, caller->function->file));
        put_number(writer, "line", caller->function->line);
        put_number(writer, "ncalls", caller->ncalls);
        put_number(writer, "time_ns", caller->time_ns);
        json_writer_end(writer);
    }
    if (function->other_calls > 0)
        put_other_callers(writer, function);
    json_writer_end(writer);
}

static void put_function(struct json_writer *writer, const struct report *report,
                         const struct report_function *function)
{
    json_writer_object(writer);
    put_string(writer, "name", function->name);
    put_string(writer, "linkage_name", function->linkage_name);
    put_string(writer, "file", mapped(report, function->file));
    put_number(writer, "line", function->line);
    put_string(writer, "module", function->module);
    put_bool(writer, "marked", function->marked);
    if (function->partial)
        put_string(writer, "counted", "partial");
    else
        put_bool(writer, "counted", function->counted);
    put_bool(writer, "mine", function->mine);
    put_number(writer, "ncalls", function->ncalls);
    put_number(writer, "pcalls", function->pcalls);
    put_number(writer, "call_total_ns", function->call_ns);
    put_number(writer, "call_min_ns", function->call_least);
    put_number(writer, "call_max_ns", function->call_most);
    put_number(writer, "own_ns", report->stepped ? REPORT_NULL : function->own_ns);
    put_number(writer, "own_alloc_bytes",
               report->has_heap ? function->own_alloc_bytes : REPORT_NULL);
    put_number(writer, "own_resident_bytes",
               report->has_memory ? function->own_resident_bytes : REPORT_NULL);
    put_number(writer, "tottime_ns", function->tottime_ns);
    put_number(writer, "cumtime_ns", function->cumtime_ns);
    json_writer_key(writer, "lines");
    json_writer_array(writer);
    for (size_t i = 0; i < function->n_lines; i++)
        put_line(writer, report, &function->lines[i]);
    json_writer_end(writer);
    put_callers(writer, report, function);
    json_writer_end(writer);
}

static void put_notes(struct json_writer *writer, const struct report *report)
{
    json_writer_key(writer, "notes");
    json_writer_array(writer);
    for (size_t i = 0; i < report->n_notes; i++) {
        const struct profile_note *note = &report->notes[i];
        json_writer_object(writer);
        put_string(writer, "code", note->code);
        put_number(writer, "count", note->count);
        CLEANUP(cleanup_free) char *sentence = profile_note_text(note);
        put_string(writer, "text", sentence);
        put_string(writer, "hint", note->hint);
        json_writer_end(writer);
    }
    json_writer_end(writer);
}

static void put_functions(struct json_writer *writer, const struct report *report)
{
    json_writer_key(writer, "functions");
    json_writer_array(writer);
    // What the limits leave out is left out of the tables for people only: these sums add up.
    for (size_t i = 0; i < report->n_functions; i++)
        put_function(writer, report, &report->functions[i]);
    json_writer_end(writer);
}

static void put_region(struct json_writer *writer, const struct report_region *region)
{
    json_writer_object(writer);
    put_string(writer, "name", region->name);
    put_string(writer, "path", region->path);
    put_number(writer, "depth", region->depth);
    put_number(writer, "calls", region->calls);
    put_number(writer, "total_ns", region->total_ns);
    put_number(writer, "min_ns", region->min_ns);
    put_number(writer, "max_ns", region->max_ns);
    put_number(writer, "p50_ns", region->p50_ns);
    put_number(writer, "p99_ns", region->p99_ns);
    put_number(writer, "cpu_ns", region->cpu_ns);
    put_number(writer, "samples", region->samples);
    json_writer_end(writer);
}

static void put_regions(struct json_writer *writer, const struct report *report)
{
    json_writer_key(writer, "regions");
    json_writer_array(writer);
    for (size_t i = 0; i < report->n_regions; i++)
        put_region(writer, &report->regions[i]);
    json_writer_end(writer);
}

static void put_groups(struct json_writer *writer, const struct report *report)
{
    json_writer_key(writer, "groups");
    json_writer_array(writer);
    for (size_t i = 0; i < report->n_groups; i++) {
        const struct report_group *group = &report->groups[i];
        json_writer_object(writer);
        put_number(writer, "pid", group->pid);
        put_number(writer, "tid", group->tid);
        put_string(writer, "name", group->name);
        put_functions(writer, group->report);
        json_writer_end(writer);
    }
    json_writer_end(writer);
}

void render_json(const struct report *report, const struct render_options *options, FILE *out)
{
    struct json_writer writer;

    (void)options; // JSON has one form, whatever a terminal would show
    json_writer_init(&writer, out);
    json_writer_object(&writer);
    put_number(&writer, "lprof", 1);
    put_meta(&writer, report);
    put_functions(&writer, report);
    if (report->groups)
        put_groups(&writer, report);
    put_regions(&writer, report);
    put_notes(&writer, report);
    json_writer_end(&writer);
}
