/*
 * A walk visits the lines [first, last] in order. A stretch of lines of which none is within `near`
 * lines of a cost becomes one folded row. Debug info may name any line number: lines outside the
 * file's text are visited only where there is a cost, so a wrong number costs one row, not 4 billion.
 */
#include "render/extent.h"

#include <string.h>

enum {
    NEAR = 2,
    FOLD_LEAST = 3, // a fold that saves fewer than two rows is not worth reading
};

// Where the scan for the end of a body is.
struct scan {
    unsigned depth; // of braces
    bool comment;   // inside /* */
    bool entered;   // the first brace was seen
    bool is_c;      // A definition of old has declarations, f(a) int a; { }, before its body.
    bool over;
};

// Skip a string or a character; returns its last character. 'a in Rust and 1'000 in C++ are none.
static const char *skip_quoted(const char *c)
{
    char quote = *c;

    if (quote == '\'' && !(c[1] == '\\' || (c[1] && c[2] == '\'')))
        return c;
    const char *end = c + 1;
    while (*end && *end != quote)
        end += end[0] == '\\' && end[1] ? 2 : 1;
    return *end ? end : end - 1;
}

static void scan_code(struct scan *scan, char c)
{
    if (c == '{') {
        scan->depth++;
        scan->entered = true;
    } else if (c == '}' && scan->depth) {
        scan->over = --scan->depth == 0;
    } else if (c == ';' && !scan->entered && !scan->is_c) {
        scan->over = true; // a declaration, no body
    }
}

static void scan_line(struct scan *scan, const char *line)
{
    for (const char *c = line; *c && !scan->over; c++) {
        if (scan->comment) {
            scan->comment = !(c[0] == '*' && c[1] == '/');
            c += !scan->comment;
        } else if (c[0] == '/' && c[1] == '/') {
            return;
        } else if (c[0] == '/' && c[1] == '*') {
            scan->comment = true;
            c++;
        } else if (*c == '"' || *c == '\'') {
            c = skip_quoted(c);
        } else {
            scan_code(scan, *c);
        }
    }
}

// Debug info of C names the line of a definition, of C++ often that of a declaration in a class.
static bool is_c(const struct source *source)
{
    size_t length = source->path ? strlen(source->path) : 0;

    return length > 2 && strcmp(source->path + length - 2, ".c") == 0;
}

uint32_t extent_body_end(const struct source *source, uint32_t first)
{
    struct scan scan = {.is_c = is_c(source)};

    for (size_t line = first; line <= source->n_lines; line++) {
        scan_line(&scan, source->lines[line - 1]);
        if (scan.over)
            return scan.entered ? (uint32_t)line : 0;
    }
    return 0;
}

static uint32_t lines_of(const struct source *source)
{
    return source ? (uint32_t)source->n_lines : 0;
}

static void set_range(struct extent *extent, const struct report_function *function)
{
    uint32_t n_text = lines_of(extent->source);
    bool own = !extent->lines || !extent->lines[0].file;
    // Where the text is not the one that was compiled, the declaration may lie outside.
    bool declared = own && function->line && function->line <= n_text;
    uint32_t first = declared ? function->line : UINT32_MAX;
    uint32_t last = declared ? extent_body_end(extent->source, function->line) : 0;

    last = declared && last < first ? first : last;
    for (size_t i = 0; i < extent->n_lines; i++) {
        uint32_t line = extent->lines[i].line;
        if (!line || line > n_text)
            continue;
        first = line < first ? line : first;
        last = line > last ? line : last;
    }
    extent->first = first;
    extent->last = last;
}

static int64_t bytes_of(const struct report_line *line)
{
    const struct report_memory *memory = &line->memory;

    return memory->increment_bytes > memory->alloc_bytes ? memory->increment_bytes
                                                         : memory->alloc_bytes;
}

// What keeps a line open: a page of a small function, a thousandth of a large one's. 0 = not measured.
static int64_t least_bytes(const struct report_line *lines, size_t n_lines)
{
    int64_t most = 0;

    for (size_t i = 0; i < n_lines; i++)
        most = bytes_of(&lines[i]) > most ? bytes_of(&lines[i]) : most;
    return most ? most / 1000 + 1 : 0;
}

static bool is_counted(const struct report_line *lines, size_t n_lines)
{
    for (size_t i = 0; i < n_lines; i++)
        if (lines[i].hits != REPORT_NULL)
            return true;
    return false;
}

