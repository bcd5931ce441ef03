#include "regions/request.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Lprof looks every few milliseconds.
enum { WAIT_NS = 500000 };

static int fail(int errnum)
{
    errno = errnum;
    return -1;
}

// False when lprof is gone.
static int wait_a_little(const struct region_wire *wire)
{
    const struct timespec time = {.tv_nsec = WAIT_NS};
    int before = errno;

    syscall(SYS_nanosleep, &time, NULL);
    int gone = __atomic_load_n(&wire->header.closed, __ATOMIC_RELAXED) ||
               (kill(wire->header.reader_pid, 0) != 0 && errno == ESRCH);
    errno = before;
    return !gone;
}

static int take(struct region_wire *wire)
{
    uint32_t idle = REGION_WIRE_IDLE;

    while (!__atomic_compare_exchange_n(&wire->header.request, &idle, REGION_WIRE_TAKEN, 0,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        if (!wait_a_little(wire))
            return 0;
        idle = REGION_WIRE_IDLE;
    }
    return 1;
}

// The path as it is from everywhere; 0 or the number of an error.
static int write_path(char *to, size_t room, const char *path)
{
    size_t size = strlen(path);
    size_t folder = 0;

    if (!size)
        return ENOENT;
    if (path[0] != '/') {
        if (!getcwd(to, room))
            return errno;
        folder = strlen(to);
        if (folder + 1 >= room)
            return ENAMETOOLONG;
        to[folder++] = '/';
    }
    if (folder + size >= room)
        return ENAMETOOLONG;
    memcpy(to + folder, path, size + 1);
    return 0;
}

int request_dump(struct region_wire *wire, const char *path)
{
    struct region_wire_header *header = &wire->header;

    if (!path)
        return fail(EFAULT);
    if (!take(wire))
        return fail(EIO);
    int errnum = write_path(header->path, sizeof header->path, path);
    if (errnum) {
        __atomic_store_n(&header->request, REGION_WIRE_IDLE, __ATOMIC_RELEASE);
        return fail(errnum);
    }
    __atomic_store_n(&header->request, REGION_WIRE_ASKED, __ATOMIC_RELEASE);
    while (__atomic_load_n(&header->request, __ATOMIC_ACQUIRE) != REGION_WIRE_ANSWERED)
        if (!wait_a_little(wire))
            return fail(EIO);
    errnum = header->answer;
    __atomic_store_n(&header->request, REGION_WIRE_IDLE, __ATOMIC_RELEASE);
    return errnum ? fail(errnum) : 0;
}
