/**
 * @file
 * What lprof itself says: one line on stderr, starting with "lprof: ". Each line is written at
 * once, so that lines of the running program do not cut it in two.
 */
#ifndef LPROF_TOOL_MESSAGE_H
#define LPROF_TOOL_MESSAGE_H

#include <stdarg.h>

#include "base/error.h"

/** How much lprof says; errors are always said. */
enum message_level {
    MESSAGE_QUIET = -1,
    MESSAGE_NORMAL = 0,
    MESSAGE_VERBOSE = 1,
};

/** Say "lprof: " and the text. Line ends inside it become spaces. */
LPROF_PRINTF(1, 2) void message_say(const char *format, ...);

/** As message_say(). */
__attribute__((format(printf, 1, 0))) void message_vsay(const char *format, va_list args);

/** Say the error's message and what the user can do, then free it. NULL is allowed. */
void message_error(struct lprof_error *err);

#endif
