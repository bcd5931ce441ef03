#include "collect/process_size.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

bool process_size(pid_t pid, uint64_t *ret)
{
    char text[128];
    uint64_t pages;

    snprintf(text, sizeof text, "/proc/%d/statm", pid);
    int fd = open(text, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size <= 0)
        return false;
    text[size] = '\0';
    if (sscanf(text, "%*u %" SCNu64, &pages) != 1 || !pages)
        return false;
    *ret = pages * (uint64_t)sysconf(_SC_PAGESIZE);
    return true;
}
