#include "print_options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/units.h"
#include "limit_option.h"
#include "sort_keys.h"

enum { DEFAULT_PRECISION = 3, MAX_PRECISION = 20 };

enum print_key {
    KEY_VIEW = 0x200,
    KEY_STYLE,
    KEY_COLUMNS,
    KEY_REVERSE,
    KEY_MINE,
    KEY_NOT_MINE,
    KEY_NO_ROLLUP,
    KEY_EXPAND,
    KEY_PROCESS,
    KEY_THREAD,
    KEY_FULL,
    KEY_STRIP_DIRS,
    KEY_PATH_MAP,
    KEY_FORMAT,
    KEY_COLOR,
    KEY_PRECISION,
    KEY_REGION,
};

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, "What is printed:", 30},
    {"view", KEY_VIEW, "VIEW", 0,
     "lines (the default) shows the source of the hottest functions with the time of each line; "
     "summary shows one row per function; functions, callers and callees are the tables of "
     "Python's pstats; memory is the table of Python's memory_profiler, of runs with --memory; "
     "regions tells how often and for how long each LPROF_REGION was entered.",
     0},
    {"style", KEY_STYLE, "STYLE", 0,
     "line_profiler prints exactly the layout of Python's line_profiler; default is lprof's own.",
     0},
    {"columns", KEY_COLUMNS, "NAME,...", 0,
     "Show these columns, in this order: line hits time self inlined called perhit percent samples "
     "ci instr taken rss increment occurrences allocs alloc_bytes freed_bytes "
     "live_bytes peak_bytes temporary source.",
     0},
    {"limit", 'n', "N|X%|REGEX", 0,
     "Show the first N functions, the first X percent of them (or a fraction such as 0.1), or "
     "those whose file:line(function) matches REGEX; /12/ makes a number a REGEX. Given several "
     "times, each narrows what the one before left.",
     0},
    {"sort", 's', "KEY,...", 0,
     "Order functions by the keys of Python's pstats: calls cumulative filename line name nfl "
     "pcalls "
     "stdname tottime. In the view of lines, line time hits self order the lines of each function. "
     "In the view of memory, peak leaked allocs temporary show the stacks that allocated instead.",
     0},
    {"reverse", KEY_REVERSE, NULL, 0, "Turn the order of functions or lines around.", 0},
    {"hottest-last", 't', NULL, 0, "Print the hottest function last, next to the prompt.", 0},
    {"summarize", 'm', NULL, 0, "Append one row per function at the end.", 0},
    {"skip-zero", 'z', NULL, 0, "Leave out functions that never ran.", 0},
    {"unit", 'u', "UNIT", 0, "Show all times in this unit: s ms us ns.", 0},
    {"precision", KEY_PRECISION, "N", 0,
     "Show memory with N decimals (default 3) in the view of memory.", 0},
    {"region", KEY_REGION, "GLOB", 0,
     "Show only what was measured inside of the regions whose name, or path such as load/parse, "
     "matches GLOB. Can be given several times.",
     0},
    {"full", KEY_FULL, NULL, 0, "Show all lines of a function, do not fold those without cost.", 0},
    {"process", KEY_PROCESS, NULL, 0, "Show each process by itself.", 0},
    {"thread", KEY_THREAD, NULL, 0, "Show each thread by itself.", 0},
    {"format", KEY_FORMAT, "FORMAT", 0,
     "text (the default), json, or pstats: a file for python3 -m pstats.", 0},
    {"color", KEY_COLOR, "WHEN", 0,
     "Use colors always, never, or auto: on a terminal, unless NO_COLOR is set.", 0},
    {NULL, 0, NULL, 0, "Which files, and what is your own code:", 40},
    {"mine", KEY_MINE, "GLOB", 0, "Count files that match GLOB as part of your project.", 0},
    {"not-mine", KEY_NOT_MINE, "GLOB", 0, "Count files that match GLOB as foreign.", 0},
    {"no-rollup", KEY_NO_ROLLUP, NULL, 0,
     "Show time spent inside foreign headers there, not at the line of yours that uses them.", 0},
    {"expand", KEY_EXPAND, "GLOB", 0,
     "Show the functions of foreign files that match GLOB as well.", 0},
    {"strip-dirs", KEY_STRIP_DIRS, NULL, 0, "Show the names of files without their folders.", 0},
    {"path-map", KEY_PATH_MAP, "FROM=TO", 0,
     "Read sources that were below FROM when the program was built from below TO.", 0},
    {0},
};

struct print_options print_options_defaults(const struct usage *usage)
{
    return (struct print_options){.usage = usage,
                                  .format = "text",
                                  .view = "lines",
                                  .style = "default",
                                  .render = {.precision = DEFAULT_PRECISION}};
}

