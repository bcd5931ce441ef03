/**
 * @file
 * Wrong usage and --help, the same for every command: argp parses, and this says in one line which
 * word was wrong and where to read more.
 */
#ifndef LPROF_TOOL_USAGE_H
#define LPROF_TOOL_USAGE_H

#include <argp.h>

#include "base/error.h"

/** Exit status of wrong usage. */
#define USAGE_STATUS 2

/** A command as its user sees it. */
struct usage {
    const char *name;     ///< "lprof", "lprof report" ...
    const char *synopsis; ///< Lines that follow "Usage: "; each ends in a line end.
    const char *about;    ///< Paragraphs between the synopsis and the options.
    const char *examples; ///< Behind the options.
    const struct argp *argp;
};

/**
 * Parse a command's options. Wrong ones, --help and --version end lprof here.
 *
 * @param argv [argc] argv[0] is not looked at.
 * @param input Handed to the parser of `usage->argp`.
 */
void usage_parse(const struct usage *usage, int argc, char **argv, void *input);

/** The options every command has; `input` of its parser is the command's `struct usage`. */
extern const struct argp usage_common_argp;

/** Say what is wrong, point to the command's --help, and end lprof with status 2. */
_Noreturn LPROF_PRINTF(2, 3) void usage_fail(const struct usage *usage, const char *format, ...);

#endif
