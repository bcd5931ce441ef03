/**
 * @file
 * The options that say what is measured and where the profile goes: `lprof` and `lprof record`.
 */
#ifndef LPROF_TOOL_CAPTURE_OPTIONS_H
#define LPROF_TOOL_CAPTURE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "api/record.h"
#include "message.h"
#include "select/choice.h"
#include "usage.h"
#include "word_list.h"

struct capture_options {
    const struct usage *usage; ///< Of the command, for errors.
    const char *mode;          ///< --mode as asked.
    bool hits;                 ///< -x: exact, and all functions.
    bool time_calls;           ///< --time calls
    uint32_t rate_hz;
    bool children;
    bool memory;
    enum collector_alloc alloc;
    int64_t delay_ns;
    struct word_list inside;  ///< Globs of functions; none = everywhere.
    struct word_list exclude; ///< Globs of functions that are not to be counted.
    const char *output;       ///< A pattern for output_name_expand(); NULL = the default name.
    enum message_level level;
    bool live;
};

/** What holds when no option is given. */
struct capture_options capture_options_defaults(const struct usage *usage);

/** Check what only goes together with something else; a bad combination ends lprof. */
void capture_options_finish(struct capture_options *capture);

/** The functions of --inside; valid as long as the options. */
struct choice_options capture_options_inside(const struct capture_options *capture);

/** The functions of --exclude, as if they were chosen; valid as long as the options. */
struct choice_options capture_options_exclude(const struct capture_options *capture);

void capture_options_deinit(struct capture_options *capture);

/** The options; `input` of the parser is a `struct capture_options`. */
extern const struct argp capture_options_argp;

/** Check a pattern for a file name that came with an option; a bad one ends lprof. */
void capture_options_check_pattern(const struct usage *usage, const char *option,
                                   const char *pattern);

#endif
