#include "sort_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct name {
    const char *name;
    struct sort_key key;
};

static const struct name names[] = {
    // Names of lines stand first: in the view of lines they hide equal names of functions.
    {"line", {.of_lines = true, .line = REPORT_LINES_BY_LINE}},
    {"time", {.of_lines = true, .line = REPORT_LINES_BY_TIME}},
    {"hits", {.of_lines = true, .line = REPORT_LINES_BY_HITS}},
    {"self", {.of_lines = true, .line = REPORT_LINES_BY_SELF}},
    {"calls", {.function = REPORT_BY_CALLS}},
    {"ncalls", {.function = REPORT_BY_CALLS}},
    {"tottime", {.function = REPORT_BY_TIME}},
    {"time", {.function = REPORT_BY_TIME}},
    {"cumtime", {.function = REPORT_BY_CUMULATIVE}},
    {"cumulative", {.function = REPORT_BY_CUMULATIVE}},
    {"pcalls", {.function = REPORT_BY_PCALLS}},
    {"file", {.function = REPORT_BY_FILENAME}},
    {"filename", {.function = REPORT_BY_FILENAME}},
    {"module", {.function = REPORT_BY_FILENAME}},
    {"line", {.function = REPORT_BY_LINE}},
    {"name", {.function = REPORT_BY_NAME}},
    {"nfl", {.function = REPORT_BY_NFL}},
    {"stdname", {.function = REPORT_BY_STDNAME}},
    {"own", {.function = REPORT_BY_OWN}},
};

enum { NAMES = sizeof names / sizeof names[0] };

static bool is_hidden(const struct name *name, bool view_of_lines)
{
    if (name->key.of_lines)
        return !view_of_lines;
    for (const struct name *n = names; view_of_lines && n < name; n++) {
        if (n->key.of_lines && strcmp(n->name, name->name) == 0)
            return true;
    }
    return false;
}

static bool equal(const struct sort_key *a, const struct sort_key *b)
{
    return a->of_lines == b->of_lines && a->function == b->function && a->line == b->line;
}

static char *all_names(bool view_of_lines)
{
    char *all = mem_strdup("");

    for (const struct name *n = names; n < names + NAMES; n++) {
        if (is_hidden(n, view_of_lines))
            continue;
        char *longer = mem_printf("%s%s%s", all, *all ? " " : "", n->name);
        free(all);
        all = longer;
    }
    return all;
}

static char *none_error(const char *word, bool view_of_lines)
{
    char *all = all_names(view_of_lines);
    char *what = mem_printf("'%s' is none of %s", word, all);

    free(all);
    return what;
}

char *sort_keys_find(const char *word, bool view_of_lines, struct sort_key *ret)
{
    const struct name *found = NULL;
    char *candidates = NULL;

    for (const struct name *n = names; n < names + NAMES; n++) {
        if (is_hidden(n, view_of_lines) || strncmp(n->name, word, strlen(word)) != 0)
            continue;
        if (strcmp(n->name, word) == 0) {
            free(candidates);
            *ret = n->key;
            return NULL;
        }
        if (found && (candidates || !equal(&found->key, &n->key))) {
            char *longer = mem_printf("%s, %s", candidates ? candidates : found->name, n->name);
            free(candidates);
            candidates = longer;
        }
        found = found ? found : n;
    }
    if (!found || *word == '\0') {
        free(candidates);
        return none_error(word, view_of_lines);
    }
    if (!candidates) {
        *ret = found->key;
        return NULL;
    }
    char *what = mem_printf("'%s' is ambiguous: %s", word, candidates);
    free(candidates);
    return what;
}
