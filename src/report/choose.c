#include "report/choose.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"

enum { FEW_SAMPLES = 100 };

struct candidate {
    struct report_function *function;
    int64_t cost; // [ns], [bytes] or [instructions]
    size_t place; // In the report: decides among equals.
};

static bool can_be_listed(const struct report_function *function)
{
    for (size_t i = 0; function->file && i < function->n_lines; i++)
        if (function->lines[i].line)
            return true;
    return false;
}

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = a;
    const struct candidate *y = b;

    if (x->cost != y->cost)
        return x->cost > y->cost ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

// List candidates by cost until `covered` is most of the total.
static void list_most(struct candidate *candidates, size_t n, int64_t covered)
{
    double total = (double)covered;
    size_t listed = 0;

    for (size_t i = 0; i < n; i++)
        total += (double)candidates[i].cost;
    qsort(candidates, n, sizeof *candidates, compare_candidates);
    for (size_t i = 0; i < n && listed < CHOOSE_MAX; i++) {
        if (!candidates[i].cost || (double)covered >= CHOOSE_COVER * total)
            break;
        candidates[i].function->listed = true;
        covered += candidates[i].cost;
        listed++;
    }
}

// Without samples what was executed tells what matters [instructions].
static int64_t executed(const struct report_function *function)
{
    int64_t sum = 0;

    for (size_t i = 0; i < function->n_lines; i++)
        if (function->lines[i].instructions > 0)
            sum = profile_sum(sum, function->lines[i].instructions);
    return sum;
}

// Whether so few functions of the project were counted and ran that all of them can be listed.
static bool lists_counted(const struct report *report)
{
    size_t n = 0;

    for (size_t i = 0; i < report->n_functions; i++) {
        const struct report_function *function = &report->functions[i];
        n += function->counted && function->mine && can_be_listed(function) &&
             executed(function) > 0;
    }
    return n <= CHOOSE_MAX;
}

// So few samples say little of what a program did that was counted.
static void list_by_instructions(struct candidate *own, size_t n)
{
    for (size_t i = 0; i < n; i++)
        own[i].cost = executed(own[i].function);
    list_most(own, n, 0);
}

static void list_default(struct report *report, bool all_files, const bool *opened)
{
    size_t n = report->n_functions;
    CLEANUP(cleanup_free) struct candidate *own = mem_alloc_array(n + 1, sizeof *own);
    CLEANUP(cleanup_free) struct candidate *foreign = mem_alloc_array(n + 1, sizeof *foreign);
    size_t n_own = 0;
    size_t n_foreign = 0;
    int64_t covered = 0;
    bool all_counted = lists_counted(report);

    for (size_t i = 0; i < n; i++) {
        struct report_function *function = &report->functions[i];
        int64_t cost = report->samples ? function->own_ns : executed(function);
        if (!can_be_listed(function))
            continue;
        if (function->marked || (all_counted && function->counted && function->mine)) {
            function->listed = true;
            covered += cost;
        } else if (function->mine || all_files) {
            own[n_own++] = (struct candidate){function, cost, i};
        } else if (opened[i]) {
            foreign[n_foreign++] = (struct candidate){function, function->tottime_ns, i};
        }
    }
    list_most(own, n_own, covered);
    list_most(foreign, n_foreign, 0);
    if (report->samples && report->samples < FEW_SAMPLES)
        list_by_instructions(own, n_own);
}

// Memory may be used where hardly any time is.
static void list_by_memory(struct report *report, bool all_files)
{
    size_t n = report->n_functions;
    CLEANUP(cleanup_free) struct candidate *own = mem_alloc_array(n + 1, sizeof *own);
    size_t n_own = 0;

    for (size_t i = 0; i < n; i++) {
        struct report_function *function = &report->functions[i];
        if ((function->mine || all_files) && can_be_listed(function))
            own[n_own++] = (struct candidate){function, function->own_resident_bytes, i};
    }
    list_most(own, n_own, 0);
    for (size_t i = 0; i < n_own; i++)
        own[i].cost = own[i].function->own_alloc_bytes;
    list_most(own, n_own, 0);
}

void choose_listed(struct report *report, const struct report_options *options, const bool *opened)
{
    if (!options->n_limits) {
        list_default(report, options->no_rollup, opened);
        if (report->has_memory)
            list_by_memory(report, options->no_rollup);
        return;
    }
    for (size_t i = 0; i < report->n_kept; i++)
        report->functions[i].listed = can_be_listed(&report->functions[i]);
}
