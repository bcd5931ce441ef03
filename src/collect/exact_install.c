// What is in a process already is asked of its own memory: a forked child has what its parent had, and a
// library that was closed and opened again has nothing.
#include "collect/exact_install.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "collect/exact_patch.h"
#include "event/agent_wire.h"
#include "target/copy_file.h"
#include "target/process_maps.h"

#define PAGE UINT64_C(4096)

// The GS base points behind a block.
static_assert(offsetof(struct agent_block, entered) - sizeof(struct agent_block) ==
                      (size_t)REWRITE_ENTERED_AT &&
                  offsetof(struct agent_block, left) - sizeof(struct agent_block) ==
                      (size_t)REWRITE_LEFT_AT,
              "copies call what is there");

struct exact_seen {
    char *path;
    struct stat st;
    struct exact_module *module; // NULL = nothing of it is to be counted.
};

// A module of the process.
struct found {
    struct exact_module *module;
    uint64_t bias;
};

// One process.
struct install {
    const struct choice_options *choice;
    struct agent_call *call;
    struct exact_modules *modules;
    struct process_maps maps;
    int memory;
    struct exact_places *done;
};

static void deinit(struct install *in)
{
    process_maps_deinit(&in->maps);
    if (in->memory >= 0)
        close(in->memory);
}

static void add_place(struct exact_places *places, const struct exact_copies *copies, uint64_t bias)
{
    places->items =
        mem_grow(places->items, &places->capacity, places->count, sizeof *places->items);
    places->items[places->count++] = (struct exact_place){copies, bias};
}

static bool has_place(const struct exact_places *places, const struct exact_copies *copies,
                      uint64_t bias)
{
    for (size_t i = 0; i < places->count; i++)
        if (places->items[i].copies == copies && places->items[i].bias == bias)
            return true;
    return false;
}

// The first error counts; all are taken.
static void keep(struct lprof_error **first, struct lprof_error *err)
{
    if (*first)
        error_destroy(err);
    else
        *first = err;
}

// ---- which modules

static bool is_of_system(const char *path)
{
    static const char *const folders[] = {"/usr/", "/lib/", "/lib64/", "/bin/", "/sbin/"};

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (strncmp(path, folders[i], strlen(folders[i])) == 0)
            return true;
    return false;
}