void print_options_deinit(struct print_options *print)
{
    word_list_deinit(&print->sort);
    word_list_deinit(&print->columns);
    word_list_deinit(&print->mine);
    word_list_deinit(&print->not_mine);
    word_list_deinit(&print->expand);
    word_list_deinit(&print->regions);
    word_list_deinit(&print->patterns);
    word_list_deinit(&print->paths);
    free(print->limits);
    free(print->keys);
    free(print->maps);
    *print = (struct print_options){0};
}

static const char *parse_choice(struct print_options *print, const char *option,
                                enum layout_choice choice, const char *arg)
{
    if (!formats_has(choice, arg)) {
        CLEANUP(cleanup_free) char *names = formats_names(choice);
        usage_fail(print->usage, "option '--%s': '%s' is none of %s", option, arg, names);
    }
    return arg;
}

static void parse_columns(struct print_options *print, const char *arg)
{
    size_t i = print->columns.n;

    word_list_add_parts(&print->columns, arg);
    for (; i < print->columns.n; i++) {
        if (!render_has_column(print->columns.items[i]))
            usage_fail(print->usage, "option '--columns': there is no column '%s'",
                       print->columns.items[i]);
    }
}

static void parse_limit(struct print_options *print, const char *arg)
{
    struct report_limit limit;
    CLEANUP(cleanup_free) char *wrong = limit_option_parse(arg, &print->patterns, &limit);

    if (wrong)
        usage_fail(print->usage, "option '--limit': %s", wrong);
    print->limits = mem_grow(print->limits, &print->limits_capacity, print->report.n_limits,
                             sizeof *print->limits);
    print->limits[print->report.n_limits++] = limit;
}

// line_profiler's viewer takes the unit as a number of seconds: 1e-3 is ms.
static void parse_unit(struct print_options *print, const char *arg)
{
    const struct units_time *unit = units_time_named(arg);
    char *end;
    double seconds = strtod(arg, &end);

    if (!unit && *arg && *end == '\0' && seconds > 0 && seconds <= 1) {
        const struct units_time *near = units_time_for(llround(seconds * 1e9));
        if (fabs(seconds * 1e9 / (double)near->ns - 1) < 1e-6)
            unit = near;
    }
    if (!unit)
        usage_fail(print->usage, "option '--unit': '%s' is none of s, ms, us, ns", arg);
    print->render.unit_ns = unit->ns;
}

static void parse_color(struct print_options *print, const char *arg)
{
    static const char *const names[] = {[TERMINAL_COLOR_AUTO] = "auto",
                                        [TERMINAL_COLOR_ALWAYS] = "always",
                                        [TERMINAL_COLOR_NEVER] = "never"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(arg, names[i]) == 0) {
            print->color = (enum terminal_color)i;
            return;
        }
    }
    usage_fail(print->usage, "option '--color': '%s' is none of auto, always, never", arg);
}

static void parse_precision(struct print_options *print, const char *arg)
{
    bool digits = *arg && strspn(arg, "0123456789") == strlen(arg) && strlen(arg) <= 2;
    unsigned long precision = digits ? strtoul(arg, NULL, 10) : MAX_PRECISION + 1;

    if (precision > MAX_PRECISION)
        usage_fail(print->usage, "option '--precision': '%s' is no whole number from 0 to %d", arg,
                   MAX_PRECISION);
    print->render.precision = (unsigned)precision;
}

static void parse_path_map(struct print_options *print, const char *arg)
{
    const char *equals = strchr(arg, '=');

    if (!equals || equals == arg)
        usage_fail(print->usage, "option '--path-map': '%s' is not of the form FROM=TO", arg);
    CLEANUP(cleanup_free) char *from = mem_printf("%.*s", (int)(equals - arg), arg);
    word_list_add(&print->paths, from);
    word_list_add(&print->paths, equals + 1);
}

