#include "render/json_writer.h"

#include <assert.h>
#include <inttypes.h>

#include "render/utf8.h"

void json_writer_init(struct json_writer *writer, FILE *out)
{
    *writer = (struct json_writer){.out = out};
}

// What stands before a value or a key.
static void separate(struct json_writer *writer)
{
    if (writer->after_key || !writer->depth) {
        writer->after_key = false;
        return;
    }
    size_t inner = writer->depth - 1;
    if (writer->started[inner])
        fputs(", ", writer->out);
    writer->started[inner] = true;
}

static void begin(struct json_writer *writer, char opening, char closing)
{
    assert(writer->depth < JSON_WRITER_DEPTH);
    bool in_array = writer->depth && writer->closing[writer->depth - 1] == ']';
    bool first = in_array && !writer->started[writer->depth - 1];

    if (in_array && !first)
        putc(',', writer->out);
    // Each object of an array has a line of its own, which line tools and diff can work with.
    if (in_array) {
        fprintf(writer->out, "\n%*s", (int)writer->depth, "");
        writer->started[writer->depth - 1] = true;
    } else {
        separate(writer);
    }
    putc(opening, writer->out);
    writer->closing[writer->depth] = closing;
    writer->started[writer->depth] = false;
    writer->depth++;
}

void json_writer_object(struct json_writer *writer)
{
    begin(writer, '{', '}');
}

void json_writer_array(struct json_writer *writer)
{
    begin(writer, '[', ']');
}

void json_writer_end(struct json_writer *writer)
{
    assert(writer->depth && !writer->after_key);
    putc(writer->closing[--writer->depth], writer->out);
    if (!writer->depth)
        putc('\n', writer->out);
}

static void put_character(FILE *out, const char *text, uint32_t character, size_t size)
{
    if (character == '"' || character == '\\')
        fprintf(out, "\\%c", (char)character);
    else if (character == '\n')
        fputs("\\n", out);
    else if (character == '\t')
        fputs("\\t", out);
    // DEL and the C1 controls are allowed raw, but would reach a terminal.
    else if (utf8_is_control(character))
        fprintf(out, "\\u%04" PRIx32, character);
    else if (character == UTF8_REPLACEMENT)
        fputs("\xef\xbf\xbd", out);
    else
        fwrite(text, 1, size, out);
}

static void put_string(FILE *out, const char *text)
{
    size_t size;

    putc('"', out);
    for (; *text; text += size) {
        uint32_t character = utf8_next(text, &size);
        put_character(out, text, character, size);
    }
    putc('"', out);
}

void json_writer_key(struct json_writer *writer, const char *key)
{
    assert(writer->depth && writer->closing[writer->depth - 1] == '}' && !writer->after_key);
    separate(writer);
    put_string(writer->out, key);
    fputs(": ", writer->out);
    writer->after_key = true;
}

void json_writer_string(struct json_writer *writer, const char *text)
{
    if (!text) {
        json_writer_null(writer);
        return;
    }
    separate(writer);
    put_string(writer->out, text);
}

void json_writer_int(struct json_writer *writer, int64_t value)
{
    separate(writer);
    fprintf(writer->out, "%" PRId64, value);
}

void json_writer_bool(struct json_writer *writer, bool value)
{
    separate(writer);
    fputs(value ? "true" : "false", writer->out);
}

void json_writer_null(struct json_writer *writer)
{
    separate(writer);
    fputs("null", writer->out);
}
