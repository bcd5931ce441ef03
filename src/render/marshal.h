/**
 * @file
 * Python's marshal format, as far as a pstats file needs it.
 *
 * @source Python/marshal.c of CPython 3.13 (the forms used here are read by every version 3)
 */
#ifndef LPROF_RENDER_MARSHAL_H
#define LPROF_RENDER_MARSHAL_H

#include <stdint.h>
#include <stdio.h>

/** Begin a tuple of `n` objects; they are written next. */
void marshal_tuple(FILE *out, uint32_t n);

/** Begin a dict: keys and values are written next, in turn; end it with marshal_dict_end(). */
void marshal_dict(FILE *out);
void marshal_dict_end(FILE *out);

/** A string; bytes that are no UTF-8 become U+FFFD. */
void marshal_string(FILE *out, const char *text);

/** A whole number, not negative. */
void marshal_int(FILE *out, int64_t value);

/** A floating-point number. */
void marshal_float(FILE *out, double value);

#endif
