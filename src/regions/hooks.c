// Loaded into a profiled program that has regions, before its other libraries: gives the hooks of lprof.h to
// the modules of the program. It allocates nothing, has no lock, and does nothing in a program that lprof
// did not start.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "regions/hook_pointers.h"
#include "regions/print.h"
#include "regions/request.h"
#include "regions/thread.h"

static struct region_wire *joined;

static int dump(const char *path)
{
    return joined ? request_dump(joined, path) : 0;
}

static const struct lprof_hooks hooks = {
    .version = LPROF_HOOKS_VERSION,
    .enter = thread_enter,
    .leave = thread_leave,
    .begin = thread_begin,
    .end = thread_end,
    .set_enabled = thread_set_enabled,
    .reset = thread_reset_all,
    .dump = dump,
};

// The number of a process that is gone may be another one's now.
static int is_ours(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
           st.st_size == (off_t)sizeof(struct region_wire);
}

static struct region_wire *map_wire(void)
{
    const char *path = getenv(REGION_WIRE_VARIABLE);
    int before = errno;
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *memory = MAP_FAILED;

    if (fd >= 0 && is_ours(fd))
        memory = mmap(NULL, sizeof(struct region_wire), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (fd >= 0)
        close(fd);
    if (memory != MAP_FAILED)
        madvise(memory, sizeof(struct region_wire), MADV_DONTDUMP);
    errno = before;
    return memory == MAP_FAILED ? NULL : memory;
}

static int is_for_us(const struct region_wire *wire)
{
    const struct region_wire_header *header = &wire->header;

    return header->version == REGION_WIRE_VERSION && !header->closed &&
           (header->children || header->first_pid == getpid());
}

static void forked(void)
{
    if (joined && !joined->header.children)
        joined = NULL;
    thread_forked();
}

__attribute__((constructor)) static void start(void)
{
    struct region_wire *wire = map_wire();

    if (!wire)
        return;
    if (!is_for_us(wire) || pthread_atfork(thread_before_fork, NULL, forked) != 0) {
        munmap(wire, sizeof *wire);
        return;
    }
    __atomic_fetch_add(&wire->header.started, 1, __ATOMIC_RELAXED);
    if (wire->header.prints)
        print_start();
    joined = wire;
    thread_start(wire);
    hook_pointers_set(&hooks);
}
