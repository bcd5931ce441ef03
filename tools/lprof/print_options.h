/**
 * @file
 * The options that say what is printed and how: `lprof` and `lprof report`.
 */
#ifndef LPROF_TOOL_PRINT_OPTIONS_H
#define LPROF_TOOL_PRINT_OPTIONS_H

#include "formats.h"
#include "render/render.h"
#include "report/report.h"
#include "terminal.h"
#include "usage.h"
#include "word_list.h"

struct print_options {
    const struct usage *usage; ///< Of the command, for errors.
    const char *format;
    const char *view;
    const char *style;
    const struct layout *layout; ///< What the three choose.
    enum terminal_color color;
    struct word_list sort; ///< Names of -s as given.
    struct word_list columns;
    struct word_list mine;
    struct word_list not_mine;
    struct word_list expand;
    struct word_list regions;  ///< Globs of --region.
    struct word_list patterns; ///< What limits point to.
    struct word_list paths;    ///< FROM and TO of path maps, in turns.
    struct report_limit *limits;
    size_t limits_capacity;
    enum report_function_key *keys;
    size_t keys_capacity;
    struct source_path_map *maps;
    struct report_options report; ///< But for the folders of sources.
    struct render_options render; ///< But for what depends on where it is written.
};

/** What holds when no option is given. */
struct print_options print_options_defaults(const struct usage *usage);

/** Free what the options hold. */
void print_options_deinit(struct print_options *print);

/** The options; `input` of the parser is a `struct print_options`. */
extern const struct argp print_options_argp;

/** Work out what depends on several options; call it behind usage_parse(). Wrong ones end lprof. */
void print_options_finish(struct print_options *print);

#endif
