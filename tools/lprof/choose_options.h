/**
 * @file
 * The options that choose functions: of every command that shows some.
 */
#ifndef LPROF_TOOL_CHOOSE_OPTIONS_H
#define LPROF_TOOL_CHOOSE_OPTIONS_H

#include <argp.h>

#include "select/choice.h"
#include "word_list.h"

/** A zeroed struct chooses nothing. */
struct choose_options {
    struct word_list functions;
    struct word_list sources;
    bool all;
};

/** The options; `input` of the parser is a `struct choose_options`. */
extern const struct argp choose_options_argp;

/** What they choose; points into `choose`. */
struct choice_options choose_options_choice(const struct choose_options *choose);

/** Free what the options hold. */
void choose_options_deinit(struct choose_options *choose);

#endif
