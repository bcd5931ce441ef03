#include "target/agent_link.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>
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
#define MEMORY_MOST (UINT64_C(8) << 30)
// Room for programs and libraries that come later [bytes per thread].
#define RESERVE (UINT64_C(1) << 20)
#define ADDRESS_NAME "line"

static uint64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

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

static bool is_sanitized(struct object *obj)
{
    static const char *const names[] = {"__asan_init",
                                        "__tsan_init",
                                        "__msan_init",
                                        "__lsan_init",
                                        "__hwasan_init",
                                        "__ubsan_handle_add_overflow",
                                        "__ubsan_handle_type_mismatch_v1"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (object_has_dynamic_name(obj, names[i]))
            return true;
    return false;
}

static bool has_more_rights(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return false;
    return (st.st_mode & (S_ISUID | S_ISGID)) || getxattr(path, "security.capability", NULL, 0) > 0;
}

static bool is_elf(const char *path)
{
    CLEANUP(cleanup_close) int file = open(path, O_RDONLY | O_CLOEXEC);
    char magic[4];

    return file >= 0 && read(file, magic, sizeof magic) == (ssize_t)sizeof magic &&
           memcmp(magic, "\177ELF", sizeof magic) == 0;
}

// Takes what was wrong.
static struct lprof_error *unreadable(const char *program, struct lprof_error *why)
{
    struct lprof_error *err =
        error_create(LPROF_ERROR_UNSUPPORTED, "%s cannot be read: %s", program, why->message);

    error_destroy(why);
    return err;
}

static struct lprof_error *check_elf(const char *program, const char *path)
{
    struct object *obj = NULL;
    struct lprof_error *err = object_open(path, NULL, &obj);

    if (err && is_elf(path))
        return unreadable(program, err);
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
    else if (is_sanitized(obj))
        err = error_create(LPROF_ERROR_UNSUPPORTED,
                           "%s was built with a sanitizer, which changes its code and threads, too",
                           program);
    object_destroy(obj);
    return err;
}

struct lprof_error *agent_link_check_file(const char *program, const char *file)
{
    enum { SCRIPTS_MOST = 4 };
    CLEANUP(cleanup_free) char *path = mem_strdup(file);

    for (int i = 0; i < SCRIPTS_MOST; i++) {
        char *interpreter = interpreter_of(path);
        if (!interpreter)
            return check_elf(program, path);
        free(path);
        path = interpreter;
    }
    return NULL;
}

struct lprof_error *agent_link_check(const char *program)
{
    CLEANUP(cleanup_free) char *path = exec_find(program);

    return path ? agent_link_check_file(program, path) : NULL;
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

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

// Listen for programs that come later. Where the folder's name is too long there are none.
static void listen_for_more(struct agent_link *link)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    CLEANUP(cleanup_free) char *path = mem_printf("%s/" ADDRESS_NAME, link->folder.path);

    if (strlen(path) >= sizeof name.sun_path)
        return;
    strcpy(name.sun_path, path);
    link->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (link->listener < 0)
        return;
    if (bind(link->listener, (const struct sockaddr *)&name, sizeof name) != 0 ||
        listen(link->listener, SOMAXCONN) != 0) {
        close_fd(&link->listener);
        return;
    }
    run_folder_adopt(&link->folder, path);
    free(link->address);
    link->address = take_ptr(&path);
}

static struct lprof_error *open_lines(struct agent_link *link)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return error_from_errno(errno, "socketpair");
    link->socket = ends[0];
    link->peer = ends[1];
    link->counters = memfd_create("lprof-counters", MFD_CLOEXEC);
    if (link->counters < 0)
        return error_from_errno(errno, "memfd_create");
    struct lprof_error *err = run_folder_make(&link->folder);
    if (!err)
        listen_for_more(link);
    return err;
}

