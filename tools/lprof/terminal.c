#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { USUAL_WIDTH = 80 };

unsigned terminal_width(int fd)
{
    struct winsize size;

    if (!isatty(fd))
        return 0;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return USUAL_WIDTH;
    return size.ws_col;
}

bool terminal_colored(int fd, enum terminal_color asked)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    if (asked != TERMINAL_COLOR_AUTO)
        return asked == TERMINAL_COLOR_ALWAYS;
    if (no_color && *no_color)
        return false;
    return isatty(fd) && term && strcmp(term, "dumb") != 0;
}

bool terminal_same(int a, int b)
{
    struct stat sa;
    struct stat sb;

    return isatty(a) && isatty(b) && fstat(a, &sa) == 0 && fstat(b, &sb) == 0 &&
           sa.st_rdev == sb.st_rdev;
}
