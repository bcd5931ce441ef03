#include "render/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "render/text.h"

void names_init(struct names *names, const struct report *report)
{
    *names = (struct names){.report = report, .folder = getcwd(NULL, 0)};
}

void names_deinit(struct names *names)
{
    free(names->folder);
    *names = (struct names){0};
}

// The part of `path` below `folder`, or NULL.
static const char *below(const char *path, const char *folder)
{
    if (!folder || !folder[0] || !path_is_below(path, folder))
        return NULL;
    path += strlen(folder);
    path += strspn(path, "/");
    return *path ? path : NULL;
}

const char *names_path(const struct names *names, const char *file)
{
    const struct report *report = names->report;
    const char *path = report->sources ? sources_map_path(report->sources, file) : file;
    // From the root folder everything would be "below": there, paths stay absolute.
    bool at_root = names->folder && strcmp(names->folder, "/") == 0;
    const char *here = at_root ? NULL : below(path, names->folder);

    if (here || !report->project)
        return here ? here : path;
    const char *in_project = below(path, project_root(report->project));
    return in_project ? in_project : path;
}

char *names_place(const struct names *names, const struct report_function *function,
                  const char *file, uint32_t line)
{
    if (!file)
        return mem_strdup(function->module ? function->module : "");
    if (!line)
        return mem_strdup(names_path(names, file));
    return mem_printf("%s:%u", names_path(names, file), line);
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

// Bytes of an operator's own name at `name`, such as "operator<<" or "operator()"; 0 = none is here.
static size_t operator_size(const char *name, const char *start)
{
    static const char word[] = "operator";
    size_t n = sizeof word - 1;

    if (strncmp(name, word, n) != 0 || is_word(name[n]) || (name > start && is_word(name[-1])))
        return 0;
    if (strncmp(name + n, "()", 2) == 0)
        return n + 2;
    return n + strspn(name + n, "<>=-");
}

// The bracket that belongs to the opening one at `name`, or the end of a name that has none.
static const char *closing(const char *name)
{
    size_t depth = 0;

    for (const char *c = name; *c; c++) {
        if (*c == '(' || *c == '<')
            depth++;
        else if ((*c == ')' || (*c == '>' && c[-1] != '-')) && --depth == 0)
            return c;
    }
    return name + strlen(name) - 1;
}

// Templates are demangled with their return type in front, const members with "const" behind.
static void drop_qualifiers(char *brief)
{
    static const char constant[] = " const";
    size_t length = strlen(brief);
    size_t n = sizeof constant - 1;

    if (length > n && strcmp(brief + length - n, constant) == 0)
        brief[length - n] = '\0';
    // Where a blank belongs to the name, as in "operator new" or "f [clone .cold]", all stays.
    bool whole = strstr(brief, "operator") || strpbrk(brief, "<([");
    const char *blank = whole ? NULL : strrchr(brief, ' ');
    if (blank && blank[1])
        memmove(brief, blank + 1, strlen(blank + 1) + 1);
}

char *names_brief(const char *name)
{
    static const char anonymous[] = "(anonymous namespace)";
    char *brief = mem_alloc(strlen(name) + 1);
    size_t out = 0;

    for (const char *c = name; *c; c++) {
        size_t keep = operator_size(c, name);
        if (strncmp(c, anonymous, sizeof anonymous - 1) == 0)
            keep = sizeof anonymous - 1;
        // A name in brackets alone, "<lambda>" or "(unknown)", is a name.
        bool skipped = !keep && (*c == '<' || *c == '(') && c > name && c[-1] != ':';
        if (skipped) {
            c = closing(c);
            continue;
        }
        keep = keep ? keep : 1;
        memcpy(brief + out, c, keep);
        out += keep;
        c += keep - 1;
    }
    drop_qualifiers(brief);
    return brief;
}

char *names_fit(const char *name, unsigned columns, bool cut)
{
    if (text_columns(name) <= columns)
        return mem_strdup(name);
    char *brief = names_brief(name);
    if (!cut)
        return brief;
    char *shown = text_cut_middle(brief, columns);
    free(brief);
    return shown;
}

char *names_fit_place(const char *place, unsigned columns)
{
    static const char dots[] = "...";
    const char *rest = place;

    if (text_columns(place) <= columns)
        return mem_strdup(place);
    while (strchr(rest + 1, '/') && text_columns(rest) + sizeof dots - 1 > columns)
        rest = strchr(rest + 1, '/');
    return mem_printf("%s%s", rest > place ? dots : "", rest);
}

static char *quoted(const char *argument)
{
    static const char plain[] = "-_./=:,+@%^"
                                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    bool is_plain = argument[0] && strspn(argument, plain) == strlen(argument);
    if (is_plain)
        return mem_strdup(argument);
    // Inside single quotes only a single quote is special, and leaves them: '\''.
    char *text = mem_alloc(4 * strlen(argument) + 3);
    size_t out = 0;
    text[out++] = '\'';
    for (const char *c = argument; *c; c++) {
        if (*c == '\'') {
            memcpy(text + out, "'\\''", 4);
            out += 4;
        } else {
            text[out++] = *c;
        }
    }
    text[out] = '\'';
    return text;
}

char *names_command(const char *const *arguments, size_t n)
{
    char *command = mem_strdup("");

    for (size_t i = 0; i < n; i++) {
        char *argument = quoted(arguments[i]);
        char *longer = mem_printf("%s%s%s", command, i ? " " : "", argument);
        free(argument);
        free(command);
        command = longer;
    }
    return command;
}
