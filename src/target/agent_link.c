#include "target/agent_link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "event/agent_wire.h"
#include "object/object.h"
#include "target/exec.h"

#define LIBRARY "lprof-agent.so"
#define LOADER "ld-linux-x86-64.so.2"

// So many threads at a time, as long as that is no more memory than this. None of it is real before it
// is used.
#define BLOCKS_MOST UINT64_C(4096)
#define BLOCKS_LEAST UINT64_C(16)
#define MEMORY_MOST (UINT64_C(16) << 30)

// ---- may it be loaded?

// The interpreter of a script, else NULL.
static char *interpreter_of(const char *path)
{
    CLEANUP(cleanup_fclose) FILE *in = fopen(path, "re");
    CLEANUP(cleanup_free) char *line = NULL;
    size_t room = 0;

    if (!in || getc(in) != '#' || getc(in) != '!' || getline(&line, &room, in) <= 0)
        return NULL;
    char *name = line + strspn(line, " \t");
    name[strcspn(name, " \t\n")] = '\0';
    return mem_strdup(name);
}

static bool has_more_rights(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return false;
    return (st.st_mode & (S_ISUID | S_ISGID)) || getxattr(path, "security.capability", NULL, 0) > 0;
}

static struct lprof_error *check_elf(const char *program, const char *path)
{
    struct object *obj = NULL;
    struct lprof_error *err = object_open(path, NULL, &obj);

    if (err) {
        // No ELF file at all is run by /bin/sh; what else is wrong is told when it is run.
        error_destroy(err);
        return NULL;
    }
    const char *loader = object_interpreter(obj);
    if (!loader)
        err = error_create(LPROF_ERROR_UNSUPPORTED, "%s is linked statically", program);
    else if (strcmp(path_basename(loader), LOADER) != 0)
        err = error_create(LPROF_ERROR_UNSUPPORTED, "%s is loaded by %s, not by %s", program,
                           loader, LOADER);
    else if (has_more_rights(path))
        err = error_create(LPROF_ERROR_UNSUPPORTED, "%s runs with the rights of another user",
                           program);
    object_destroy(obj);
    return err;
}

struct lprof_error *agent_link_check(const char *program)
{
    enum { SCRIPTS_MOST = 4 };
    CLEANUP(cleanup_free) char *path = exec_find(program);

    for (int i = 0; path && i < SCRIPTS_MOST; i++) {
        char *interpreter = interpreter_of(path);
        if (!interpreter)
            return check_elf(program, path);
        free(path);
        path = interpreter;
    }
    return NULL;
}

// ---- opening

// The agent beside the command, or where it is installed; NULL when it is in neither place.
static char *find_library(void)
{
    static const char *const folders[] = {"", LPROF_AGENT_FOLDER "/"};
    CLEANUP(cleanup_free) char *command = realpath("/proc/self/exe", NULL);

    if (!command)
        return NULL;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        int folder = (int)(path_basename(command) - command);
        CLEANUP(cleanup_free)
        char *path = mem_printf("%.*s%s" LIBRARY, folder, command, folders[i]);
        if (access(path, R_OK) == 0)
            return realpath(path, NULL);
    }
    return NULL;
}

struct lprof_error *agent_link_open(struct agent_link *ret)
{
    int ends[2];
    CLEANUP(cleanup_free) char *library = find_library();

    if (!library)
        return error_hint(
            error_create(LPROF_ERROR_UNSUPPORTED, LIBRARY " is not where lprof looks for it"),
            "install lprof anew, with its library");
    if (strpbrk(library, " :"))
        return error_hint(error_create(LPROF_ERROR_UNSUPPORTED,
                                       "%s: no path with a blank or a colon can be preloaded",
                                       library),
                          "install lprof in another folder");
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return error_from_errno(errno, "socketpair");
    int counters = memfd_create("lprof-counters", MFD_CLOEXEC);
    if (counters < 0) {
        int errnum = errno;
        close(ends[0]);
        close(ends[1]);
        return error_from_errno(errnum, "memfd_create");
    }
    *ret = (struct agent_link){
        .library = take_ptr(&library), .socket = ends[0], .peer = ends[1], .counters = counters};
    return NULL;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void agent_link_close(struct agent_link *link)
{
    if (!link->library)
        return;
    close_fd(&link->socket);
    close_fd(&link->peer);
    close_fd(&link->counters);
    free(take_ptr(&link->library));
}

// ---- starting

void agent_link_enter(const struct agent_link *link)
{
    const char *users = getenv("LD_PRELOAD");
    CLEANUP(cleanup_free)
    char *preload = mem_printf("%s%s%s", link->library, users ? ":" : "", users ? users : "");
    CLEANUP(cleanup_free) char *descriptors = mem_printf("%d %d", link->peer, link->counters);

    fcntl(link->peer, F_SETFD, 0);
    fcntl(link->counters, F_SETFD, 0);
    setenv("LD_PRELOAD", preload, 1);
    setenv(AGENT_VARIABLE, descriptors, 1);
}

void agent_link_forked(struct agent_link *link)
{
    close_fd(&link->peer);
}

static ssize_t hear(struct agent_link *link, void *message, size_t size)
{
    ssize_t n;

    do
        n = recv(link->socket, message, size, 0);
    while (n < 0 && errno == EINTR);
    return n;
}

bool agent_link_greeted(struct agent_link *link, pid_t *ret, uint64_t *since_ret)
{
    struct agent_hello hello;

    if (hear(link, &hello, sizeof hello) != (ssize_t)sizeof hello || hello.version != AGENT_VERSION)
        return false;
    *ret = hello.pid;
    *since_ret = hello.time_ns;
    return true;
}

struct lprof_error *agent_link_size(struct agent_link *link, size_t slots)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t size = sizeof(struct agent_block) + slots * sizeof(uint64_t);
    struct agent_area area = {.used = 1};

