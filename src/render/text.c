#include "render/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "render/utf8.h"

enum { TAB = 8 };

void text_init(struct text *text, FILE *out, unsigned width, bool color)
{
    *text = (struct text){.out = out, .width = width, .color = color};
}

void text_style(struct text *text, enum heat style)
{
    text->style = style;
}

static void switch_style(struct text *text, enum heat style)
{
    if (!text->color || text->shown == style)
        return;
    if (text->shown != HEAT_PLAIN)
        fputs("\033[0m", text->out);
    fputs(heat_escape(style), text->out);
    text->shown = style;
}

static void put_blanks(struct text *text, unsigned columns)
{
    text->blanks += columns;
    text->column += columns;
}

static void put_bytes(struct text *text, const char *bytes, size_t size, unsigned columns)
{
    if (text->full || (text->width && text->column + columns > text->width)) {
        text->full = true;
        return;
    }
    switch_style(text, text->style);
    fprintf(text->out, "%*s", (int)text->blanks, "");
    text->blanks = 0;
    fwrite(bytes, 1, size, text->out);
    text->column += columns;
}

// Columns of what stands at `string` when the line has `column` columns since its tabs count.
static unsigned columns_of(uint32_t character, unsigned column)
{
    if (character == '\t')
        return TAB - column % TAB;
    return utf8_is_control(character) ? 1 : utf8_columns(character);
}

static void put_from(struct text *text, const char *string, unsigned origin)
{
    size_t size;

    for (; *string && !text->full; string += size) {
        uint32_t character = utf8_next(string, &size);
        unsigned columns = columns_of(character, text->column - origin);
        if (character == ' ' || character == '\t')
            put_blanks(text, columns);
        else if (utf8_is_control(character) || character == UTF8_REPLACEMENT)
            put_bytes(text, "?", 1, 1);
        else
            put_bytes(text, string, size, columns);
    }
}

void text_put(struct text *text, const char *string)
{
    put_from(text, string, 0);
}

void text_source(struct text *text, const char *source)
{
    put_from(text, source, text->column);
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    CLEANUP(cleanup_free) char *string = mem_vprintf(format, args);
    va_end(args);
    text_put(text, string);
}

void text_right(struct text *text, const char *string, unsigned columns)
{
    unsigned own = text_columns(string);

    if (own < columns)
        put_blanks(text, columns - own);
    text_put(text, string);
}

void text_left(struct text *text, const char *string, unsigned columns)
{
    unsigned end = text->column + columns;

    text_put(text, string);
    text_pad_to(text, end);
}

void text_pad_to(struct text *text, unsigned column)
{
    if (text->column < column)
        put_blanks(text, column - text->column);
}

void text_end(struct text *text)
{
    switch_style(text, HEAT_PLAIN);
    putc('\n', text->out);
    text_init(text, text->out, text->width, text->color);
}

unsigned text_columns(const char *string)
{
    unsigned columns = 0;
    size_t size;

    for (; *string; string += size) {
        uint32_t character = utf8_next(string, &size);
        columns += columns_of(character, columns);
    }
    return columns;
}

unsigned text_indentation(const char *source)
{
    unsigned columns = 0;

    for (; *source == ' ' || *source == '\t'; source++)
        columns += columns_of((uint32_t)*source, columns);
    return columns;
}

// Bytes from the start of `string` that fit into `columns`.
static size_t head_size(const char *string, unsigned columns)
{
    unsigned taken = 0;
    size_t head = 0;
    size_t size;

    while (string[head]) {
        uint32_t character = utf8_next(string + head, &size);
        unsigned more = columns_of(character, taken);
        if (taken + more > columns)
            break;
        taken += more;
        head += size;
    }
    return head;
}

// Bytes before the part of `string` whose columns are at most `columns`.
static size_t tail_start(const char *string, unsigned columns)
{
    unsigned left = text_columns(string);
    unsigned taken = 0;
    size_t tail = 0;
    size_t size;

    while (string[tail] && left > columns) {
        unsigned gone = columns_of(utf8_next(string + tail, &size), taken);
        taken += gone;
        left -= gone;
        tail += size;
    }
    return tail;
}

char *text_cut_middle(const char *string, unsigned columns)
{
    static const char dots[] = "...";
    enum { DOTS = sizeof dots - 1 };

    if (text_columns(string) <= columns)
        return mem_strdup(string);
    if (columns <= DOTS)
        return mem_printf("%.*s", (int)head_size(string, columns), string);
    // The end tells overloads and members apart: it gets the odd column.
    unsigned head = (columns - DOTS) / 2;
    size_t tail = tail_start(string, columns - DOTS - head);
    return mem_printf("%.*s%s%s", (int)head_size(string, head), string, dots, string + tail);
}

// Write a word that is wider than a line in as many lines as it takes.
static void put_broken(struct text *text, const char *word, unsigned indent)
{
    while (*word) {
        unsigned room = text->width > text->column ? text->width - text->column : 1;
        size_t size = head_size(word, room);
        // A wide character in a terminal of one column: cut, but never stuck.
        if (!size)
            utf8_next(word, &size);
        CLEANUP(cleanup_free) char *part = mem_printf("%.*s", (int)size, word);
        text_put(text, part);
        word += size;
        if (*word) {
            text_end(text);
            put_blanks(text, indent);
        }
    }
}

void text_wrap(struct text *text, const char *words, unsigned indent)
{
    // In a terminal too narrow for its indent, text starts at the left.
    indent = text->width && indent >= text->width / 2 ? 0 : indent;
    while (*words) {
        size_t size = strcspn(words, " ");
        CLEANUP(cleanup_free) char *word = mem_printf("%.*s", (int)size, words);
        bool fits = !text->width || text->column + text_columns(word) <= text->width;
        if (!fits && text->column > indent) {
            text_end(text);
            put_blanks(text, indent);
        }
        if (fits)
            text_put(text, word);
        else
            put_broken(text, word, indent);
        words += size;
        for (; *words == ' '; words++)
            put_blanks(text, 1);
    }
}
