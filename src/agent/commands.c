#include "agent/commands.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/faults.h"
#include "agent/line.h"
#include "agent/thread_counters.h"

static void fail(struct agent_loaded *answer, const char *reason)
{
    size_t length = strnlen(reason, sizeof answer->reason - 1);

    answer->failed = 1;
    memcpy(answer->reason, reason, length);
}

static void load(const struct agent_load *order, struct agent_loaded *answer)
{
    struct link_map *map = NULL;
    void *copies = dlopen(order->path, RTLD_NOW | RTLD_LOCAL);

    if (!copies || dlinfo(copies, RTLD_DI_LINKMAP, &map) != 0) {
        const char *reason = dlerror();
        fail(answer, reason ? reason : "dlopen");
        return;
    }
    answer->bias = map->l_addr;
}

// Where the loader is at work already, it cannot be asked.
static void map_code(const struct agent_load *order, struct agent_loaded *answer)
{
    void *addr = (void *)(uintptr_t)order->addr;
    int file = (int)syscall(SYS_openat, AT_FDCWD, order->path, O_RDONLY | O_CLOEXEC);
    void *code = MAP_FAILED;

    if (file >= 0) {
        code = mmap(addr, order->size, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED_NOREPLACE,
                    file, (off_t)order->offset);
        line_close(file);
    }
    if (code == addr)
        return;
    fail(answer, "mmap");
    if (code != MAP_FAILED)
        munmap(code, order->size);
}

static void obey(struct agent_load *order, int counters, struct agent_loaded *answer)
{
    *answer = (struct agent_loaded){.version = AGENT_VERSION};
    order->path[sizeof order->path - 1] = '\0';
    if (!thread_counters_start(counters, order)) {
        fail(answer, "the counters could not be mapped");
        return;
    }
    answer->timing_ticks = thread_counters_timing_cost();
    if (order->addr)
        map_code(order, answer);
    else if (*order->path)
        load(order, answer);
    if ((order->addr || *order->path) && !answer->failed)
        faults_watch(thread_counters_area());
}

void commands_serve(int socket, int counters)
{
    static struct agent_load order; // Too large for a stack that nobody knows.
    struct agent_loaded answer;

    while (line_hear(socket, &order, sizeof order) == (ssize_t)sizeof order) {
        obey(&order, counters, &answer);
        if (!line_tell(socket, &answer, sizeof answer))
            return;
    }
}
