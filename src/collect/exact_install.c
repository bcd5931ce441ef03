#include "collect/exact_install.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "object/moved_frames.h"
#include "target/copy_file.h"
#include "target/process_maps.h"

#define PAGE UINT64_C(4096)

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
static bool is_wanted(const struct choice_options *choice, const struct process_map *map,
                      const char *agent, bool first)
{
    if (!map->executable || map->path[0] != '/' || strcmp(map->path, agent) == 0)
        return false;
    return first || !choice->all || !is_of_system(map->path);
}

static bool is_planned(const struct exact_modules *modules, const char *path)
{
    for (size_t i = 0; i < modules->count; i++)
        if (strcmp(modules->items[i]->path, path) == 0)
            return true;
    return false;
}

static void plan(struct exact_modules *modules, const struct choice_options *choice,
                 const struct process_map *map)
{
    struct exact_module *module;

    exact_module_plan(choice, map->path, map->file_offset, map->start, &module);
    if (!module)
        return;
    modules->items =
        mem_grow(modules->items, &modules->capacity, modules->count, sizeof(*modules->items));
    modules->items[modules->count++] = module;
    module->number = (uint32_t)modules->count;
    module->first_slot = modules->slots;
    modules->slots += rewrite_plan_slots(module->rewrite);
}

static void plan_all(struct exact_modules *modules, const struct choice_options *choice, pid_t pid,
                     const char *agent, const struct process_maps *maps)
{
    CLEANUP(cleanup_free) char *link = mem_printf("/proc/%d/exe", pid);
    CLEANUP(cleanup_free) char *program = realpath(link, NULL);

    for (size_t i = 0; i < maps->count; i++) {
        const struct process_map *map = &maps->items[i];
        bool first = program && strcmp(map->path, program) == 0;
        if (is_wanted(choice, map, agent, first) && !is_planned(modules, map->path))
            plan(modules, choice, map);
    }
}

// ---- the copies

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

// Names for the copies. Free them and the array.
static struct copy_file_symbol *name_copies(const struct exact_module *module, size_t *n_ret,
                                            size_t *bytes_ret)
{
    size_t n = 0;
    struct copy_file_symbol *symbols =
        mem_alloc_array(module->choice.n_functions + 1, sizeof *symbols);

    *bytes_ret = 0;
    for (size_t i = 0; i < module->choice.n_functions; i++) {
        const struct exact_function *function = &module->functions[i];
        struct object_symbol symbol;
        if (function->rewritten == STEP_NONE)
            continue;
        bool known = object_symbol_at(module->object, function->entry, &symbol);
        char *name = mem_printf("%s.lprof", known ? symbol.name : "function");
        *bytes_ret += strlen(name) + 1;
        // Its number, until the copies have been emitted.
        symbols[n++] = (struct copy_file_symbol){.offset = function->rewritten, .name = name};
    }
    *n_ret = n;
    return symbols;
}

static void free_symbols(struct copy_file_symbol *symbols, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free((void *)(uintptr_t)symbols[i].name);
    free(symbols);
}

static void place_symbols(const struct exact_module *module, struct copy_file_symbol *symbols,
                          size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct rewrite_extent *extent = &module->image.extents[symbols[i].offset];
        symbols[i].offset = extent->begin;
        symbols[i].size = extent->end - extent->begin;
    }
}

static void executable_extent(const struct exact_module *module, uint64_t *low, uint64_t *high)
{
    size_t n;
    const struct object_segment *segments = object_segments(module->object, &n);

    *low = segments[0].addr + module->bias;
    *high = segments[n - 1].addr + segments[n - 1].size + module->bias;
}

// Copies refer to the module's data, too.
static void extent_of(const struct exact_module *module, const struct process_maps *maps,
                      uint64_t *low, uint64_t *high)
{
    executable_extent(module, low, high);
    for (size_t i = 0; i < maps->count; i++)
        if (strcmp(maps->items[i].path, module->path) == 0) {
            *low = maps->items[i].start < *low ? maps->items[i].start : *low;
            *high = maps->items[i].end > *high ? maps->items[i].end : *high;
        }
}

// Call frame information takes at most about as much as this: an advance of 5 bytes for every few
// instructions. Copies that need more have none.
static size_t frames_room(size_t code_size, size_t n_functions)
{
    return code_size + 256 * n_functions + 65536;
}

