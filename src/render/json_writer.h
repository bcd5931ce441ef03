/**
 * @file
 * JSON as a stream: values are written as they come, nothing is kept but where they stand.
 *
 * What comes out is valid whatever the strings hold: bytes that are no UTF-8 become U+FFFD.
 *
 * @source RFC 8259
 */
#ifndef LPROF_RENDER_JSON_WRITER_H
#define LPROF_RENDER_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** Deepest nesting. */
#define JSON_WRITER_DEPTH 16

struct json_writer {
    FILE *out;
    char closing[JSON_WRITER_DEPTH]; ///< [depth] `}` or `]`.
    bool started[JSON_WRITER_DEPTH]; ///< [depth] A value stands in it already.
    size_t depth;
    bool after_key;
};

/** A writer at the start of a document. */
void json_writer_init(struct json_writer *writer, FILE *out);

/** Start an object, as a value. */
void json_writer_object(struct json_writer *writer);

/** Start an array, as a value. */
void json_writer_array(struct json_writer *writer);

/** End the innermost object or array; behind the outermost one the line ends. */
void json_writer_end(struct json_writer *writer);

/** The key of the value that comes next. */
void json_writer_key(struct json_writer *writer, const char *key);

/** A string; NULL is null. */
void json_writer_string(struct json_writer *writer, const char *text);

/** A whole number. */
void json_writer_int(struct json_writer *writer, int64_t value);

void json_writer_bool(struct json_writer *writer, bool value);

void json_writer_null(struct json_writer *writer);

#endif
