// Locations are taken module by module and in the order of their addresses, so that each module is
// open only once and what object/ has decoded last is most likely what comes next.

#include "symbolize/symbolize.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "profile/builder.h"
#include "symbolize/count_lines.h"
#include "symbolize/modules.h"

#define PROGRESS_INTERVAL_NS 50000000

// How far the work is and when that was told last.
struct progress {
    const struct symbolize_progress *options; // May be NULL.
    struct modules_sources sources;
    size_t done;
    size_t total;
    int64_t told_ns;
};

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void tell(struct progress *progress)
{
    if (!progress->options || !progress->options->report)
        return;
    int64_t now = now_ns();
    if (now - progress->told_ns < PROGRESS_INTERVAL_NS && progress->done < progress->total)
        return;
    progress->told_ns = now;
    progress->options->report(progress->options->context, progress->done, progress->total);
}

static int compare_locations(const void *a, const void *b, void *context)
{
    const struct profile *profile = context;
    const struct profile_location *one = &profile->locations[*(const uint32_t *)a - 1];
    const struct profile_location *two = &profile->locations[*(const uint32_t *)b - 1];

    if (one->mapping != two->mapping)
        return one->mapping < two->mapping ? -1 : 1;
    return (one->addr > two->addr) - (one->addr < two->addr);
}

// The ids of all locations without lines, by module and address. Free it.
static uint32_t *pending_locations(struct profile *profile, size_t *n_ret)
{
    uint32_t *ids = mem_alloc_array(profile->n_locations, sizeof *ids);
    size_t n = 0;

    for (size_t i = 0; i < profile->n_locations; i++)
        if (!profile->locations[i].n_lines)
            ids[n++] = (uint32_t)i + 1;
    qsort_r(ids, n, sizeof *ids, compare_locations, profile);
    *n_ret = n;
    return ids;
}

// The address that stands for the instruction which took the time.
static uint64_t lookup_addr(const struct modules_opened *module,
                            const struct profile_location *location)
{
    uint64_t addr = location->addr;

    if (module->by_offset)
        object_addr_of_offset(module->object, location->addr, &addr);
    switch (location->kind) {
    case PROFILE_ADDRESS_SKID:
        return skid_user_addr(module->skid, addr);
    case PROFILE_ADDRESS_KERNEL:
        return skid_kernel_addr(module->skid, addr);
    case PROFILE_ADDRESS_EXACT:
    case PROFILE_ADDRESS_CALL:
    case PROFILE_ADDRESS_LINE:
    case PROFILE_ADDRESS_ENTRY:
        break;
    }
    return addr;
}

static uint32_t add_function(struct profile *profile, struct object *object,
                             const struct object_function *function)
{
    return builder_function(profile, &(struct profile_function){
                                         .name = function->name,
                                         .linkage_name = function->linkage_name,
                                         .file = function->file,
                                         .line = function->line,
                                         .marked = object_is_marked(object, function),
                                     });
}

// Of code that the program made there is a name at most.
static size_t find_generated(struct profile *profile, const struct jit_map *jit, uint64_t addr,
                             struct profile_line *line)
{
    const char *name = jit_map_find(jit, addr);

    if (!name)
        return 0;
    *line = (struct profile_line){
        .function = builder_function(profile, &(struct profile_function){.name = name})};
    return 1;
}

static size_t find_lines(struct profile *profile, const struct modules_opened *module,
                         const struct profile_location *location, struct profile_line *lines)
{
    struct object_frame frames[OBJECT_FRAMES_MAX];

    if (module->jit)
        return find_generated(profile, module->jit, location->addr, lines);
    if (!module->object)
        return 0;
    size_t n = object_frames_at(module->object, lookup_addr(module, location), frames);
    for (size_t i = 0; i < n; i++) {
        const struct object_frame *frame = &frames[i];
        lines[i] = (struct profile_line){
            .function = add_function(profile, module->object, frame->function),
            .file = frame->file,
            .line = frame->file ? frame->line : 0,
            .column = frame->column,
            .discriminator = frame->discriminator,
            .approximate = frame->approximate,
        };
    }
    return n;
}

// Libraries of lprof's own, which it loads into programs.
static bool is_own(const char *path)
{
    static const char *const own[] = {"lprof-agent.so", "lprof-heap.so", "lprof-regions.so"};

    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(path_basename(path), own[i]) == 0)
            return true;
    return false;
}

// What an address is called of which only the module is known. Free it.
static char *module_name(const struct profile *profile, uint32_t mapping)
{
    if (!mapping)
        return mem_strdup("[unknown]");
    const char *path = profile->mappings[mapping - 1].path;
    if (jit_map_is_path(path))
        return mem_strdup("[jit]");
    if (is_own(path))
        return mem_strdup("[lprof]");
    return path[0] == '[' ? mem_strdup(path) : mem_printf("[%s]", path_basename(path));
}

static void symbolize_location(struct profile *profile, const struct modules_opened *module,
                               uint32_t id)
{
    struct profile_line lines[OBJECT_FRAMES_MAX];
    const struct profile_location location = profile->locations[id - 1];
    size_t n = find_lines(profile, module, &location, lines);

    if (!n) {
        CLEANUP(cleanup_free) char *name = module_name(profile, location.mapping);

        lines[0] = (struct profile_line){
            .function = builder_function(profile, &(struct profile_function){.name = name}),
        };
        n = 1;
    }
    builder_set_lines(profile, id, lines, n);
}

// Symbolize the locations from `ids` on that lie in the module of the first; returns how many.
static size_t symbolize_module(struct profile *profile, const uint32_t *ids, size_t n,
                               struct progress *progress)
{
    uint32_t mapping = profile->locations[ids[0] - 1].mapping;
    struct modules_opened module = {0};
    size_t i = 0;

    if (mapping)
        modules_open(profile, mapping, &progress->sources, &module);
    for (; i < n && profile->locations[ids[i] - 1].mapping == mapping; i++) {
        symbolize_location(profile, &module, ids[i]);
        progress->done++;
        tell(progress);
    }
    if (mapping)
        modules_close(profile, mapping, &module);
    return i;
}

static struct debug_server *open_server(const struct symbolize_progress *options)
{
    struct debug_server_progress progress = {0};

    if (options)
        progress = (struct debug_server_progress){options->fetch, options->context};
    return debug_server_create(&progress);
}

void symbolize_profile(struct profile *profile, const struct kept *kept,
                       const struct symbolize_progress *options)
{
    size_t n;
    struct debug_server *server = open_server(options);
    const struct modules_sources sources = {.server = server, .kept = kept};

    count_lines(profile, &sources);
    CLEANUP(cleanup_free) uint32_t *ids = pending_locations(profile, &n);
    struct progress progress = {
        .options = options, .sources = sources, .total = n, .told_ns = now_ns()};

    for (size_t i = 0; i < n;)
        i += symbolize_module(profile, ids + i, n - i, &progress);
    modules_note_server(profile, server);
    debug_server_destroy(server);
}
