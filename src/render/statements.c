/*
 * The text is read as tokens: words, strings and single characters. At the start of a statement its first
 * word says what it is; then the end is looked for: a semicolon outside of all brackets, or, behind the
 * parentheses of `if` and the like, the place where the next statement starts. Macros may make anything of
 * the text: what is not understood passes for part of the statement before it, so that a line is rather not
 * told than wrongly told.
 */
#include "render/statements.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { WORD_MAX = 32 };

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,   // Names and numbers.
    TOKEN_STRING, // Characters, too.
    TOKEN_SIGN,   // One character of anything else.
};

struct token {
    enum token_kind kind;
    char sign;           // Of a sign.
    char next;           // What follows at once.
    char word[WORD_MAX]; // Its beginning.
    uint32_t line;
};

struct reader {
    const struct source *source;
    uint32_t line; // From 1.
    uint32_t last;
    const char *at; // In the line.
    struct token token;
    uint32_t *found; // [last - first + 1]
    uint32_t first;
    unsigned conditions; // Of #if that are open: what stands there may be left out.
};

// ---- tokens

static void next_line(struct reader *reader)
{
    reader->line++;
    reader->at = reader->line <= reader->last ? reader->source->lines[reader->line - 1] : "";
}

static bool is_over(const struct reader *reader)
{
    return reader->line > reader->last;
}

// A directive goes on behind a backslash at the end of a line.
static void skip_directive(struct reader *reader)
{
    const char *name = reader->at + 1 + strspn(reader->at + 1, " \t");
    bool goes_on = true;

    if (strncmp(name, "if", 2) == 0)
        reader->conditions++;
    else if (strncmp(name, "endif", 5) == 0 && reader->conditions)
        reader->conditions--;

    while (goes_on && !is_over(reader)) {
        size_t length = strlen(reader->at);
        goes_on = length && reader->at[length - 1] == '\\';
        next_line(reader);
    }
}

static void skip_comment(struct reader *reader)
{
    const char *end = strstr(reader->at + 2, "*/");

    while (!end && !is_over(reader)) {
        next_line(reader);
        end = strstr(reader->at, "*/");
    }
    if (end)
        reader->at = end + 2;
}

static bool is_at_directive(const struct reader *reader)
{
    const char *text = reader->source->lines[reader->line - 1];

    return *reader->at == '#' && text + strspn(text, " \t") == reader->at;
}

// Up to the next token, over blanks, comments and directives.
static void skip_blank(struct reader *reader)
{
    while (!is_over(reader)) {
        const char *at = reader->at;
        if (!*at || (at[0] == '/' && at[1] == '/'))
            next_line(reader);
        else if (is_at_directive(reader))
            skip_directive(reader);
        else if (at[0] == '/' && at[1] == '*')
            skip_comment(reader);
        else if (isspace((unsigned char)*at) || *at == '\\')
            reader->at++;
        else
            return;
    }
}

static void skip_string(struct reader *reader)
{
    char quote = *reader->at++;

    while (*reader->at && *reader->at != quote)
        reader->at += reader->at[0] == '\\' && reader->at[1] ? 2 : 1;
    reader->at += *reader->at == quote;
}

