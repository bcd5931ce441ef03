/*
 * One list holds all columns. A cell is text; a column is as wide as its widest cell in any function
 * of the report, so that the tables of a report stand below each other.
 */
#include "render/columns.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"

enum {
    CELL_TEXT = UNITS_TEXT + 8,
    GAP = 3,       // between columns
    SOURCE_GAP = 2 // before the source text, as in line_profiler
};

struct cell {
    const struct columns *columns;
    const struct units_time *unit;
    int64_t total_ns;
    const struct report_line *line;
};

struct column {
    const char *name;
    const char *title;
    bool has_unit; // in its title
    void (*write)(const struct cell *cell, char text[CELL_TEXT]);
    unsigned least; // columns, as in line_profiler where it has the column
};

static double in_unit(const struct cell *cell, double ns)
{
    return ns / (double)cell->unit->ns;
}

// The decimal place that a time and its interval are written to. The interval keeps two digits up to
// 39, else one; a time that is hardly more than its interval keeps one or two.
static int decimals_of(const struct cell *cell, double ns, double ci_ns)
{
    double value = in_unit(cell, ns);

    if (ci_ns <= 0)
        return 2 - units_exponent(value, 3);
    int of_interval = -(int)floor(log10(in_unit(cell, ci_ns) / 4));
    int digits = 2 + (int)floor(log10(ns / ci_ns));
    digits = digits < 1 ? 1 : digits;
    int of_value = digits - 1 - units_exponent(value, digits);
    return of_interval < of_value ? of_interval : of_value;
}

// The interval of a part of the line's time: the part's samples vary as their square root does.
static double interval_of(const struct report_line *line, int64_t part_ns)
{
    if (line->ci_ns == REPORT_NULL || line->time_ns <= 0)
        return 0;
    return (double)line->ci_ns * sqrt((double)part_ns / (double)line->time_ns);
}

static void write_part(const struct cell *cell, int64_t ns, char text[CELL_TEXT])
{
    if (ns == REPORT_NULL || ns <= 0)
        return;
    double value = in_unit(cell, (double)ns);
    bool one_sample = cell->line->ci_ns == REPORT_NULL && cell->line->samples == 1;
    int decimals = one_sample ? -units_exponent(value, 1)
                              : decimals_of(cell, (double)ns, interval_of(cell->line, ns));
    units_format_rounded(value, decimals, text);
}

static void write_line(const struct cell *cell, char text[CELL_TEXT])
{
    if (cell->line->line)
        snprintf(text, CELL_TEXT, "%u", cell->line->line);
}

static void write_hits(const struct cell *cell, char text[CELL_TEXT])
{
    if (cell->line->hits == COLUMNS_NO_CODE)
        snprintf(text, CELL_TEXT, "-");
    else if (cell->line->hits != REPORT_NULL)
        units_format_count(cell->line->hits, text);
}

static void write_time(const struct cell *cell, char text[CELL_TEXT])
{
    const struct report_line *line = cell->line;

    if (line->time_ns > 0) {
        write_part(cell, line->time_ns, text);
        return;
    }
    // Without a sample, only a line that is known to have run took some time: less than a sample's.
    bool ran = line->hits != REPORT_NULL && line->hits > 0;
    if (!ran || !cell->columns->sample_ns)
        return;
    text[0] = '<';
    units_format_significant(in_unit(cell, (double)cell->columns->sample_ns), 1, text + 1);
}

static void write_ci(const struct cell *cell, char text[CELL_TEXT])
{
    const struct report_line *line = cell->line;

    if (line->ci_ns == REPORT_NULL || line->ci_ns <= 0 || line->time_ns <= 0)
        return;
    char number[UNITS_TEXT];
    int decimals = decimals_of(cell, (double)line->time_ns, (double)line->ci_ns);
    units_format_rounded(in_unit(cell, (double)line->ci_ns), decimals, number);
    snprintf(text, CELL_TEXT, "±%s", number);
}

static void write_self(const struct cell *cell, char text[CELL_TEXT])
{
    write_part(cell, cell->line->self_ns, text);
}

static void write_inlined(const struct cell *cell, char text[CELL_TEXT])
{
    write_part(cell, cell->line->inlined_ns, text);
}

