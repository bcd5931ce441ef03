#include "message.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

// Straight to the descriptor: nothing may wait in a buffer when the program goes on writing. A
// closed or broken stderr leaves nobody to tell, so a failure ends the attempt.
static void write_line(const char *line)
{
    size_t left = strlen(line);

    while (left) {
        ssize_t n = write(STDERR_FILENO, line, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return;
        line += n;
        left -= (size_t)n;
    }
}

void message_vsay(const char *format, va_list args)
{
    CLEANUP(cleanup_free) char *text = mem_vprintf(format, args);
    CLEANUP(cleanup_free) char *line = mem_printf("lprof: %s\n", text);

    for (char *c = line; c[1]; c++) {
        if (*c == '\n' || *c == '\r')
            *c = ' ';
    }
    write_line(line);
}

void message_say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    message_vsay(format, args);
    va_end(args);
}

void message_error(struct lprof_error *err)
{
    if (!err)
        return;
    if (err->hint)
        message_say("%s; %s", err->message, err->hint);
    else
        message_say("%s", err->message);
    error_destroy(err);
}
