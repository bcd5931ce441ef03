/*
 * The stacks that allocated most, or whose memory nobody freed: what it was, then the calls that led there,
 * innermost first.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "render/view.h"
#include "report/heap_stacks.h"
#include "report/interval.h"

enum { STACKS = 10, NAME_COLUMNS = 48 };

static bool is_bytes(enum heap_stacks_key key)
{
    return key == HEAP_STACKS_BY_PEAK || key == HEAP_STACKS_BY_LEAKED;
}

static void format_value(int64_t value, enum heap_stacks_key key, char text[VIEW_TEXT])
{
    if (is_bytes(key))
        units_format_bytes(value > 0 ? (uint64_t)value : 0, text);
    else
        view_format_count(value, "allocation", text);
}

// " ±0.9 MiB", or nothing when the number is exact.
static void format_interval(int64_t variance, char text[VIEW_TEXT])
{
    char bytes[UNITS_TEXT];
    int64_t half = interval_of_variance(variance);

    units_format_bytes((uint64_t)half, bytes);
    snprintf(text, VIEW_TEXT, "%s%s", half ? " ±" : "", half ? bytes : "");
}

static void put_heading(struct view *view, const struct heap_stacks *stacks,
                        enum heap_stacks_key key)
{
    static const char *const titles[] = {[HEAP_STACKS_BY_PEAK] = "In use when most was",
                                         [HEAP_STACKS_BY_LEAKED] = "Not freed",
                                         [HEAP_STACKS_BY_ALLOCS] = "Allocated",
                                         [HEAP_STACKS_BY_TEMPORARY] =
                                             "Freed before the next allocation"};
    const struct heap_stack *total = &stacks->total;
    char value[VIEW_TEXT];
    char count[VIEW_TEXT];
    char all[UNITS_TEXT];
    char interval[VIEW_TEXT];

    format_value(heap_stacks_value(total, key), key, value);
    text_printf(&view->text, "%s: %s", titles[key], value);
    if (key == HEAP_STACKS_BY_LEAKED) {
        format_interval(total->values[PROFILE_LIVE_VARIANCE], interval);
        view_format_count(heap_stacks_count(total, key), "allocation", count);
        text_printf(&view->text, "%s in %s", interval, count);
    }
    view_format_count(total->values[PROFILE_ALLOCS], "allocation", count);
    units_format_bytes((uint64_t)total->values[PROFILE_ALLOC_BYTES], all);
    format_interval(total->values[PROFILE_ALLOC_VARIANCE], interval);
    if (key == HEAP_STACKS_BY_ALLOCS)
        text_printf(&view->text, " of %s%s", all, interval);
    else
        text_printf(&view->text, "; of %s%s in %s", all, interval, count);
    text_end(&view->text);
}

static void put_frame(struct view *view, const struct frames *frames, uint32_t index)
{
    const struct frames_line *line = &frames->lines[index];
    const struct frames_function *function = &frames->functions[line->function];
    const char *file = line->file ? line->file : function->file;
    CLEANUP(cleanup_free) char *name = names_fit(function->name, NAME_COLUMNS, false);

    text_pad_to(&view->text, 6);
    text_put(&view->text, name);
    if (file && line->line) {
        const char *shown = sources_map_path(view->report->sources, file);
        text_put(&view->text, "  ");
        text_pad_to(&view->text, 6 + NAME_COLUMNS / 2);
        text_printf(&view->text, "%s:%u", names_path(&view->names, shown), line->line);
    }
    text_end(&view->text);
}

static void put_stack(struct view *view, const struct heap_stacks *stacks,
                      const struct heap_stack *stack, enum heap_stacks_key key)
{
    int64_t value = heap_stacks_value(stack, key);
    int64_t count = heap_stacks_count(stack, key);
    char text[VIEW_TEXT];
    char share[UNITS_TEXT];

    text_end(&view->text);
    format_value(value, key, text);
    text_right(&view->text, text, 10);
    view_format_share(value, heap_stacks_value(&stacks->total, key), share);
    text_right(&view->text, share, 9);
    if (is_bytes(key) && count != REPORT_NULL) {
        char interval[VIEW_TEXT];
        view_format_count(count, "allocation", text);
        format_interval(stack->values[PROFILE_LIVE_VARIANCE], interval);
        text_printf(&view->text, "  %s%s%s", text, *interval ? "," : "", interval);
    }
    text_end(&view->text);
    for (size_t i = 0; i < stack->n_lines; i++)
        put_frame(view, stacks->frames, stack->lines[i]);
}

void text_heap(struct view *view)
{
    enum heap_stacks_key key = view->options->heap_key;
    struct heap_stacks *stacks = heap_stacks_create(view->report->profile, key);
    size_t most = view->options->n_stacks ? view->options->n_stacks : STACKS;
    size_t shown = 0;

    put_heading(view, stacks, key);
    while (shown < stacks->n && shown < most && heap_stacks_value(&stacks->stacks[shown], key) > 0)
        put_stack(view, stacks, &stacks->stacks[shown++], key);
    int64_t rest = 0;
    size_t n_rest = 0;
    for (size_t i = shown; i < stacks->n; i++) {
        int64_t value = heap_stacks_value(&stacks->stacks[i], key);
        rest = profile_sum(rest, value);
        n_rest += value > 0;
    }
    if (n_rest) {
        char value[VIEW_TEXT];
        char count[VIEW_TEXT];
        format_value(rest, key, value);
        view_format_count((int64_t)n_rest, "other stack", count);
        text_end(&view->text);
        text_printf(&view->text, "%s in %s (-n %zu)", value, count, shown + n_rest);
        text_end(&view->text);
    }
    text_end(&view->text);
    heap_stacks_destroy(stacks);
}