static void make_frames(const struct exact_module *module, struct moved_frames *ret)
{
    const struct rewrite_image *image = &module->image;
    CLEANUP(cleanup_free)
    struct moved_place *places = mem_alloc_array(image->place_count + 1, sizeof *places);

    for (size_t i = 0; i < image->place_count; i++)
        places[i] = (struct moved_place){image->places[i].offset, image->places[i].addr,
                                         image->places[i].pushed};
    moved_frames_init(ret, object_unwind_table(module->object), places, image->place_count,
                      image->size);
}

// Make the file of the copies. `*ret` is to be freed.
static void make_file(const struct exact_module *module, const struct copy_file_symbol *symbols,
                      size_t n, size_t frames_most, uint8_t **ret, size_t *size_ret)
{
    CLEANUP(moved_frames_deinit) struct moved_frames frames;
    struct copy_file file = {.addr = module->copies,
                             .code = module->image.bytes,
                             .code_size = module->image.size,
                             .symbols = symbols,
                             .n_symbols = n};

    make_frames(module, &frames);
    CLEANUP(cleanup_free)
    struct copy_file_frame *entries = mem_alloc_array(frames.n_entries + 1, sizeof *entries);
    for (size_t i = 0; i < frames.n_entries; i++)
        entries[i] = (struct copy_file_frame){frames.entries[i].offset, frames.entries[i].at};
    if (frames.size + 8 * frames.n_entries <= frames_most) {
        file.frames = frames.bytes;
        file.frames_size = frames.size;
        file.entries = entries;
        file.n_entries = frames.n_entries;
    }
    copy_file_make(&file, ret, size_ret);
}

// Find a free place near a module.
static struct lprof_error *find_place(struct exact_module *module, struct process_maps *maps,
                                      size_t room)
{
    uint64_t low;
    uint64_t high;
    uint64_t place;

    extent_of(module, maps, &low, &high);
    if (!process_maps_gap(maps, low, high, room, &place))
        return error_create(LPROF_ERROR_UNSUPPORTED, "no room for copies of functions near %s",
                            module->path);
    add_to_maps(maps, place, room);
    module->copies = place + COPY_FILE_CODE;
    return NULL;
}

// Emit a module's copies for a free place near it. `*path_ret` is the file to be loaded.
static struct lprof_error *emit(struct exact_module *module, struct process_maps *maps,
                                struct run_folder *folder, const char **path_ret)
{
    size_t n;
    size_t name_bytes;
    struct copy_file_symbol *symbols = name_copies(module, &n, &name_bytes);
    size_t code_size = rewrite_plan_size(module->rewrite);
    size_t frames_most = frames_room(code_size, n);
    CLEANUP(cleanup_free) uint8_t *bytes = NULL;
    size_t size;

    struct lprof_error *err =
        find_place(module, maps, copy_file_room(code_size, n, name_bytes, frames_most));
    if (!err) {
        rewrite_plan_emit(module->rewrite, module->copies - module->bias,
                          module->first_slot * sizeof(uint64_t), &module->image);
        exact_module_settle(module);
        place_symbols(module, symbols, n);
        make_file(module, symbols, n, frames_most, &bytes, &size);
        CLEANUP(cleanup_free)
        char *name = mem_printf("%u-%s", module->number, path_basename(module->path));
        err = run_folder_write(folder, name, bytes, size, path_ret);
    }
    free_symbols(symbols, n);
    return err;
}

// ---- the patches

// Whether the functions' code is still that of the file: nobody else has patched it.
static bool is_original(int memory, const struct exact_module *module, const struct flow_part *part)
{
    CLEANUP(cleanup_free) uint8_t *bytes = mem_alloc(part->size);

    return pread(memory, bytes, part->size, (off_t)(part->addr + module->bias)) ==
               (ssize_t)part->size &&
           memcmp(bytes, part->bytes, part->size) == 0;
}

static void check_functions(int memory, struct exact_module *module)
{
    for (size_t i = 0; i < module->choice.n_functions; i++) {
        const struct flow_source *source = &module->functions[i].code.source;
        for (size_t j = 0; j < source->part_count && !module->functions[i].refusal; j++)
            if (!is_original(memory, module, &source->parts[j]))
                exact_module_refuse(module, i, "its code in memory is not that of the file");
    }
}

