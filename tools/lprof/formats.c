#include "formats.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const struct layout layouts[] = {
    {"text", "lines", "default", true, true, render_lines},
    {"text", "lines", "line_profiler", true, false, render_line_profiler},
    {"text", "summary", "default", true, true, render_summary},
    {"text", "functions", "default", false, true, render_functions},
    {"text", "callers", "default", false, true, render_callers},
    {"text", "callees", "default", false, true, render_callees},
    {"text", "memory", "default", true, true, render_memory},
    {"text", "regions", "default", false, false, render_regions},
    {"json", NULL, "default", false, true, render_json},
    {"pstats", NULL, "default", false, false, render_pstats},
};

enum { LAYOUTS = sizeof layouts / sizeof layouts[0] };

static const char *name_of(const struct layout *layout, enum layout_choice choice)
{
    switch (choice) {
    case LAYOUT_FORMAT:
        return layout->format;
    case LAYOUT_VIEW:
        return layout->view;
    case LAYOUT_STYLE:
    default:
        return layout->style;
    }
}

const struct layout *formats_find(const char *format, const char *view, const char *style)
{
    for (const struct layout *l = layouts; l < layouts + LAYOUTS; l++) {
        if (strcmp(l->format, format) == 0 && (!l->view || strcmp(l->view, view) == 0) &&
            strcmp(l->style, style) == 0)
            return l;
    }
    return NULL;
}

static bool has_before(const struct layout *end, enum layout_choice choice, const char *name)
{
    for (const struct layout *l = layouts; l < end; l++) {
        const char *has = name_of(l, choice);
        if (has && strcmp(has, name) == 0)
            return true;
    }
    return false;
}

bool formats_has(enum layout_choice choice, const char *name)
{
    return has_before(layouts + LAYOUTS, choice, name);
}

char *formats_names(enum layout_choice choice)
{
    char *names = mem_strdup("");

    for (const struct layout *l = layouts; l < layouts + LAYOUTS; l++) {
        const char *name = name_of(l, choice);
        if (!name || has_before(l, choice, name))
            continue;
        char *longer = mem_printf("%s%s%s", names, *names ? ", " : "", name);
        free(names);
        names = longer;
    }
    return names;
}
