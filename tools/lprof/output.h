/**
 * @file
 * Where a report goes: a stream that remembers why writing failed, and takes a reader that went
 * away
 * (`| head`) as the end of the matter.
 */
#ifndef LPROF_TOOL_OUTPUT_H
#define LPROF_TOOL_OUTPUT_H

#include <stdio.h>

#include "base/error.h"

struct output {
    FILE *stream; ///< Write here; never fails visibly.
    int fd;       ///< Where the bytes go.
    int errnum;   ///< The first failure, 0 = none.
    char *name;   ///< For the message.
};

/** Write to a descriptor, which is duplicated. */
struct output *output_open_fd(int fd, const char *name);

/** Write to a file, which is emptied first. */
LPROF_MUST_USE struct lprof_error *output_open_file(const char *path, struct output **ret);

/**
 * Write out the rest, close and free. NULL is allowed.
 *
 * @return NULL, or a SYSTEM error when bytes did not arrive though someone was there to read them.
 */
LPROF_MUST_USE struct lprof_error *output_close(struct output *output);

/** Write out stdout. The exit status: 0, or 1 after saying why it failed. */
int output_finish_stdout(void);

#endif
