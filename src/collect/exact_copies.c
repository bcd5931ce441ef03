#include "collect/exact_copies.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "object/moved_frames.h"
#include "target/copy_file.h"

// ---- names

struct names {
    struct copy_file_symbol *items; ///< [n] By offset.
    size_t n;
};

static void names_deinit(struct names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free((void *)(uintptr_t)names->items[i].name);
    free(names->items);
}

static char *name_of(const struct exact_module *module, size_t function)
{
    struct object_symbol symbol;
    bool known = object_symbol_at(module->object, module->functions[function].entry, &symbol);

    return mem_strdup(known ? symbol.name : "function");
}

static int compare_symbols(const void *a, const void *b)
{
    const struct copy_file_symbol *x = a;
    const struct copy_file_symbol *y = b;

    return (x->offset > y->offset) - (x->offset < y->offset);
}

// A copy is called as its original: who finds it on a stack reads what he expects.
static void names_init(struct names *ret, const struct exact_copies *copies)
{
    const struct exact_module *module = copies->module;

    *ret = (struct names){.items =
                              mem_alloc_array(module->choice.n_functions + 1, sizeof *ret->items)};
    for (size_t i = 0; i < module->choice.n_functions; i++) {
        uint32_t number = module->functions[i].rewritten;
        if (number == STEP_NONE || !copies->image.extents[number].end)
            continue;
        const struct rewrite_extent *extent = &copies->image.extents[number];
        ret->items[ret->n++] = (struct copy_file_symbol){.offset = extent->begin,
                                                         .size = extent->end - extent->begin,
                                                         .name = name_of(module, i)};
    }
    qsort(ret->items, ret->n, sizeof *ret->items, compare_symbols);
}

// ---- call frame information

// It and exception tables take at most about as much as this: an advance of 5 bytes for every few
// instructions, a site of 20 for a call. Copies that need more have none.
static size_t frames_room(size_t code_size, size_t n_functions)
{
    return 2 * code_size + 512 * n_functions + 65536;
}

static void make_frames(const struct exact_copies *copies, struct moved_frames *ret)
{
    const struct rewrite_image *image = &copies->image;
    struct object *object = copies->module->object;
    CLEANUP(cleanup_free)
    struct moved_place *places = mem_alloc_array(image->place_count + 1, sizeof *places);
    struct moved_code code = {.table = object_unwind_table(object),
                              .places = places,
                              .n = image->place_count,
                              .end = image->size,
                              .addr = copies->addr,
                              .frames_addr = copy_file_frames(copies->addr, image->size)};

    for (size_t i = 0; i < image->place_count; i++)
        places[i] = (struct moved_place){image->places[i].offset, image->places[i].addr,
                                         image->places[i].pushed};
    code.exceptions = object_exception_tables(object, &code.exceptions_size, &code.exceptions_addr);
    moved_frames_init(ret, &code);
}

// ---- the file

size_t exact_copies_room(const struct exact_module *module)
{
    size_t code_size = rewrite_plan_size(module->rewrite);
    size_t n = module->choice.n_functions;
    size_t name_bytes = 0;

    for (size_t i = 0; i < n; i++) {
        CLEANUP(cleanup_free) char *name = name_of(module, i);
        name_bytes += strlen(name) + 1;
    }
    return copy_file_room(code_size, n, name_bytes, frames_room(code_size, n));
}

static void make_file(const struct exact_copies *copies, uint64_t bias, uint8_t **ret,
                      size_t *size_ret)
{
    CLEANUP(moved_frames_deinit) struct moved_frames frames;
    CLEANUP(names_deinit) struct names names;

    names_init(&names, copies);
    make_frames(copies, &frames);
    CLEANUP(cleanup_free)
    struct copy_file_frame *entries = mem_alloc_array(frames.n_entries + 1, sizeof *entries);
    for (size_t i = 0; i < frames.n_entries; i++)
        entries[i] = (struct copy_file_frame){frames.entries[i].offset, frames.entries[i].at};
    struct copy_file file = {.addr = copies->addr + bias,
                             .code = copies->image.bytes,
                             .code_size = copies->image.size,
                             .symbols = names.items,
                             .n_symbols = names.n};
    size_t most = frames_room(file.code_size, copies->module->choice.n_functions);
    if (frames.section.size + 8 * frames.n_entries <= most) {
        file.frames = frames.section.bytes;
        file.frames_size = frames.section.size;
        file.entries = entries;
        file.n_entries = frames.n_entries;
    }
    copy_file_make(&file, ret, size_ret);
}

struct lprof_error *exact_copies_write(const struct exact_copies *copies, uint64_t bias,
                                       struct run_folder *folder, char **path_ret)
{
    const struct exact_module *module = copies->module;
    CLEANUP(cleanup_free)
    char *name = mem_printf("%" PRIu32 "-%" PRIx64 "-%s", module->number, copies->addr + bias,
                            path_basename(module->path));
    CLEANUP(cleanup_free) char *path = mem_printf("%s/%s", folder->path, name);
    CLEANUP(cleanup_free) uint8_t *bytes = NULL;
    const char *written;
    size_t size;

    if (access(path, R_OK) != 0) {
        make_file(copies, bias, &bytes, &size);
        struct lprof_error *err = run_folder_write(folder, name, bytes, size, &written);
        if (err)
            return err;
    }
    *path_ret = take_ptr(&path);
    return NULL;
}

// ---- the copies

struct exact_copies *exact_copies_create(struct exact_module *module, uint64_t addr)
{
    struct exact_copies *copies = mem_alloc(sizeof *copies);

    *copies = (struct exact_copies){.module = module, .addr = addr, .next = module->copies};
    module->copies = copies;
    rewrite_plan_emit(module->rewrite, addr, module->first_slot * sizeof(uint64_t), &copies->image);
    exact_module_settle(module);
    return copies;
}

void exact_copies_destroy(struct exact_copies *copies)
{
    if (!copies)
        return;
    rewrite_image_deinit(&copies->image);
    free(copies);
}
