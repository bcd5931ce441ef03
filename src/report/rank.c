#include "report/rank.h"

#include <math.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"

static int upwards(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

// REPORT_NULL is the smallest number, so what was not measured comes last.
static int downwards(int64_t a, int64_t b)
{
    return upwards(b, a);
}

static const char *file_of(const struct report_function *function)
{
    return function->file ? function->file : function->module;
}

// As pstats prints a function, which is what its restrictions look at. Free it.
static char *standard_name(const struct report_function *function)
{
    return mem_printf("%s:%u(%s)", file_of(function), function->line, function->name);
}

static int compare_nfl(const struct report_function *a, const struct report_function *b)
{
    int order = strcmp(a->name, b->name);

    order = order ? order : strcmp(file_of(a), file_of(b));
    return order ? order : upwards(a->line, b->line);
}

static int compare_standard_names(const struct report_function *a, const struct report_function *b)
{
    CLEANUP(cleanup_free) char *name_a = standard_name(a);
    CLEANUP(cleanup_free) char *name_b = standard_name(b);

    return strcmp(name_a, name_b);
}

static int compare_by(const struct report_function *a, const struct report_function *b,
                      enum report_function_key key)
{
    switch (key) {
    case REPORT_BY_CALLS:
        return downwards(a->ncalls, b->ncalls);
    case REPORT_BY_CUMULATIVE:
        return downwards(a->total_ns, b->total_ns); // Without stacks the best there is.
    case REPORT_BY_FILENAME:
        return strcmp(file_of(a), file_of(b));
    case REPORT_BY_LINE:
        return upwards(a->line, b->line);
    case REPORT_BY_NAME:
        return strcmp(a->name, b->name);
    case REPORT_BY_NFL:
        return compare_nfl(a, b);
    case REPORT_BY_PCALLS:
        return downwards(a->pcalls, b->pcalls);
    case REPORT_BY_STDNAME:
        return compare_standard_names(a, b);
    case REPORT_BY_TIME:
        return downwards(a->tottime_ns, b->tottime_ns);
    case REPORT_BY_OWN:
        return downwards(a->own_ns, b->own_ns);
    }
    return 0;
}

static int compare_marked(const struct report_function *a, const struct report_function *b)
{
    if (a->marked != b->marked)
        return a->marked ? -1 : 1;
    if (!a->marked)
        return downwards(a->own_ns, b->own_ns);
    int order = strcmp(file_of(a), file_of(b));
    return order ? order : upwards(a->line, b->line);
}

// Among equals, so that the order never depends on the order of the profile's tables.
static int compare_rest(const struct report_function *a, const struct report_function *b)
{
    int order = downwards(a->own_ns, b->own_ns);

    order = order ? order : downwards(a->tottime_ns, b->tottime_ns);
    order = order ? order : downwards(a->total_ns, b->total_ns);
    order = order ? order : compare_nfl(a, b);
    order = order ? order : strcmp(a->linkage_name, b->linkage_name);
    return order ? order : strcmp(a->module, b->module);
}

struct ranking {
    const struct report_function *functions;
    const struct report_options *options;
};

static int compare_functions(const void *a, const void *b, void *context)
{
    const struct ranking *ranking = context;
    const struct report_options *options = ranking->options;
    const struct report_function *x = &ranking->functions[*(const size_t *)a];
    const struct report_function *y = &ranking->functions[*(const size_t *)b];
    int order = options->n_keys ? 0 : compare_marked(x, y);

    for (size_t i = 0; i < options->n_keys && !order; i++)
        order = compare_by(x, y, options->keys[i]);
    order = order ? order : compare_rest(x, y);
    return options->reverse ? -order : order;
}

void rank_functions(const struct report_function *functions, size_t *order, size_t n,
                    const struct report_options *options)
{
    struct ranking ranking = {functions, options};

    qsort_r(order, n, sizeof *order, compare_functions, &ranking);
}

// Move those that match in front. Returns how many do.
static size_t keep_matching(const struct report_function *functions, size_t *order, size_t n,
                            const regex_t *regex)
{
    CLEANUP(cleanup_free) size_t *others = mem_alloc_array(n + 1, sizeof *others);
    size_t kept = 0;
    size_t n_others = 0;

    for (size_t i = 0; i < n; i++) {
        CLEANUP(cleanup_free) char *name = standard_name(&functions[order[i]]);
        if (regexec(regex, name, 0, NULL, 0) == 0)
            order[kept++] = order[i];
        else
            others[n_others++] = order[i];
    }
    memcpy(order + kept, others, n_others * sizeof *others);
    return kept;
}

static size_t share_of(size_t n, double share)
{
    double count = floor((double)n * share + 0.5); // As pstats rounds.

    if (!(count > 0))
        return 0;
    return count < (double)n ? (size_t)count : n;
}

static size_t limit_by_regex(const struct report_function *functions, size_t *order, size_t n,
                             const char *text, struct notes *notes)
{
    regex_t regex;
    char why[128];
    int code = regcomp(&regex, text, REG_EXTENDED | REG_NOSUB);

    if (code) {
        regerror(code, &regex, why, sizeof why);
        notes_add(notes, "bad-regex", 1, NULL,
                  "-n %s is no regular expression (%s): it was ignored", text, why);
        return n;
    }
    n = keep_matching(functions, order, n, &regex);
    regfree(&regex);
    return n;
}

static size_t apply_limit(const struct report_function *functions, size_t *order, size_t n,
                          const struct report_limit *limit, struct notes *notes)
{
    switch (limit->kind) {
    case REPORT_LIMIT_COUNT:
        return limit->count < n ? limit->count : n;
    case REPORT_LIMIT_SHARE:
        return share_of(n, limit->share);
    case REPORT_LIMIT_REGEX:
        return limit_by_regex(functions, order, n, limit->regex, notes);
    }
    return n;
}

size_t rank_limit(const struct report_function *functions, size_t *order, size_t n,
                  const struct report_options *options, struct notes *notes,
                  struct report_reduction *reductions, size_t *n_reductions_ret)
{
    *n_reductions_ret = 0;
    for (size_t i = 0; i < options->n_limits; i++) {
        size_t kept = apply_limit(functions, order, n, &options->limits[i], notes);
        if (kept < n)
            reductions[(*n_reductions_ret)++] =
                (struct report_reduction){n, kept, &options->limits[i]};
        n = kept;
    }
    return n;
}

static int compare_caller_by(const struct report_caller *a, const struct report_caller *b,
                             enum report_function_key key)
{
    switch (key) {
    case REPORT_BY_CALLS:
    case REPORT_BY_PCALLS:
        return downwards(a->ncalls, b->ncalls);
    case REPORT_BY_TIME:
        return downwards(a->self_ns, b->self_ns);
    case REPORT_BY_CUMULATIVE:
    case REPORT_BY_OWN:
        return downwards(a->time_ns, b->time_ns);
    default:
        return compare_by(a->function, b->function, key);
    }
}

static int compare_callers(const void *a, const void *b, void *context)
{
    const struct report_options *options = context;
    const struct report_caller *x = a;
    const struct report_caller *y = b;
    int order = 0;

    for (size_t i = 0; i < options->n_keys && !order; i++)
        order = compare_caller_by(x, y, options->keys[i]);
    order = order ? order : downwards(x->time_ns, y->time_ns);
    order = order ? order : compare_rest(x->function, y->function);
    return options->reverse ? -order : order;
}

void rank_callers(struct report_caller *callers, size_t n, const struct report_options *options)
{
    // qsort_r() hands its context on untouched.
    qsort_r(callers, n, sizeof *callers, compare_callers, (void *)(uintptr_t)options);
}

struct line_ranking {
    enum report_line_key key;
    bool reverse;
};

static int compare_places(const struct report_line *a, const struct report_line *b)
{
    if (!a->file || !b->file) {
        if (a->file || b->file)
            return a->file ? 1 : -1;
    } else {
        int order = strcmp(a->file, b->file);
        if (order)
            return order;
    }
    return upwards(a->line, b->line);
}

static int compare_lines(const void *a, const void *b, void *context)
{
    const struct line_ranking *ranking = context;
    const struct report_line *x = a;
    const struct report_line *y = b;
    int order = 0;

    switch (ranking->key) {
    case REPORT_LINES_BY_LINE:
        return compare_places(x, y);
    case REPORT_LINES_BY_TIME:
        order = downwards(x->time_ns, y->time_ns);
        break;
    case REPORT_LINES_BY_HITS:
        order = downwards(x->hits, y->hits);
        break;
    case REPORT_LINES_BY_SELF:
        order = downwards(x->self_ns, y->self_ns);
        break;
    }
    order = order ? order : compare_places(x, y);
    return ranking->reverse ? -order : order;
}

void rank_lines(struct report_line *lines, size_t n, enum report_line_key key, bool reverse)
{
    struct line_ranking ranking = {key, reverse};

    qsort_r(lines, n, sizeof *lines, compare_lines, &ranking);
}
