// There may be filters from the start on: containers have some, and lprof lives with the same ones. What
// counts is whether more came.
#include "agent/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STATUS_MAX = 4096, FIELD_MAX = 32 };

struct state {
    char mode[FIELD_MAX];
    char filters[FIELD_MAX]; // Empty where the kernel does not tell.
};

static struct state at_start;

// Copy the value of a field; "" when there is none.
static void read_field(const char *status, const char *name, char ret[FIELD_MAX])
{
    const char *value = strstr(status, name);
    size_t n = 0;

    if (value)
        for (value += strlen(name); n + 1 < FIELD_MAX && value[n] && value[n] != '\n'; n++)
            ret[n] = value[n];
    ret[n] = '\0';
}

static struct state read_state(void)
{
    struct state state = {"", ""};
    char status[STATUS_MAX];
    int before = errno;
    int file = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC);

    if (file >= 0) {
        ssize_t n = syscall(SYS_read, file, status, sizeof status - 1);
        status[n > 0 ? n : 0] = '\0';
        read_field(status, "\nSeccomp:", state.mode);
        read_field(status, "\nSeccomp_filters:", state.filters);
        syscall(SYS_close, file);
    }
    errno = before;
    return state;
}

void sandbox_start(void)
{
    at_start = read_state();
}

bool sandbox_has_changed(void)
{
    struct state now = read_state();

    return strcmp(now.mode, at_start.mode) != 0 || strcmp(now.filters, at_start.filters) != 0;
}
