#include "render/statement.h"

#include <stddef.h>
#include <string.h>

// A line without the blanks around it and the comment behind it.
struct words {
    const char *text;
    size_t length;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct words words_of(const char *line)
{
    const char *comment = strstr(line, "//");

    while (is_blank(*line))
        line++;
    size_t length = comment && comment > line ? (size_t)(comment - line) : strlen(line);
    while (length && is_blank(line[length - 1]))
        length--;
    return (struct words){line, length};
}

static bool starts_with(struct words words, const char *start)
{
    size_t length = strlen(start);

    return words.length >= length && strncmp(words.text, start, length) == 0;
}

static bool starts_with_any(struct words words, const char *const *starts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (starts_with(words, starts[i]))
            return true;
    return false;
}

static bool has(struct words words, const char *part)
{
    return memmem(words.text, words.length, part, strlen(part)) != NULL;
}

// What has no code by its nature, or may have none.
static bool is_declaration(struct words words)
{
    static const char *const starts[] = {
        "static", "extern",   "typedef", "using",  "const",   "struct",  "union",  "enum",
        "#",      "//",       "/*",      "*",      "assert",  "friend",  "class",  "let ",
        "for",    "template", "case ",   "(void)", "_Static", "default", "public", "private"};

    return starts_with_any(words, starts, sizeof starts / sizeof *starts);
}

// A call: nothing but a name before its parenthesis, where `int f(int);` has two.
static bool is_call(struct words words)
{
    const char *open = memchr(words.text, '(', words.length);

    if (!open || words.length < 3 || words.text[words.length - 2] != ')')
        return false;
    return !memchr(words.text, ' ', (size_t)(open - words.text));
}

static bool is_statement(struct words words)
{
    static const char *const jumps[] = {"break;", "continue;", "goto ", "return ", "return;"};

    if (!words.length || words.text[words.length - 1] != ';' || is_declaration(words))
        return false;
    return starts_with_any(words, jumps, sizeof jumps / sizeof *jumps) || has(words, " = ") ||
           has(words, "+=") || has(words, "-=") || has(words, "++") || is_call(words);
}

// Whether what stands before a line is at its end: a line may also be the rest of a statement.
static bool begins_anew(const struct source *source, uint32_t first, uint32_t line)
{
    while (--line >= first) {
        struct words words = words_of(source->lines[line - 1]);
        if (!words.length || starts_with(words, "//") || starts_with(words, "#"))
            continue;
        return strchr(";{}", words.text[words.length - 1]) != NULL;
    }
    return false;
}

// The body of a function without a name is another function's code.
static bool may_be_nested(const struct source *source, uint32_t first, uint32_t line)
{
    static const char *const marks[] = {"](", "]{", "] {", "[&", "[=", "] (", "|"};

    for (uint32_t i = first; i <= line; i++) {
        struct words words = words_of(source->lines[i - 1]);
        for (size_t j = 0; j < sizeof marks / sizeof *marks; j++)
            if (has(words, marks[j]))
                return true;
    }
    return false;
}

// Whether a line stands in a comment, or between #if and #endif, which may have left it out.
static bool may_be_left_out(const struct source *source, uint32_t first, uint32_t line)
{
    bool comment = false;
    int depth = 0;

    for (uint32_t i = first; i < line; i++) {
        const char *text = source->lines[i - 1];
        struct words words = words_of(text);
        depth += starts_with(words, "#if");
        depth -= starts_with(words, "#endif");
        for (const char *mark = text; (mark = strstr(mark, comment ? "*/" : "/*")); mark += 2)
            comment = !comment;
    }
    return comment || depth > 0;
}

static bool is_c(const struct source *source)
{
    size_t length = source->path ? strlen(source->path) : 0;

    return length > 2 && strcmp(source->path + length - 2, ".c") == 0;
}

bool statement_is_on(const struct source *source, uint32_t first, uint32_t line)
{
    if (line <= first || line > source->n_lines || !first)
        return false;
    return is_statement(words_of(source->lines[line - 1])) && begins_anew(source, first, line) &&
           !may_be_left_out(source, first, line) &&
           (is_c(source) || !may_be_nested(source, first, line));
}