// All functions of a program are not those of the system's libraries. `first` is the program itself.
static bool is_wanted(const struct install *in, const struct process_map *map, bool first)
{
    const struct agent_link *link = in->call->link;

    if (!map->executable || map->path[0] != '/' || strcmp(map->path, link->library) == 0 ||
        strncmp(map->path, link->folder.path, strlen(link->folder.path)) == 0)
        return false;
    return first || !in->choice->all || !is_of_system(map->path);
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static struct exact_module *plan(struct install *in, const char *path)
{
    struct exact_modules *modules = in->modules;
    struct exact_module *module;

    exact_module_plan(in->choice, path, modules->times_calls ? &modules->timers : NULL, &module);
    if (!module)
        return NULL;
    modules->items =
        mem_grow(modules->items, &modules->capacity, modules->count, sizeof(*modules->items));
    modules->items[modules->count++] = module;
    module->number = (uint32_t)modules->count;
    module->first_slot = modules->slots;
    modules->slots += rewrite_plan_slots(module->rewrite);
    return module;
}

// The module of a file; NULL when nothing of it is to be counted.
static struct exact_module *module_of(struct install *in, const char *path)
{
    struct exact_modules *modules = in->modules;
    struct stat st;

    if (stat(path, &st) != 0)
        return NULL;
    for (size_t i = 0; i < modules->n_seen; i++)
        if (strcmp(modules->seen[i].path, path) == 0 && is_same_file(&modules->seen[i].st, &st))
            return modules->seen[i].module;
    struct exact_module *module = plan(in, path);
    modules->seen =
        mem_grow(modules->seen, &modules->seen_capacity, modules->n_seen, sizeof *modules->seen);
    modules->seen[modules->n_seen++] = (struct exact_seen){mem_strdup(path), st, module};
    return module;
}

// ---- a place

static bool is_free(const struct process_maps *maps, uint64_t begin, uint64_t end)
{
    for (size_t i = 0; i < maps->count; i++)
        if (maps->items[i].start < end && maps->items[i].end > begin)
            return false;
    return true;
}

static bool is_mapped(const struct process_maps *maps, uint64_t start, const char *path)
{
    for (size_t i = 0; i < maps->count; i++)
        if (maps->items[i].start == start && strcmp(maps->items[i].path, path) == 0)
            return true;
    return false;
}

static void add_to_maps(struct process_maps *maps, uint64_t start, uint64_t size)
{
    size_t at = 0;

    maps->items = mem_grow(maps->items, &maps->capacity, maps->count, sizeof *maps->items);
    while (at < maps->count && maps->items[at].start < start)
        at++;
    memmove(maps->items + at + 1, maps->items + at, (maps->count - at) * sizeof *maps->items);
    maps->items[at] = (struct process_map){
        .start = start, .end = start + size, .executable = true, .path = mem_strdup("")};
    maps->count++;
}

// Copies refer to the module's data, too.
static void extent_of(const struct install *in, const struct found *found, uint64_t *low,
                      uint64_t *high)
{
    size_t n;
    const struct object_segment *segments = object_segments(found->module->object, &n);

    *low = segments[0].addr + found->bias;
    *high = segments[n - 1].addr + segments[n - 1].size + found->bias;
    for (size_t i = 0; i < in->maps.count; i++) {
        const struct process_map *map = &in->maps.items[i];
        if (strcmp(map->path, found->module->path) == 0) {
            *low = map->start < *low ? map->start : *low;
            *high = map->end > *high ? map->end : *high;
        }
    }
}

static struct lprof_error *make_copies(struct install *in, const struct found *found, size_t room,
                                       struct exact_copies **ret)
{
    uint64_t low;
    uint64_t high;
    uint64_t place;

    extent_of(in, found, &low, &high);
    if (!process_maps_gap(&in->maps, low, high, room, &place))
        return error_create(LPROF_ERROR_UNSUPPORTED, "no room for copies of functions near %s",
                            found->module->path);
    *ret = exact_copies_create(found->module, place + COPY_FILE_CODE - found->bias);
    return NULL;
}

// ---- loading

static struct lprof_error *load_file(struct install *in, const struct exact_copies *copies,
                                     uint64_t addr, const char *path)
{
    bool started = in->call->event == AGENT_STARTS;
    const struct agent_code code = {.path = path,
                                    .addr = started ? 0 : addr,
                                    .offset = COPY_FILE_CODE,
                                    .size = (copies->image.size + PAGE - 1) & ~(PAGE - 1)};
    uint64_t bias = 0;
    struct lprof_error *err = agent_call_load(in->call, &code, &bias);

    if (!err && bias)
        err = error_create(LPROF_ERROR_SYSTEM,
                           "the program's loader did not put the copies of functions where they "
                           "belong");
    return err;
}

// Bring copies to where the code is to lie, unless they are there.
static struct lprof_error *bring(struct install *in, const struct exact_copies *copies,
                                 uint64_t bias, size_t room)
{
    uint64_t addr = copies->addr + bias;
    CLEANUP(cleanup_free) char *path = NULL;
    struct lprof_error *err = exact_copies_write(copies, bias, &in->call->link->folder, &path);

    if (err || is_mapped(&in->maps, addr, path))
        return err;
    err = load_file(in, copies, addr, path);
    if (!err)
        add_to_maps(&in->maps, addr - COPY_FILE_CODE, room);
    return err;
}

// Whether copies could lie, or do lie, in a process.
static bool fits(const struct install *in, const struct exact_copies *copies, uint64_t bias,
                 size_t room)
{
    uint64_t addr = copies->addr + bias;
    uint64_t begin = addr - COPY_FILE_CODE;
    size_t length = strlen(in->call->link->folder.path);

    for (size_t i = 0; i < in->maps.count; i++)
        if (in->maps.items[i].start == addr &&
            strncmp(in->maps.items[i].path, in->call->link->folder.path, length) == 0)
            return true;
    return is_free(&in->maps, begin, begin + room);
}

static struct lprof_error *load(struct install *in, const struct found *found,
                                const struct exact_copies **ret)
{
    size_t room = exact_copies_room(found->module);
    struct exact_copies *copies = found->module->copies;
    struct lprof_error *err = NULL;

    while (copies && !fits(in, copies, found->bias, room))
        copies = copies->next;
    if (!copies)
        err = make_copies(in, found, room, &copies);
    if (!err)
        err = bring(in, copies, found->bias, room);
    if (!err)
        *ret = copies;
    return err;
}

// ---- all of it

static struct lprof_error *install_module(struct install *in, const struct found *found)
{
    struct exact_module *module = found->module;
    const struct exact_copies *copies;

    for (copies = module->copies; copies; copies = copies->next)
        if (exact_patch_is_there(in->memory, copies, found->bias))
            return NULL;
    struct lprof_error *err =
        agent_link_size(in->call->link, module->first_slot + rewrite_plan_slots(module->rewrite),
                        in->modules->timers.count);
    if (!err)
        err = load(in, found, &copies);
    if (err)
        return err;
    err = exact_patch_write(in->memory, copies, found->bias);
    if (!err) {
        module->installed = true;
        add_place(in->done, copies, found->bias);
        if (!has_place(&in->modules->installed, copies, found->bias))
            add_place(&in->modules->installed, copies, found->bias);
    }
    return err;
}

static bool is_known(const struct found *found, size_t n, const struct exact_module *module)
{
    for (size_t i = 0; i < n; i++)
        if (found[i].module == module)
            return true;
    return false;
}

// The modules of the process that are to be counted. Free `*ret`.
static size_t find_modules(struct install *in, struct found **ret)
{
    CLEANUP(cleanup_free) char *link = mem_printf("/proc/%d/exe", in->call->pid);
    CLEANUP(cleanup_free) char *program = realpath(link, NULL);
    size_t n = 0;

    *ret = mem_alloc_array(in->maps.count + 1, sizeof **ret);
    for (size_t i = 0; i < in->maps.count; i++) {
        const struct process_map *map = &in->maps.items[i];
        bool first = program && strcmp(map->path, program) == 0;
        struct exact_module *module = is_wanted(in, map, first) ? module_of(in, map->path) : NULL;
        uint64_t addr;
        if (module && !is_known(*ret, n, module) &&
            object_addr_of_offset(module->object, map->file_offset, &addr))
            (*ret)[n++] = (struct found){module, map->start - addr};
    }
    return n;
}

// Without them only what comes later goes uncounted.
static void write_hooks(const struct install *in)
{
    for (size_t i = 0; i < in->call->hook_count; i++) {
        const struct agent_hook *hook = &in->call->hooks[i];
        uint8_t bytes[AGENT_HOOK_SIZE];
        if (pread(in->memory, bytes, sizeof bytes, (off_t)hook->addr) == (ssize_t)sizeof bytes &&
            memcmp(bytes, hook->original, sizeof bytes) == 0)
            (void)!pwrite(in->memory, hook->bytes, sizeof bytes, (off_t)hook->addr);
    }
}

static struct lprof_error *open_process(struct install *in)
{
    CLEANUP(cleanup_free) char *path = mem_printf("/proc/%d/mem", in->call->pid);

    in->memory = open(path, O_RDWR | O_CLOEXEC);
    if (in->memory < 0)
        return error_from_errno(errno, "%s", path);
    return process_maps_read(in->call->pid, &in->maps);
}

// The counters come first: what is opened later, in whatever thread, relies on them.
static struct lprof_error *start_counters(struct install *in)
{
    uint64_t bias;
    struct lprof_error *err =
        agent_link_size(in->call->link, in->modules->slots, in->modules->timers.count);

    // Those of before may be enough for some.
    if (err && in->call->link->block_size)
        error_destroy(take_ptr(&err));
    if (in->call->link->times)
        in->modules->timers.most = (uint32_t)in->call->link->timer_count;
    if (!err)
        err = agent_call_load(in->call, &(struct agent_code){0}, &bias);
    if (err)
        return err;
    process_maps_deinit(&in->maps);
    return process_maps_read(in->call->pid, &in->maps);
}

struct lprof_error *exact_install(const struct choice_options *choice, struct agent_call *call,
                                  struct exact_modules *modules, struct exact_places *ret)
{
    CLEANUP(deinit)
    struct install in = {
        .choice = choice, .call = call, .modules = modules, .memory = -1, .done = ret};
    CLEANUP(cleanup_free) struct found *found = NULL;
    struct lprof_error *err = open_process(&in);

    if (err)
        return err;
    size_t n = find_modules(&in, &found);
    if (call->event == AGENT_STARTS)
        err = start_counters(&in);
    if (err)
        return err;
    for (size_t i = 0; i < n; i++)
        keep(&err, install_module(&in, &found[i]));
    if (call->event == AGENT_STARTS)
        write_hooks(&in);
    return err;
}

void exact_modules_deinit(struct exact_modules *modules)
{
    for (size_t i = 0; i < modules->count; i++)
        exact_module_destroy(modules->items[i]);
    for (size_t i = 0; i < modules->n_seen; i++)
        free(modules->seen[i].path);
    free(modules->seen);
    exact_places_deinit(&modules->installed);
    free(modules->items);
    *modules = (struct exact_modules){0};
}

void exact_places_deinit(struct exact_places *places)
{
    free(places->items);
    *places = (struct exact_places){0};
}