static void write_called(const struct cell *cell, char text[CELL_TEXT])
{
    write_part(cell, cell->line->called_ns, text);
}

static void write_perhit(const struct cell *cell, char text[CELL_TEXT])
{
    const struct report_line *line = cell->line;

    if (line->hits == REPORT_NULL || line->hits <= 0 || line->time_ns <= 0)
        return;
    double ns = (double)line->time_ns / (double)line->hits;
    const struct units_time *fixed = cell->columns->unit;
    const struct units_time *unit = fixed ? fixed : units_time_for((int64_t)ns);
    char number[UNITS_TEXT];
    units_format_significant(ns / (double)unit->ns, 3, number);
    snprintf(text, CELL_TEXT, fixed ? "%s" : "%s %s", number, unit->name);
}

static void write_percent(const struct cell *cell, char text[CELL_TEXT])
{
    if (cell->line->time_ns > 0 && cell->total_ns > 0)
        snprintf(text, CELL_TEXT, "%.1f",
                 100 * (double)cell->line->time_ns / (double)cell->total_ns);
}

static void write_samples(const struct cell *cell, char text[CELL_TEXT])
{
    if (cell->line->samples > 0)
        units_format_count(cell->line->samples, text);
}

static void write_instructions(const struct cell *cell, char text[CELL_TEXT])
{
    if (cell->line->instructions != REPORT_NULL)
        units_format_count(cell->line->instructions, text);
}

static void write_taken(const struct cell *cell, char text[CELL_TEXT])
{
    const struct report_line *line = cell->line;

    if (line->branches != REPORT_NULL && line->branches > 0)
        snprintf(text, CELL_TEXT, "%.1f", 100 * (double)line->taken / (double)line->branches);
}

static void write_bytes(int64_t bytes, char text[CELL_TEXT])
{
    if (bytes > 0)
        units_format_bytes((uint64_t)bytes, text);
}

static void write_rss(const struct cell *cell, char text[CELL_TEXT])
{
    write_bytes(cell->line->memory.rss_bytes, text);
}

static void write_increment(const struct cell *cell, char text[CELL_TEXT])
{
    write_bytes(cell->line->memory.increment_bytes, text);
}

static void write_occurrences(const struct cell *cell, char text[CELL_TEXT])
{
    if (cell->line->memory.occurrences > 0)
        units_format_count(cell->line->memory.occurrences, text);
}

static void write_allocs(const struct cell *cell, char text[CELL_TEXT])
{
    if (cell->line->memory.allocs > 0)
        units_format_count(cell->line->memory.allocs, text);
}

static void write_alloc_bytes(const struct cell *cell, char text[CELL_TEXT])
{
    write_bytes(cell->line->memory.alloc_bytes, text);
}

static void write_freed_bytes(const struct cell *cell, char text[CELL_TEXT])
{
    write_bytes(cell->line->memory.freed_bytes, text);
}

static void write_live_bytes(const struct cell *cell, char text[CELL_TEXT])
{
    write_bytes(cell->line->memory.live_bytes, text);
}

static void write_peak_bytes(const struct cell *cell, char text[CELL_TEXT])
{
    write_bytes(cell->line->memory.peak_bytes, text);
}

static void write_temporary(const struct cell *cell, char text[CELL_TEXT])
{
    if (cell->line->memory.temporary > 0)
        units_format_count(cell->line->memory.temporary, text);
}

static const struct column all_columns[] = {
    {"line", "Line #", false, write_line, 6},
    {"hits", "Hits", false, write_hits, 9},
    {"time", "Time", true, write_time, 7},
    {"ci", "±", true, write_ci, 0},
    {"self", "Self", true, write_self, 7},
    {"inlined", "Inlined", true, write_inlined, 7},
    {"called", "Called", true, write_called, 7},
    {"perhit", "Per Hit", false, write_perhit, 7},
    {"percent", "% Time", false, write_percent, 6},
    {"samples", "Samples", false, write_samples, 7},
    {"instr", "Instr", false, write_instructions, 7},
    {"taken", "% Taken", false, write_taken, 7},
    {"rss", "Mem usage", false, write_rss, 9},
    {"increment", "Increment", false, write_increment, 9},
    {"occurrences", "Occurrences", false, write_occurrences, 11},
    {"allocs", "Allocs", false, write_allocs, 8},
    {"alloc_bytes", "Allocated", false, write_alloc_bytes, 9},
    {"freed_bytes", "Freed", false, write_freed_bytes, 9},
    {"live_bytes", "Not freed", false, write_live_bytes, 9},
    {"peak_bytes", "At peak", false, write_peak_bytes, 9},
    {"temporary", "Temporary", false, write_temporary, 9},
    // Always comes last, wherever it is named.
    {"source", "Line Contents", false, NULL, 0},
};