// Options that only set something.
static error_t parse_flag(struct print_options *print, int key)
{
    switch (key) {
    case KEY_REVERSE:
        print->report.reverse = true;
        return 0;
    case 't':
        print->render.hottest_last = true;
        return 0;
    case 'm':
        print->render.summarize = true;
        return 0;
    case 'z':
        print->report.skip_zero = true;
        return 0;
    case KEY_PROCESS:
        print->report.split = REPORT_BY_PROCESS;
        return 0;
    case KEY_THREAD:
        print->report.split = REPORT_BY_THREAD;
        return 0;
    case KEY_FULL:
        print->render.full = true;
        return 0;
    case KEY_NO_ROLLUP:
        print->report.no_rollup = true;
        return 0;
    case KEY_STRIP_DIRS:
        print->report.strip_dirs = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct print_options *print = state->input;

    switch (key) {
    case KEY_VIEW:
        print->view = parse_choice(print, "view", LAYOUT_VIEW, arg);
        return 0;
    case KEY_STYLE:
        print->style = parse_choice(print, "style", LAYOUT_STYLE, arg);
        return 0;
    case KEY_FORMAT:
        print->format = parse_choice(print, "format", LAYOUT_FORMAT, arg);
        return 0;
    case KEY_COLUMNS:
        parse_columns(print, arg);
        return 0;
    case 'n':
        parse_limit(print, arg);
        return 0;
    case 's':
        word_list_add_parts(&print->sort, arg);
        return 0;
    case 'u':
        parse_unit(print, arg);
        return 0;
    case KEY_COLOR:
        parse_color(print, arg);
        return 0;
    case KEY_MINE:
        word_list_add(&print->mine, arg);
        return 0;
    case KEY_NOT_MINE:
        word_list_add(&print->not_mine, arg);
        return 0;
    case KEY_EXPAND:
        word_list_add(&print->expand, arg);
        return 0;
    case KEY_PATH_MAP:
        parse_path_map(print, arg);
        return 0;
    case KEY_REGION:
        word_list_add(&print->regions, arg);
        return 0;
    case KEY_PRECISION:
        parse_precision(print, arg);
        return 0;
    default:
        return parse_flag(print, key);
    }
}

const struct argp print_options_argp = {.options = options, .parser = parse};

// In the view of memory: stacks by what they did to the heap, instead of lines. False for other keys.
static bool resolve_heap_sort(struct print_options *print)
{
    static const char *const keys[] = {[HEAP_STACKS_BY_PEAK] = "peak",
                                       [HEAP_STACKS_BY_LEAKED] = "leaked",
                                       [HEAP_STACKS_BY_ALLOCS] = "allocs",
                                       [HEAP_STACKS_BY_TEMPORARY] = "temporary"};

    for (size_t i = 1; print->sort.n == 1 && i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(print->sort.items[0], keys[i]) != 0)
            continue;
        print->render.heap_key = (enum heap_stacks_key)i;
        for (size_t k = 0; k < print->report.n_limits; k++)
            if (print->limits[k].kind == REPORT_LIMIT_COUNT)
                print->render.n_stacks = print->limits[k].count;
        return true;
    }
    return false;
}

static void resolve_sort(struct print_options *print)
{
    bool of_lines = strcmp(print->view, "lines") == 0;
    bool line_key_set = false;

    for (size_t i = 0; i < print->sort.n; i++) {
        struct sort_key key;
        CLEANUP(cleanup_free) char *wrong = sort_keys_find(print->sort.items[i], of_lines, &key);
        if (wrong)
            usage_fail(print->usage, "option '--sort': %s", wrong);
        if (key.of_lines && line_key_set)
            usage_fail(print->usage,
                       "option '--sort': lines are ordered by one key only, not by '%s' too",
                       print->sort.items[i]);
        if (key.of_lines) {
            print->report.line_key = key.line;
            line_key_set = true;
            continue;
        }
        print->keys =
            mem_grow(print->keys, &print->keys_capacity, print->report.n_keys, sizeof *print->keys);
        print->keys[print->report.n_keys++] = key.function;
    }
    print->report.keys = print->keys;
}

// pstats' tables are about the time inside a function, wherever it is shown in the view of lines.
static void default_sort(struct print_options *print)
{
    static const enum report_function_key internal_time[] = {REPORT_BY_TIME};
    bool of_pstats = strcmp(print->view, "functions") == 0 || strcmp(print->view, "callers") == 0 ||
                     strcmp(print->view, "callees") == 0;

    if (of_pstats && !print->report.n_keys) {
        print->report.keys = internal_time;
        print->report.n_keys = 1;
    }
}

static void collect_maps(struct print_options *print)
{
    size_t n = print->paths.n / 2;

    print->maps = mem_alloc_array(n, sizeof *print->maps);
    for (size_t i = 0; i < n; i++) {
        print->maps[i] = (struct source_path_map){.from = print->paths.items[2 * i],
                                                  .to = print->paths.items[2 * i + 1]};
    }
    print->report.source.maps = print->maps;
    print->report.source.n_maps = n;
}

// A list of words as the headers of report/ and render/ take it.
static const char *const *words_of(const struct word_list *list)
{
    return (const char *const *)list->items;
}

void print_options_finish(struct print_options *print)
{
    print->layout = formats_find(print->format, print->view, print->style);
    if (!print->layout)
        usage_fail(print->usage, "--style %s does not go with --view %s --format %s", print->style,
                   print->view, print->format);
    if (print->report.split != REPORT_WHOLE && !print->layout->can_split)
        usage_fail(print->usage, "--process and --thread do not go with --style %s --format %s",
                   print->style, print->format);
    print->report.no_source = !print->layout->has_source;
    if (strcmp(print->view, "memory") != 0 || !resolve_heap_sort(print))
        resolve_sort(print);
    default_sort(print);
    collect_maps(print);
    print->report.limits = print->limits;
    print->report.project = (struct project_options){.mine = words_of(&print->mine),
                                                     .n_mine = print->mine.n,
                                                     .not_mine = words_of(&print->not_mine),
                                                     .n_not_mine = print->not_mine.n};
    print->report.expand = words_of(&print->expand);
    print->report.n_expand = print->expand.n;
    print->render.columns = words_of(&print->columns);
    print->render.n_columns = print->columns.n;
}
