/**
 * @file
 * Lines of text for people: never wider than the terminal, without blanks at their ends, and with
 * nothing in them that could drive the terminal, whatever names and source files hold.
 */
#ifndef LPROF_RENDER_TEXT_H
#define LPROF_RENDER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "render/heat.h"

/** The line that is being written. */
struct text {
    FILE *out;
    unsigned width;  ///< Columns a line may have; 0 = any number.
    bool color;      ///< Write styles.
    unsigned column; ///< Columns of this line so far, pending blanks included.
    unsigned blanks; ///< Not written yet: blanks at the end of a line never are.
    bool full;       ///< Something was cut: nothing more fits in this line.
    enum heat style; ///< Of what comes next.
    enum heat shown; ///< That the terminal is in.
};

/** A text at the start of its first line. */
void text_init(struct text *text, FILE *out, unsigned width, bool color);

/** The style of what comes next, up to the end of the line. */
void text_style(struct text *text, enum heat style);

/** Write a string; control characters become `?`, tabs go to the next multiple of 8 columns. */
void text_put(struct text *text, const char *string);

/** As printf() into text_put(). */
LPROF_PRINTF(2, 3) void text_printf(struct text *text, const char *format, ...);

/** Write `string` at the right end of a field of `columns`. */
void text_right(struct text *text, const char *string, unsigned columns);

/** Write `string` at the left end of a field of `columns`. */
void text_left(struct text *text, const char *string, unsigned columns);

/** Blanks up to a column; none when the line is there already. */
void text_pad_to(struct text *text, unsigned column);

/** A line of source from here on: its tabs count from where it starts. */
void text_source(struct text *text, const char *source);

/** End the line. */
void text_end(struct text *text);

/** Write whole words in as many lines as they take; further lines start with `indent` blanks. */
void text_wrap(struct text *text, const char *words, unsigned indent);

/** Columns that `string` takes. */
unsigned text_columns(const char *string);

/** Columns before the first character of a line of source that is no blank. */
unsigned text_indentation(const char *source);

/**
 * Cut the middle out of a string, so that it takes no more than `columns`: "std::vec...::push_back".
 *
 * @return Free it.
 */
char *text_cut_middle(const char *string, unsigned columns);

#endif