struct lprof_error *agent_link_open(struct agent_link *ret)
{
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
    struct agent_link link = {.library = take_ptr(&library),
                              .socket = -1,
                              .peer = -1,
                              .listener = -1,
                              .address = mem_strdup(""),
                              .counters = -1,
                              .since_ns = monotonic_ns(),
                              .since_ticks = __builtin_ia32_rdtsc()};
    struct lprof_error *err = open_lines(&link);
    if (err)
        agent_link_close(&link);
    else
        *ret = link;
    return err;
}

void agent_link_close(struct agent_link *link)
{
    if (!link->library)
        return;
    close_fd(&link->socket);
    close_fd(&link->peer);
    close_fd(&link->listener);
    close_fd(&link->counters);
    run_folder_remove(&link->folder);
    free(take_ptr(&link->address));
    free(take_ptr(&link->library));
}

// ---- starting

void agent_link_enter(const struct agent_link *link)
{
    const char *users = getenv("LD_PRELOAD");
    CLEANUP(cleanup_free)
    char *preload = mem_printf("%s%s%s", link->library, users ? ":" : "", users ? users : "");
    CLEANUP(cleanup_free)
    char *lines = mem_printf("%d %d %s", link->peer, link->counters, link->address);

    fcntl(link->peer, F_SETFD, 0);
    fcntl(link->counters, F_SETFD, 0);
    setenv("LD_PRELOAD", preload, 1);
    setenv(AGENT_VARIABLE, lines, 1);
}

void agent_link_forked(struct agent_link *link)
{
    close_fd(&link->peer);
}

static bool has_room(const struct agent_link *link, size_t slots)
{
    uint64_t most = link->times ? link->times : link->block_size;

    return sizeof(struct agent_block) + slots * sizeof(uint64_t) <= most;
}

double agent_link_tick_ns(const struct agent_link *link)
{
    uint64_t ns = monotonic_ns() - link->since_ns;
    uint64_t ticks = __builtin_ia32_rdtsc() - link->since_ticks;
    return ticks ? (double)ns / (double)ticks : 0;
}

static size_t times_size(const struct agent_link *link)
{
    // The first timer is the agent's own.
    return sizeof(struct agent_times) + (link->timer_count + 1) * sizeof(struct agent_timer);
}

// Libraries that come later have functions, too.
static uint64_t add_times(struct agent_link *link, uint64_t size, size_t timers)
{
    enum { LATER = 4096 };

    link->times = (size + 63) & ~UINT64_C(63);
    link->timer_count = timers + LATER;
    return link->times + times_size(link);
}

struct lprof_error *agent_link_size(struct agent_link *link, size_t slots, size_t timers)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t size = sizeof(struct agent_block) + slots * sizeof(uint64_t) + RESERVE;
    struct agent_area area = {.used = 1};

    if (link->block_size && has_room(link, slots))
        return NULL;
    if (link->block_size)
        return error_create(LPROF_ERROR_UNSUPPORTED,
                            "there is no room for more than %" PRIu64 " counters",
                            link->block_size / sizeof(uint64_t));
    if (timers)
        size = add_times(link, size, timers);
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

uint64_t agent_link_unheard(const struct agent_link *link)
{
    struct agent_area area;

    return link->block_size && pread(link->counters, &area, sizeof area, 0) == (ssize_t)sizeof area
               ? area.unheard
               : 0;
}

bool agent_link_fault(const struct agent_link *link, int *signo_ret, uint64_t *addr_ret)
{
    struct agent_area area;

    if (!link->block_size || pread(link->counters, &area, sizeof area, 0) != (ssize_t)sizeof area ||
        !area.fault_signal)
        return false;
    *signo_ret = (int)area.fault_signal;
    *addr_ret = area.fault_addr;
    return true;
}

// Most of a block has never been written: to read it would take memory.
static bool next_data(const struct agent_link *link, off_t *at, off_t end, off_t *data_end)
{
    off_t begin = lseek(link->counters, *at, SEEK_DATA);

    if (begin < 0 || begin >= end)
        return false;
    off_t hole = lseek(link->counters, begin, SEEK_HOLE);
    *at = begin;
    *data_end = hole < 0 || hole > end ? end : hole;
    return true;
}

