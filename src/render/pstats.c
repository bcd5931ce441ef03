// The file that pstats loads: a dict from functions to (primitive calls, calls, own time, cumulative
// time, callers), where a function is (file, line, name) and callers are a dict of the same kind.
// Calls that were not counted are 0 there: pstats has no other way to say so.
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "render/marshal.h"
#include "render/render.h"

/** What is written. */
struct dump {
    const struct report *report;
    bool *ambiguous; ///< [n_functions] Another one has the same file, line and name.
    FILE *out;
};

static bool same_key(const struct report_function *a, const struct report_function *b)
{
    if (a->line != b->line || strcmp(a->name, b->name) != 0)
        return false;
    if (!a->file || !b->file)
        return !a->file && !b->file && strcmp(a->module, b->module) == 0;
    return strcmp(a->file, b->file) == 0;
}

static void find_ambiguous(struct dump *dump)
{
    const struct report *report = dump->report;

    dump->ambiguous = mem_alloc_array(report->n_functions + 1, sizeof *dump->ambiguous);
    for (size_t i = 0; i < report->n_functions; i++) {
        for (size_t j = 0; j < i; j++) {
            if (same_key(&report->functions[i], &report->functions[j]))
                dump->ambiguous[i] = dump->ambiguous[j] = true;
        }
    }
}

static void put_key(const struct dump *dump, const struct report_function *function)
{
    const char *nowhere = *function->module ? function->module : "~";
    bool ambiguous = dump->ambiguous[function - dump->report->functions];

    marshal_tuple(dump->out, 3);
    marshal_string(dump->out, function->file ? function->file : nowhere);
    marshal_int(dump->out, function->line);
    if (!ambiguous) {
        marshal_string(dump->out, function->name);
        return;
    }
    CLEANUP(cleanup_free)
    char *name = mem_printf("%s [%s %s]", function->name, function->linkage_name, function->module);
    marshal_string(dump->out, name);
}

static void put_count(const struct dump *dump, int64_t count)
{
    marshal_int(dump->out, count == REPORT_NULL ? 0 : count);
}

static void put_seconds(const struct dump *dump, int64_t ns)
{
    marshal_float(dump->out, ns == REPORT_NULL ? 0 : (double)ns * 1e-9);
}

static void put_callers(const struct dump *dump, const struct report_function *function)
{
    marshal_dict(dump->out);
    for (size_t i = 0; i < function->n_callers; i++) {
        const struct report_caller *caller = &function->callers[i];
        put_key(dump, caller->function);
        marshal_tuple(dump->out, 4);
        put_count(dump, caller->ncalls);
        put_count(dump, caller->ncalls);
        put_seconds(dump, caller->self_ns);
        put_seconds(dump, caller->time_ns);
    }
    marshal_dict_end(dump->out);
}

static void put_function(const struct dump *dump, const struct report_function *function)
{
    bool primitive_known = function->pcalls != REPORT_NULL;

    put_key(dump, function);
    marshal_tuple(dump->out, 5);
    put_count(dump, primitive_known ? function->pcalls : function->ncalls);
    put_count(dump, function->ncalls);
    put_seconds(dump, function->tottime_ns);
    // Without stacks a function's own time is all that is known of it.
    put_seconds(dump,
                function->cumtime_ns == REPORT_NULL ? function->tottime_ns : function->cumtime_ns);
    put_callers(dump, function);
}

void render_pstats(const struct report *report, const struct render_options *options, FILE *out)
{
    struct dump dump = {.report = report, .out = out};

    (void)options;
    find_ambiguous(&dump);
    marshal_dict(out);
    for (size_t i = 0; i < report->n_functions; i++)
        put_function(&dump, &report->functions[i]);
    marshal_dict_end(out);
    free(dump.ambiguous);
}
