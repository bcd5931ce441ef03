#include "status_line.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "terminal.h"

#define WIPE "\r\033[K"

static void put(const char *text)
{
    // Nobody misses a status line that cannot be written.
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return;
}

// Cut to `width` columns, in front of a whole UTF-8 character.
static void cut(char *text, size_t width)
{
    size_t columns = 0;

    for (char *c = text; *c; c++) {
        bool starts_character = ((unsigned char)*c & 0xC0) != 0x80;
        if (starts_character && columns++ == width) {
            *c = '\0';
            return;
        }
    }
}

void status_line_show(struct status_line *line, const char *format, ...)
{
    unsigned width = terminal_width(STDERR_FILENO);
    va_list args;

    if (width < 2)
        return;
    va_start(args, format);
    CLEANUP(cleanup_free) char *said = mem_vprintf(format, args);
    va_end(args);
    CLEANUP(cleanup_free) char *text = mem_printf("lprof: %s", said);
    cut(text, width - 1);
    CLEANUP(cleanup_free) char *whole = mem_printf(WIPE "%s", text);
    put(whole);
    line->shown = true;
}

void status_line_clear(struct status_line *line)
{
    if (line->shown)
        put(WIPE);
    line->shown = false;
}