enum { ALL_COLUMNS = sizeof all_columns / sizeof all_columns[0] };

static const struct column *find(const char *name)
{
    for (size_t i = 0; i < ALL_COLUMNS; i++) {
        if (strcmp(all_columns[i].name, name) == 0)
            return &all_columns[i];
    }
    return NULL;
}

bool render_has_column(const char *name)
{
    return find(name) != NULL;
}

const char *render_column_name(size_t index)
{
    return index < ALL_COLUMNS ? all_columns[index].name : NULL;
}

static void add(struct columns *columns, const char *name)
{
    const struct column *column = find(name);

    if (column && !column->write)
        columns->source = true;
    else if (column && columns->n < COLUMNS_MAX)
        columns->columns[columns->n++] = column;
}

static void add_all(struct columns *columns, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        add(columns, names[i]);
}

static bool has_called(const struct report *report)
{
    for (size_t i = 0; i < report->n_functions; i++)
        for (size_t j = 0; j < report->functions[i].n_lines; j++)
            if (report->functions[i].lines[j].called_ns > 0)
                return true;
    return false;
}

static void add_defaults(struct columns *columns, const struct report *report, bool counted)
{
    static const char *const with_hits[] = {"line", "hits", "time", "perhit", "self", "percent"};
    static const char *const sampled[] = {"line", "time", "ci", "self", "percent"};
    static const char *const stepped[] = {"line", "hits", "called"};
    static const char *const hits_alone[] = {"line", "hits"};
    static const char *const heap[] = {"allocs", "alloc_bytes", "peak_bytes", "live_bytes"};
    static const char *const memory[] = {"rss", "increment", "occurrences"};

    if (counted && report->stepped && has_called(report))
        add_all(columns, stepped, sizeof stepped / sizeof stepped[0]);
    else if (counted && !report->sampled_ns)
        add_all(columns, hits_alone, sizeof hits_alone / sizeof hits_alone[0]);
    else if (counted)
        add_all(columns, with_hits, sizeof with_hits / sizeof with_hits[0]);
    else
        add_all(columns, sampled, sizeof sampled / sizeof sampled[0]);
    if (report->has_memory)
        add_all(columns, memory, sizeof memory / sizeof memory[0]);
    if (report->has_heap)
        add_all(columns, heap, sizeof heap / sizeof heap[0]);
    add(columns, "source");
}

static bool is_named(const struct columns *columns, size_t i, const char *name)
{
    return strcmp(columns->columns[i]->name, name) == 0;
}

// An interval behind its time is one cell with it: "409 ±39".
static bool is_joined(const struct columns *columns, size_t i)
{
    return i > 0 && is_named(columns, i, "ci") && is_named(columns, i - 1, "time");
}

void columns_init(struct columns *columns, const struct report *report,
                  const struct render_options *options, bool counted)
{
    *columns = (struct columns){.sample_ns =
                                    report->samples > 0 ? report->sampled_ns / report->samples : 0,
                                .unit = options->unit_ns ? units_time_for(options->unit_ns) : NULL};
    if (options->n_columns)
        add_all(columns, options->columns, options->n_columns);
    else
        add_defaults(columns, report, counted);
    for (size_t i = 0; i < columns->n; i++)
        columns->widths[i] = columns->columns[i]->least;
}