void extent_init(struct extent *extent, const struct report_function *function,
                 const struct report_line *lines, size_t n_lines, const struct source *source,
                 bool full)
{
    bool has_text = source && source->n_lines;
    int64_t total = function->total_ns;
    bool by_hits = total <= 0 && is_counted(lines, n_lines);

    *extent = (struct extent){.lines = n_lines ? lines : NULL,
                              .n_lines = n_lines,
                              .source = has_text ? source : NULL,
                              // What the % column would show as 0.0 does not keep lines open.
                              .least_ns = total > 0 ? total / 2000 + 1 : 1,
                              .least_bytes = least_bytes(lines, n_lines),
                              .by_hits = by_hits,
                              .near = full || (total <= 0 && !by_hits) ? UINT32_MAX : NEAR};
    set_range(extent, function);
    extent->next = extent->first;
    while (extent->unknown < n_lines && !lines[extent->unknown].line)
        extent->unknown++;
    extent->at = extent->unknown;
}

static bool has_cost(const struct extent *extent, const struct report_line *line)
{
    bool costs = line->time_ns >= extent->least_ns ||
                 (extent->by_hits && line->hits != REPORT_NULL) ||
                 (extent->least_bytes && bytes_of(line) >= extent->least_bytes);

    return line->line <= extent->last && costs;
}

// First line, at or behind `from`, that is within `near` lines of a cost; UINT32_MAX = none.
static uint32_t next_near(const struct extent *extent, uint32_t from)
{
    // Going back over the entries that are still near `from`.
    size_t i = extent->at;
    while (i > extent->unknown && extent->lines[i - 1].line + extent->near >= from)
        i--;
    for (; i < extent->n_lines; i++) {
        uint32_t line = extent->lines[i].line;
        if (!has_cost(extent, &extent->lines[i]))
            continue;
        if (line + extent->near >= from)
            return line > extent->near && line - extent->near > from ? line - extent->near : from;
    }
    return UINT32_MAX;
}

static bool fold(struct extent *extent, struct extent_row *ret)
{
    // The first line names the function: always shown.
    if (extent->near == UINT32_MAX || extent->next == extent->first)
        return false;
    uint32_t near = next_near(extent, extent->next);
    uint32_t end = near <= extent->last ? near : extent->last + 1;
    if (end - extent->next < FOLD_LEAST)
        return false;
    *ret = (struct extent_row){.line = extent->next, .folded = end - extent->next};
    while (extent->at < extent->n_lines && extent->lines[extent->at].line < end)
        ret->folded_ns += extent->lines[extent->at++].time_ns;
    extent->next = end;
    return true;
}

static bool next_inside(struct extent *extent, struct extent_row *ret)
{
    if (!extent->source || extent->next > extent->last)
        return false;
    if (fold(extent, ret))
        return true;
    *ret =
        (struct extent_row){.line = extent->next, .text = extent->source->lines[extent->next - 1]};
    if (extent->at < extent->n_lines && extent->lines[extent->at].line == extent->next)
        ret->cost = &extent->lines[extent->at++];
    extent->next++;
    return true;
}

static bool next_alone(const struct extent *extent, size_t at, struct extent_row *ret)
{
    *ret = (struct extent_row){.line = extent->lines[at].line, .cost = &extent->lines[at]};
    return true;
}

bool extent_next(struct extent *extent, struct extent_row *ret)
{
    // Entries before the text and behind it come alone.
    bool more = extent->at < extent->n_lines;
    bool before = more && extent->lines[extent->at].line < extent->first;

    if (!before && next_inside(extent, ret))
        return true;
    if (more)
        return next_alone(extent, extent->at++, ret);
    return extent->unknown && next_alone(extent, --extent->unknown, ret);
}

static bool is_same_file(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

size_t extent_same_file(const struct report_line *lines, size_t n_lines)
{
    size_t n = 0;

    while (n < n_lines && is_same_file(lines[n].file, lines[0].file))
        n++;
    return n;
}

bool extent_is_in_order(const struct report_function *function)
{
    for (size_t i = 1; i < function->n_lines; i++) {
        const struct report_line *before = &function->lines[i - 1];
        const struct report_line *line = &function->lines[i];
        bool same = is_same_file(before->file, line->file);
        if ((same && line->line < before->line) || (!same && !line->file))
            return false;
    }
    return true;
}