// Whether each function of the rewrite plan takes part. Free it.
static bool *list_accepted(const struct exact_module *module)
{
    bool *accepted = mem_alloc_array(module->choice.n_functions + 1, sizeof *accepted);

    for (size_t i = 0; i < module->choice.n_functions; i++)
        if (module->functions[i].rewritten != STEP_NONE)
            accepted[module->functions[i].rewritten] = !module->functions[i].refusal;
    return accepted;
}

// The code between two patches is written again with them, so that each page changes at one time: should
// lprof be killed in between, every function is whole.
static bool write_page(int memory, const struct exact_module *module,
                       const struct rewrite_patch *patches, size_t n, const bool *accepted)
{
    uint8_t bytes[PAGE + REWRITE_PATCH_MAX];
    uint64_t begin = patches[0].addr;
    size_t size = (size_t)(patches[n - 1].addr + patches[n - 1].size - begin);
    off_t at = (off_t)(begin + module->bias);

    if (pread(memory, bytes, size, at) != (ssize_t)size)
        return false;
    for (size_t i = 0; i < n; i++)
        if (accepted[patches[i].function])
            memcpy(bytes + (patches[i].addr - begin), patches[i].bytes, patches[i].size);
    return pwrite(memory, bytes, size, at) == (ssize_t)size;
}

static struct lprof_error *write_patches(int memory, const struct exact_module *module)
{
    CLEANUP(cleanup_free) bool *accepted = list_accepted(module);
    const struct rewrite_image *image = &module->image;
    size_t next;

    for (size_t i = 0; i < image->patch_count; i = next) {
        uint64_t page = (image->patches[i].addr + module->bias) / PAGE;
        next = i + 1;
        while (next < image->patch_count &&
               (image->patches[next].addr + module->bias) / PAGE == page)
            next++;
        if (!write_page(memory, module, image->patches + i, next - i, accepted))
            return error_hint(
                error_from_errno(errno, "the program's code could not be changed"),
                "see kernel parameter proc_mem.force_override; or count by --mode step");
    }
    return NULL;
}

static struct lprof_error *patch(struct exact_modules *modules, pid_t pid)
{
    CLEANUP(cleanup_free) char *path = mem_printf("/proc/%d/mem", pid);
    CLEANUP(cleanup_close) int memory = open(path, O_RDWR | O_CLOEXEC);
    struct lprof_error *err = NULL;

    if (memory < 0)
        return error_from_errno(errno, "%s", path);
    for (size_t i = 0; i < modules->count && !err; i++) {
        check_functions(memory, modules->items[i]);
        err = write_patches(memory, modules->items[i]);
        modules->items[i]->installed = !err;
    }
    return err;
}

// ---- all of it

static struct lprof_error *load(struct exact_modules *modules, struct agent_link *link,
                                struct process_maps *maps)
{
    struct lprof_error *err = agent_link_size(link, modules->slots);

    if (!err)
        err = run_folder_make(&modules->folder);
    for (size_t i = 0; i < modules->count && !err; i++) {
        const char *path = NULL;
        uint64_t bias = 0;
        err = emit(modules->items[i], maps, &modules->folder, &path);
        if (!err)
            err = agent_link_load(link, path, &bias);
        if (!err && bias)
            err = error_create(LPROF_ERROR_SYSTEM,
                               "the program's loader did not put the copies of functions where "
                               "they belong");
    }
    return err;
}

struct lprof_error *exact_install(const struct choice_options *choice, pid_t pid,
                                  struct agent_link *link, struct exact_modules *ret)
{
    CLEANUP(process_maps_deinit) struct process_maps maps = {0};
    struct lprof_error *err = process_maps_read(pid, &maps);

    if (err)
        return err;
    plan_all(ret, choice, pid, link->library, &maps);
    if (!ret->count)
        return NULL;
    err = load(ret, link, &maps);
    return err ? err : patch(ret, pid);
}

void exact_modules_deinit(struct exact_modules *modules)
{
    for (size_t i = 0; i < modules->count; i++)
        exact_module_destroy(modules->items[i]);
    free(modules->items);
    run_folder_remove(&modules->folder);
    *modules = (struct exact_modules){0};
}
