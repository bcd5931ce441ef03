#include "select/function_glob.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"

static bool fits(const char *glob, const char *text)
{
    // What is written out is meant, though "operator[]" is a glob too.
    return strcmp(glob, text) == 0 || fnmatch(glob, text, 0) == 0;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool is_operator(const char *name, const char *at)
{
    static const char word[] = "operator";
    size_t n = sizeof word - 1;

    return strncmp(at, word, n) == 0 && !is_word(at[n]) && (at == name || !is_word(at[-1]));
}

// The next place behind `from` where a part of the name begins: behind "::" or a blank that stand in no
// brackets. NULL at the end, and behind "operator", whose name has both.
static const char *next_part(const char *name, const char *from)
{
    int depth = 0;

    for (const char *c = from; *c; c++) {
        if (depth == 0 && is_operator(name, c))
            return NULL;
        if (strchr("(<{[", *c))
            depth++;
        else if (strchr(")>}]", *c))
            depth--;
        else if (depth == 0 && c[0] == ':' && c[1] == ':')
            return c + 2;
        else if (depth == 0 && *c == ' ' && c[1])
            return c + 1;
    }
    return NULL;
}

static bool fits_any_part(const char *glob, const char *name)
{
    for (const char *part = name; part; part = next_part(name, part))
        if (fits(glob, part))
            return true;
    return false;
}

// The bracket that opens what the last character closes, or NULL.
static char *opening(char *name, char open, char close)
{
    int depth = 0;

    for (char *c = name + strlen(name); c-- > name;) {
        depth += (*c == close) - (*c == open);
        if (!depth)
            return c;
    }
    return NULL;
}

static bool ends_with(const char *name, size_t length, const char *end)
{
    size_t n = strlen(end);

    return length >= n && memcmp(name + length - n, end, n) == 0;
}

static void drop_qualifiers(char *name)
{
    static const char *const qualifiers[] = {" const", " volatile", " &", " &&", "&", "&&"};
    size_t i = 0;

    while (i < sizeof qualifiers / sizeof *qualifiers) {
        size_t length = strlen(name);
        if (ends_with(name, length, qualifiers[i])) {
            name[length - strlen(qualifiers[i])] = '\0';
            i = 0;
        } else {
            i++;
        }
    }
}

static void drop_parameters(char *name)
{
    char *closing = strrchr(name, ')');

    // "f(int) const", but not "(anonymous namespace)::f".
    if (closing && !strstr(closing, "::") && closing[1] != '\0')
        drop_qualifiers(name);
    size_t length = strlen(name);
    if (!length || name[length - 1] != ')' || ends_with(name, length, "(anonymous namespace)"))
        return;
    char *open = opening(name, '(', ')');
    bool is_name = open && open - name >= 8 && is_operator(name, open - 8);
    if (open && open > name && !is_name)
        *open = '\0';
}

static void drop_template_arguments(char *name)
{
    size_t length = strlen(name);

    if (!length || name[length - 1] != '>')
        return;
    // "operator>" and "operator->" have none.
    size_t n = length;
    while (n && strchr("<>=-", name[n - 1]))
        n--;
    if (n >= 8 && is_operator(name, name + n - 8))
        return;
    char *open = opening(name, '<', '>');
    if (open && open > name && open[-1] != ':')
        *open = '\0';
}

char *function_glob_stem(const char *name)
{
    char *stem = mem_strdup(name);

    drop_parameters(stem);
    drop_template_arguments(stem);
    return stem;
}

const char *function_glob_last_part(const char *name)
{
    const char *last = name;

    for (const char *part = name; part; part = next_part(name, part))
        last = part;
    return last;
}

bool function_glob_matches(const char *glob, const char *name, const char *linkage_name)
{
    if ((linkage_name && fits(glob, linkage_name)) || fits_any_part(glob, name))
        return true;
    CLEANUP(cleanup_free) char *stem = mem_strdup(name);
    drop_parameters(stem);
    if (fits_any_part(glob, stem))
        return true;
    drop_template_arguments(stem);
    return fits_any_part(glob, stem);
}