    link->block_size = (size + page - 1) & ~(page - 1);
    link->block_count = MEMORY_MOST / link->block_size;
    if (link->block_count > BLOCKS_MOST)
        link->block_count = BLOCKS_MOST;
    if (link->block_count < BLOCKS_LEAST)
        link->block_count = BLOCKS_LEAST;
    if (ftruncate(link->counters, (off_t)(link->block_size * link->block_count)) < 0 ||
        pwrite(link->counters, &area, sizeof area, 0) != (ssize_t)sizeof area)
        return error_from_errno(errno, "memory for %zu counters", slots);
    return NULL;
}

struct lprof_error *agent_link_load(struct agent_link *link, const char *path, uint64_t *bias_ret)
{
    CLEANUP(cleanup_free) struct agent_load *order = mem_alloc(sizeof *order);
    struct agent_loaded answer;

    *order = (struct agent_load){.block_size = link->block_size, .block_count = link->block_count};
    snprintf(order->path, sizeof order->path, "%s", path);
    if (send(link->socket, order, sizeof *order, MSG_NOSIGNAL) != (ssize_t)sizeof *order ||
        hear(link, &answer, sizeof answer) != (ssize_t)sizeof answer)
        return error_create(LPROF_ERROR_TARGET, "the program ended before its start");
    answer.reason[sizeof answer.reason - 1] = '\0';
    if (answer.failed)
        return error_create(LPROF_ERROR_TARGET, "the program could not load the counting code: %s",
                            answer.reason);
    *bias_ret = answer.bias;
    return NULL;
}

void agent_link_go(struct agent_link *link)
{
    // The program may be gone by now; that shows elsewhere.
    (void)!send(link->socket, "", 1, MSG_NOSIGNAL);
}

// ---- counts

// How many blocks were used, and who had none.
static uint64_t read_area(const struct agent_link *link, uint64_t *overflow_ret)
{
    struct agent_area area;

    *overflow_ret = 0;
    if (!link->block_size || pread(link->counters, &area, sizeof area, 0) != (ssize_t)sizeof area)
        return 0;
    *overflow_ret = area.overflow;
    return area.used < link->block_count ? area.used : link->block_count;
}

void agent_link_each(const struct agent_link *link,
                     void (*see)(void *context, const uint64_t *slots), void *context)
{
    uint64_t overflow;
    uint64_t used = read_area(link, &overflow);

    if (!used)
        return;
    uint8_t *blocks = mmap(NULL, used * link->block_size, PROT_READ, MAP_SHARED, link->counters, 0);
    if (blocks == MAP_FAILED)
        return;
    for (uint64_t i = 1; i < used; i++) {
        const void *slots = blocks + i * link->block_size + sizeof(struct agent_block);
        see(context, slots);
    }
    munmap(blocks, used * link->block_size);
}

struct sum {
    uint64_t *slots; // [n]
    size_t n;
};

static void add_block(void *context, const uint64_t *slots)
{
    const struct sum *sum = context;

    for (size_t i = 0; i < sum->n; i++)
        sum->slots[i] += slots[i];
}

uint64_t agent_link_sum(const struct agent_link *link, uint64_t *slots, size_t n)
{
    struct sum sum = {slots, n};
    uint64_t overflow;

    memset(slots, 0, n * sizeof *slots);
    agent_link_each(link, add_block, &sum);
    read_area(link, &overflow);
    return overflow;
}