// R"name( ... )name", over several lines. The quote is next.
static void skip_raw_string(struct reader *reader)
{
    char end[WORD_MAX] = ")";
    size_t length = strcspn(reader->at + 1, "(");

    if (length + 3 > sizeof end)
        return;
    memcpy(end + 1, reader->at + 1, length);
    end[1 + length] = '"';
    const char *found = strstr(reader->at, end);
    while (!found && !is_over(reader)) {
        next_line(reader);
        found = strstr(reader->at, end);
    }
    if (found)
        reader->at = found + strlen(end);
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

static bool is_raw_prefix(const char *word)
{
    size_t length = strlen(word);

    return length && length <= 3 && word[length - 1] == 'R';
}

static void read_word(struct reader *reader, struct token *token)
{
    size_t length = 0;
    bool is_number = isdigit((unsigned char)*reader->at);

    // 1'000'000 in C++.
    while (is_word(*reader->at) || (is_number && *reader->at == '\'' && is_word(reader->at[1]))) {
        if (length + 1 < sizeof token->word)
            token->word[length++] = *reader->at;
        reader->at++;
    }
    token->word[length] = '\0';
    token->kind = TOKEN_WORD;
    if (*reader->at == '"' && is_raw_prefix(token->word)) {
        skip_raw_string(reader);
        token->kind = TOKEN_STRING;
    }
}

static const struct token *next(struct reader *reader)
{
    struct token *token = &reader->token;

    skip_blank(reader);
    *token = (struct token){.kind = TOKEN_END, .line = reader->line};
    if (is_over(reader))
        return token;
    if (is_word(*reader->at)) {
        read_word(reader, token);
    } else if (*reader->at == '"' || *reader->at == '\'') {
        token->kind = TOKEN_STRING;
        skip_string(reader);
    } else {
        token->kind = TOKEN_SIGN;
        token->sign = *reader->at++;
    }
    token->next = is_over(reader) ? '\0' : *reader->at;
    return token;
}

static bool is_end(const struct reader *reader)
{
    return reader->token.kind == TOKEN_END;
}

static bool is_sign(const struct reader *reader, char sign)
{
    return reader->token.kind == TOKEN_SIGN && reader->token.sign == sign;
}

static bool is_one_of(const struct reader *reader, const char *const *words)
{
    for (size_t i = 0; reader->token.kind == TOKEN_WORD && words[i]; i++)
        if (strcmp(reader->token.word, words[i]) == 0)
            return true;
    return false;
}

// ---- statements

// The token that opens is the current one; behind it, the one that closes it is.
static void skip_brackets(struct reader *reader)
{
    unsigned depth = 0;

    while (!is_end(reader)) {
        bool is_bracket = reader->token.kind == TOKEN_SIGN;
        if (is_bracket && strchr("([{", reader->token.sign))
            depth++;
        else if (is_bracket && strchr(")]}", reader->token.sign) && --depth == 0)
            return;
        next(reader);
    }
}

// Up to and with the semicolon outside of all brackets.
static void skip_declaration(struct reader *reader)
{
    while (!is_end(reader) && !is_sign(reader, ';')) {
        if (is_sign(reader, '}'))
            return;
        if (is_sign(reader, '(') || is_sign(reader, '[') || is_sign(reader, '{'))
            skip_brackets(reader);
        next(reader);
    }
    next(reader);
}

static void tell(struct reader *reader, uint32_t begin, uint32_t end)
{
    if (reader->conditions)
        return;
    if (begin >= reader->first && begin <= reader->last && !reader->found[begin - reader->first])
        reader->found[begin - reader->first] = end;
}

// if (...), for (...): what follows the parentheses is a statement of its own.
static void read_control(struct reader *reader)
{
    uint32_t begin = reader->token.line;

    next(reader);
    // if constexpr; if consteval has no parentheses.
    while (reader->token.kind == TOKEN_WORD)
        next(reader);
    if (!is_sign(reader, '('))
        return;
    skip_brackets(reader);
    tell(reader, begin, reader->token.line);
    next(reader);
}

// What of a statement outside of its brackets tells what it is.
struct shape {
    bool acts;      // It assigns, calls or changes something, or jumps.
    bool is_type;   // It begins as the definition of a type may.
    bool is_block;  // A block follows that a macro begins: name(...) {
    unsigned words; // So many stand in front of the token.
};

static void take_brackets(struct reader *reader, struct shape *shape)
{
    char sign = reader->token.sign;
    bool is_macro = sign == '(' && !shape->acts && shape->words == 1;

    shape->acts |= sign == '(' || (sign == '{' && !shape->is_type);
    shape->words = 0;
    skip_brackets(reader);
    next(reader);
    shape->is_block = is_macro && is_sign(reader, '{');
}

static void take_token(struct reader *reader, struct shape *shape)
{
    const struct token *token = &reader->token;
    bool is_step =
        token->kind == TOKEN_SIGN && strchr("+-", token->sign) && token->next == token->sign;

    shape->acts |= is_step || is_sign(reader, '=');
    shape->words = token->kind == TOKEN_WORD ? shape->words + 1 : 0;
    next(reader);
}

// Any other statement: up to its semicolon.
static void read_plain(struct reader *reader, struct shape shape)
{
    uint32_t begin = reader->token.line;
    uint32_t end = begin;

    while (!is_end(reader) && !is_sign(reader, ';') && !is_sign(reader, '}')) {
        bool opens = is_sign(reader, '(') || is_sign(reader, '[') || is_sign(reader, '{');
        if (opens)
            take_brackets(reader, &shape);
        else
            take_token(reader, &shape);
        if (shape.is_block)
            return;
        end = is_sign(reader, '}') ? end : reader->token.line;
    }
    if (shape.acts && !is_end(reader))
        tell(reader, begin, end);
    if (is_sign(reader, ';'))
        next(reader);
}

// "name:" but not "name::".
static bool is_label(const struct reader *reader)
{
    const char *at = reader->at + strspn(reader->at, " \t");

    return reader->token.kind == TOKEN_WORD && at[0] == ':' && at[1] != ':';
}

static void skip_label(struct reader *reader)
{
    while (!is_end(reader) && !is_sign(reader, ';') &&
           !(is_sign(reader, ':') && reader->token.next != ':')) {
        // The second colon of "::" is none that ends.
        bool is_scope = is_sign(reader, ':');
        next(reader);
        if (is_scope)
            next(reader);
    }
    next(reader);
}

// (void)name;
static bool is_nothing(const struct reader *reader)
{
    return is_sign(reader, '(') && strncmp(reader->at, "void)", 5) == 0;
}

static void read_statement(struct reader *reader)
{
    static const char *const controls[] = {"if", "for", "while", "switch", "catch", NULL};
    static const char *const beginnings[] = {"else", "do", "try", NULL};
    static const char *const labels[] = {"case", "default", NULL};
    static const char *const acts[] = {"return", "break",     "continue", "goto",     "throw",
                                       "delete", "co_return", "co_yield", "co_await", NULL};
    static const char *const types[] = {"struct", "class", "union", "enum", NULL};
    // What needs no code of its own: constants, checks that are left out, names.
    static const char *const silent[] = {"typedef",        "using",  "static",    "assert",
                                         "static_assert",  "extern", "constexpr", "namespace",
                                         "_Static_assert", NULL};

    if (is_sign(reader, ';') || is_one_of(reader, beginnings))
        next(reader);
    else if (is_one_of(reader, controls))
        read_control(reader);
    else if (is_one_of(reader, labels) || is_label(reader))
        skip_label(reader);
    else if (is_one_of(reader, silent) || is_nothing(reader))
        skip_declaration(reader);
    else
        read_plain(reader, (struct shape){.acts = is_one_of(reader, acts),
                                          .is_type = is_one_of(reader, types)});
}

// All in braces; the current token is the one behind the first that opens.
static void read_body(struct reader *reader)
{
    unsigned depth = 1;

    while (!is_end(reader)) {
        if (is_sign(reader, '}') && --depth == 0)
            return;
        if (is_sign(reader, '{'))
            depth++;
        if (is_sign(reader, '{') || is_sign(reader, '}'))
            next(reader);
        else
            read_statement(reader);
    }
}

static bool is_c(const char *path)
{
    static const char *const endings[] = {".c",  ".cc",  ".cpp", ".cxx", ".C",   ".c++", ".h",
                                          ".hh", ".hpp", ".hxx", ".h++", ".inl", ".tcc", ".ipp"};
    const char *dot = path ? strrchr(path, '.') : NULL;

    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcmp(dot, endings[i]) == 0)
            return true;
    return false;
}

uint32_t *statements_find(const struct source *source, uint32_t first, uint32_t last)
{
    struct reader reader = {.source = source, .line = first, .first = first, .last = last};

    if (!is_c(source->path) || !first || first > last || last > source->n_lines)
        return NULL;
    reader.at = source->lines[first - 1];
    next(&reader);
    while (!is_end(&reader) && !is_sign(&reader, '{')) {
        if (is_sign(&reader, ';'))
            return NULL;
        if (is_sign(&reader, '(') || is_sign(&reader, '['))
            skip_brackets(&reader);
        next(&reader);
    }
    if (is_end(&reader))
        return NULL;
    reader.found = mem_alloc_array(last - first + 1, sizeof *reader.found);
    next(&reader);
    read_body(&reader);
    return reader.found;
}