// Read what lies at an offset of a block.
static void read_block(const struct agent_link *link, uint64_t number, uint64_t offset, void *ret,
                       size_t size)
{
    off_t first = (off_t)(number * link->block_size + offset);
    off_t end = first + (off_t)size;
    off_t data_end;

    memset(ret, 0, size);
    for (off_t at = first; next_data(link, &at, end, &data_end); at = data_end)
        (void)!pread(link->counters, (uint8_t *)ret + (at - first), (size_t)(data_end - at), at);
}

static uint64_t region_of(const struct agent_link *link, uint64_t number)
{
    struct agent_block block = {0};

    (void)!pread(link->counters, &block, sizeof block, (off_t)(number * link->block_size));
    return block.region;
}

// Who is to be shown the blocks of a region, or of all.
struct viewer {
    agent_link_see *see;
    void *context;
    bool of_one;
    uint64_t region;
};

static void show(const struct agent_link *link, size_t n, const struct viewer *viewer)
{
    uint64_t overflow;
    uint64_t used = read_area(link, &overflow);
    CLEANUP(cleanup_free) uint64_t *slots = mem_alloc_array(n + 1, sizeof *slots);
    CLEANUP(cleanup_free)
    struct agent_times *times = link->times && !viewer->of_one ? mem_alloc(times_size(link)) : NULL;

    for (uint64_t i = 1; i < used; i++) {
        uint64_t region = region_of(link, i);
        if (viewer->of_one ? region != viewer->region : region == AGENT_REGION_PAUSED)
            continue;
        read_block(link, i, sizeof(struct agent_block), slots, n * sizeof *slots);
        if (times)
            read_block(link, i, link->times, times, times_size(link));
        viewer->see(viewer->context, slots, times);
    }
}

void agent_link_each(const struct agent_link *link, size_t n, agent_link_see *see, void *context)
{
    show(link, n, &(struct viewer){.see = see, .context = context});
}

void agent_link_each_in(const struct agent_link *link, uint64_t region, size_t n,
                        agent_link_see *see, void *context)
{
    show(link, n, &(struct viewer){see, context, true, region});
}

static int compare_regions(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

size_t agent_link_regions(const struct agent_link *link, uint64_t **ret)
{
    uint64_t overflow;
    uint64_t used = read_area(link, &overflow);
    uint64_t *regions = mem_alloc_array(used + 1, sizeof *regions);
    size_t n = 0;
    size_t kept = 0;

    for (uint64_t i = 1; i < used; i++) {
        regions[n] = region_of(link, i);
        n += regions[n] && regions[n] != AGENT_REGION_PAUSED;
    }
    qsort(regions, n, sizeof *regions, compare_regions);
    for (size_t i = 0; i < n; i++)
        if (!kept || regions[kept - 1] != regions[i])
            regions[kept++] = regions[i];
    *ret = regions;
    return kept;
}

struct sum {
    uint64_t *slots; // [n]
    size_t n;
};

static void add_block(void *context, const uint64_t *slots, const struct agent_times *times)
{
    const struct sum *sum = context;

    (void)times;
    for (size_t i = 0; i < sum->n; i++)
        sum->slots[i] += slots[i];
}

void agent_link_sum_in(const struct agent_link *link, uint64_t region, uint64_t *slots, size_t n)
{
    struct sum sum = {slots, n};

    memset(slots, 0, n * sizeof *slots);
    agent_link_each_in(link, region, n, add_block, &sum);
}

uint64_t agent_link_sum(const struct agent_link *link, uint64_t *slots, size_t n)
{
    struct sum sum = {slots, n};
    uint64_t overflow;

    memset(slots, 0, n * sizeof *slots);
    agent_link_each(link, n, add_block, &sum);
    read_area(link, &overflow);
    return overflow;
}
