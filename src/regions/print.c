#include "regions/print.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "event/region_wire.h"

static int prints;

void print_start(void)
{
    prints = 1;
}

// Names come from the program; what could drive a terminal stays out.
static void copy_name(char *to, const char *name)
{
    size_t i = 0;

    for (; name[i] && i < REGION_WIRE_NAME_MAX; i++)
        to[i] = (unsigned char)name[i] < ' ' || name[i] == '\x7f' ? '?' : name[i];
    to[i] = '\0';
}

void print_call(const char *name, uint64_t ns)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    char line[REGION_WIRE_NAME_MAX + 64];
    char shown[REGION_WIRE_NAME_MAX + 1];
    double time = (double)ns;
    size_t unit = 0;

    if (!prints)
        return;
    int before = errno;
    while (time >= 1000 && unit + 1 < sizeof units / sizeof *units) {
        time /= 1000;
        unit++;
    }
    copy_name(shown, name);
    int size =
        snprintf(line, sizeof line, "lprof: %s: %.*f %s\n", shown, unit ? 3 : 0, time, units[unit]);
    if (size > 0 && write(STDERR_FILENO, line, (size_t)size) < 0)
        prints = 0; // Nobody reads it.
    errno = before;
}