// The greatest time has two digits before the point, or more: 1112 ms rather than 1.11 s, so that
// lines of a hundredth of it still have some. With few samples there are no such digits: 7 ms rather
// than 7000 us.
static const struct units_time *unit_for(const struct columns *columns,
                                         const struct report_function *function)
{
    enum { FEW_SAMPLES = 100 };
    int64_t greatest =
        columns->sample_ns; // What ran without a sample is told to be less than that.
    int64_t samples = 0;

    for (size_t i = 0; i < function->n_lines; i++) {
        const struct report_line *line = &function->lines[i];
        // Of a function that was stepped, the time of its calls is all that is known.
        int64_t time_ns = line->time_ns == REPORT_NULL ? line->called_ns : line->time_ns;
        greatest = time_ns > greatest ? time_ns : greatest;
        samples = line->samples > samples ? line->samples : samples;
    }
    return units_time_for(samples < FEW_SAMPLES ? greatest : greatest / 10);
}

void columns_scale(const struct columns *columns, const struct report_function *function,
                   struct columns_scale *ret)
{
    *ret =
        (struct columns_scale){.columns = columns,
                               .unit = columns->unit ? columns->unit : unit_for(columns, function),
                               .total_ns = function->total_ns};
}

static void write_cell(const struct columns_scale *scale, size_t i, const struct report_line *line,
                       char text[CELL_TEXT])
{
    struct cell cell = {scale->columns, scale->unit, scale->total_ns, line};

    text[0] = '\0';
    scale->columns->columns[i]->write(&cell, text);
}

static void write_title(const struct columns_scale *scale, size_t i, char text[CELL_TEXT])
{
    const struct column *column = scale->columns->columns[i];
    bool per_hit = scale->columns->unit && is_named(scale->columns, i, "perhit");

    text[0] = '\0';
    if (is_joined(scale->columns, i))
        return;
    bool unit = column->has_unit || per_hit;
    snprintf(text, CELL_TEXT, unit ? "%s %s" : "%s", column->title, scale->unit->name);
}

static void widen(struct columns *columns, size_t i, const char *text)
{
    unsigned width = text_columns(text);

    if (width > columns->widths[i])
        columns->widths[i] = width;
}

void columns_fit(struct columns *columns, const struct report_function *function)
{
    struct columns_scale scale;
    char text[CELL_TEXT];

    columns_scale(columns, function, &scale);
    for (size_t i = 0; i < columns->n; i++) {
        write_title(&scale, i, text);
        widen(columns, i, text);
        for (size_t line = 0; line < function->n_lines; line++) {
            write_cell(&scale, i, &function->lines[line], text);
            widen(columns, i, text);
        }
    }
}

static unsigned gap_before(const struct columns *columns, size_t i)
{
    if (!i)
        return 0;
    return is_joined(columns, i) ? 1 : GAP;
}

unsigned columns_source_at(const struct columns *columns)
{
    unsigned at = SOURCE_GAP;

    for (size_t i = 0; i < columns->n; i++)
        at += gap_before(columns, i) + columns->widths[i];
    return at;
}

static void put(const struct columns *columns, size_t i, const char *cell, struct text *text)
{
    text_pad_to(text, text->column + gap_before(columns, i));
    if (is_joined(columns, i))
        text_left(text, cell, columns->widths[i]);
    else
        text_right(text, cell, columns->widths[i]);
}

void columns_put_titles(const struct columns_scale *scale, struct text *text)
{
    const struct columns *columns = scale->columns;
    char title[CELL_TEXT];

    for (size_t i = 0; i < columns->n; i++) {
        write_title(scale, i, title);
        put(columns, i, title, text);
    }
    unsigned end = text->column;
    if (columns->source) {
        text_pad_to(text, columns_source_at(columns));
        text_put(text, find("source")->title);
        end = text->column;
    }
    text_end(text);
    while (text->column < end && !text->full)
        text_put(text, "=");
    text_end(text);
}

void columns_put_cells(const struct columns_scale *scale, const struct report_line *line,
                       struct text *text)
{
    char cell[CELL_TEXT];

    for (size_t i = 0; i < scale->columns->n; i++) {
        write_cell(scale, i, line, cell);
        put(scale->columns, i, cell, text);
    }
    if (scale->columns->source)
        text_pad_to(text, columns_source_at(scale->columns));
}
