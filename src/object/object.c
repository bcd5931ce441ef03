#include "object/object.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/string_pool.h"
#include "object/compile_units.h"
#include "object/coverage.h"
#include "object/debug_alt.h"
#include "object/debug_file.h"
#include "object/debug_info.h"
#include "object/definitions.h"
#include "object/functions.h"
#include "object/image.h"
#include "object/inline_tree.h"
#include "object/loaded.h"
#include "object/marks.h"
#include "object/plt.h"
#include "object/source_frames.h"
#include "object/symbols.h"
#include "object/unwind_info.h"

struct object {
    struct image *image;
    struct debug_file debug;     // The separate debug info.
    struct debug_server *server; // Borrowed; NULL = none is asked.
    struct debug_info *info;     // NULL when there is no line info.
    bool has_info;               // It was looked for.
    struct compile_units units;
    struct symbols symbols;
    struct plt plt;
    struct loaded loaded;
    struct unwind_info unwind;
    struct string_pool strings;
    struct functions functions;
    struct definitions definitions;
    struct marks marks;
};

static struct lprof_error *check_build_id(const struct image *image,
                                          const struct build_id *expected)
{
    char found[BUILD_ID_TEXT];
    char wanted[BUILD_ID_TEXT];

    if (!expected || !expected->size || build_id_equal(&image->build_id, expected))
        return NULL;
    build_id_format(&image->build_id, found);
    build_id_format(expected, wanted);
    return error_create(LPROF_ERROR_FORMAT, "%s: another build (build id %s, not %s)", image->path,
                        found[0] ? found : "unknown", wanted);
}

// Takes over `image`.
static struct object *create(struct image *image)
{
    struct object *obj = mem_alloc(sizeof *obj);

    obj->image = image;
    string_pool_init(&obj->strings);
    symbols_init(&obj->symbols, image);
    plt_init(&obj->plt, image, &obj->strings);
    loaded_init(&obj->loaded, image);
    unwind_info_init(&obj->unwind, image);
    functions_init(&obj->functions, &obj->strings, &obj->symbols, &obj->units);
    return obj;
}

static void find_debug_file(struct object *obj, bool has_lines)
{
    CLEANUP(cleanup_free) char *cache = debug_file_cache();
    const struct debug_places places = {
        .root = DEBUG_FILE_ROOT,
        .cache = cache,
        .server = has_lines ? NULL : obj->server,
    };

    obj->debug = debug_file_find(obj->image, &places);
    obj->symbols.debug_image = obj->debug.image;
}

static void check_supplement(struct debug_info *info)
{
    const char *name = debug_alt_name(info->image);

    if (!name || debug_alt_of(info->image))
        return;
    CLEANUP(cleanup_free) char *what = mem_printf("the supplementary file %s of this build", name);
    debug_info_failed(info, what, NULL);
}

// The debug info is looked for when it is first asked for: while a program is recorded, its modules
// are opened for their segments and unwind tables only.
static void find_debug_info(struct object *obj)
{
    if (obj->has_info)
        return;
    obj->has_info = true;
    bool has_info = debug_info_is_in(obj->image);
    // The file's own line info is the best; its symbols may have been moved out all the same.
    if (!has_info || !image_section(obj->image, ".symtab"))
        find_debug_file(obj, has_info);
    struct image *source = has_info ? obj->image : obj->debug.image;
    if (source && debug_info_is_in(source)) {
        obj->info = debug_info_open(source);
        obj->info->binary = obj->image->path;
        check_supplement(obj->info);
        compile_units_init(&obj->units, obj->info);
    }
}

static struct compile_unit *unit_at(struct object *obj, uint64_t addr)
{
    find_debug_info(obj);
    return compile_units_find(&obj->units, addr);
}

struct lprof_error *object_open(const char *path, const struct build_id *expected,
                                struct object **ret)
{
    struct image *image = NULL;
    struct lprof_error *err = image_open(path, &image);

    if (!err)
        err = check_build_id(image, expected);
    if (err)
        image_close(image);
    else
        *ret = create(image);
    return err;
}

struct lprof_error *object_open_memory(const char *name, const void *bytes, size_t size,
                                       struct object **ret)
{
    struct image *image = NULL;
    struct lprof_error *err = image_open_memory(name, bytes, size, &image);

    if (!err)
        *ret = create(image);
    return err;
}

void object_destroy(struct object *obj)
{
    if (!obj)
        return;
    definitions_deinit(&obj->definitions);
    marks_deinit(&obj->marks);
    compile_units_deinit(&obj->units);
    functions_deinit(&obj->functions);
    debug_info_close(obj->info);
    symbols_deinit(&obj->symbols);
    plt_deinit(&obj->plt);
    loaded_deinit(&obj->loaded);
    unwind_info_deinit(&obj->unwind);
    image_close(obj->debug.image);
    free(obj->debug.rejected);
    image_close(obj->image);
    string_pool_deinit(&obj->strings);
    free(obj);
}

void object_use_server(struct object *obj, struct debug_server *server)
{
    obj->server = server;
}

const char *object_path(const struct object *obj)
{
    return obj->image->path;
}

const struct build_id *object_build_id(const struct object *obj)
{
    return &obj->image->build_id;
}

const char *object_debug_path(struct object *obj)
{
    find_debug_info(obj);
    return obj->info ? obj->info->image->path : NULL;
}

enum object_debug_place object_debug_place(struct object *obj)
{
    find_debug_info(obj);
    if (!obj->info)
        return OBJECT_DEBUG_NONE;
    return obj->info->image == obj->image ? OBJECT_DEBUG_SELF : obj->debug.place;
}

const char *object_debug_rejected(struct object *obj)
{
    find_debug_info(obj);
    return obj->info ? NULL : obj->debug.rejected;
}

const char *object_debug_problem(struct object *obj)
{
    find_debug_info(obj);
    return obj->info ? debug_info_problem(obj->info) : NULL;
}

size_t object_decoded_units(const struct object *obj)
{
    return obj->units.n_decoded;
}

const struct object_segment *object_segments(const struct object *obj, size_t *count_ret)
{
    *count_ret = obj->image->n_segments;
    return obj->image->segments;
}

// The smallest; segments whose linker took larger ones start at one of these too.
#define PAGE_SIZE 4096

// Mappings start at pages, so what stands in front of a segment in its first page is mapped with it.
static uint64_t mapped_from(const struct object_segment *segment)
{
    return segment->file_offset & ~(uint64_t)(PAGE_SIZE - 1);
}

bool object_addr_of_offset(const struct object *obj, uint64_t file_offset, uint64_t *ret)
{
    for (size_t i = 0; i < obj->image->n_segments; i++) {
        const struct object_segment *segment = &obj->image->segments[i];
        if (file_offset >= mapped_from(segment) &&
            file_offset < segment->file_offset + segment->size) {
            *ret = segment->addr + (file_offset - segment->file_offset);
            return true;
        }
    }
    return false;
}

// The symbol whose extent holds the address, or NULL.
static const struct object_symbol *symbol_at(struct object *obj, uint64_t addr)
{
    find_debug_info(obj);
    const struct object_symbol *symbol = symbols_find(&obj->symbols, addr);
    return symbol ? symbol : plt_find(&obj->plt, addr);
}

bool object_symbol_at(struct object *obj, uint64_t addr, struct object_symbol *ret)
{
    const struct object_symbol *found = symbol_at(obj, addr);

    if (!found)
        return false;
    *ret = *found;
    return true;
}

bool object_extent_at(struct object *obj, uint64_t addr, uint64_t *begin_ret, uint64_t *end_ret)
{
    const struct object_symbol *symbol = symbol_at(obj, addr);
    struct compile_unit *unit = unit_at(obj, addr);

    if (symbol && symbol->size) {
        *begin_ret = symbol->addr;
        *end_ret = symbols_end(&obj->symbols, symbol);
        return true;
    }
    if (unit) {
        struct inline_tree *tree = compile_units_inlines(unit);
        const struct range *range = inline_tree_extent(tree, addr);
        if (range) {
            *begin_ret = range->begin;
            *end_ret = range->end;
            return true;
        }
    }
    if (!symbol)
        return false;
    *begin_ret = symbol->addr;
    *end_ret = symbols_end(&obj->symbols, symbol);
    return true;
}

bool object_row_at(struct object *obj, uint64_t addr, struct object_row *ret)
{
    struct compile_unit *unit = unit_at(obj, addr);

    return unit && source_frames_row(unit, &obj->strings, addr, ret);
}

size_t object_frames_at(struct object *obj, uint64_t addr,
                        struct object_frame frames[OBJECT_FRAMES_MAX])
{
    const struct source_frames source = {obj, &obj->functions, &obj->strings};
    struct compile_unit *unit = unit_at(obj, addr);
    struct object_symbol symbol;

    if (unit)
        return source_frames_find(&source, unit, addr, frames);
    if (!object_symbol_at(obj, addr, &symbol))
        return 0;
    frames[0] =
        (struct object_frame){.function = functions_of_symbol(&obj->functions, symbol.name)};
    return 1;
}

const uint8_t *object_code_at(struct object *obj, uint64_t addr, size_t *size_ret)
{
    for (size_t i = 0; i < obj->image->n_segments; i++) {
        const struct object_segment *segment = &obj->image->segments[i];
        uint64_t offset = addr - segment->addr;
        if (offset < segment->size) {
            *size_ret = (size_t)(segment->size - offset);
            return obj->image->bytes + segment->file_offset + offset;
        }
    }
    return NULL;
}

bool object_read(struct object *obj, uint64_t addr, void *ret, size_t size)
{
    return loaded_read(&obj->loaded, addr, ret, size);
}

const struct object_definition *object_definitions(struct object *obj, size_t *count_ret)
{
    find_debug_info(obj);
    if (!obj->definitions.is_read)
        definitions_read(&obj->definitions, obj, &obj->functions);
    *count_ret = obj->definitions.count;
    return obj->definitions.items;
}

static void add_sources(const struct line_table *table, struct object_source **all, size_t *n,
                        size_t *capacity)
{
    for (size_t i = 0; i < table->n_files; i++) {
        const struct line_file *file = &table->files[i];
        if (!file->path || (!file->md5 && !file->text))
            continue;
        *all = mem_grow(*all, capacity, *n, sizeof **all);
        (*all)[(*n)++] = (struct object_source){file->path, file->md5, file->text};
    }
}

size_t object_sources(struct object *obj, struct object_source **ret)
{
    struct object_source *all = NULL;
    size_t capacity = 0;
    size_t n = 0;

    for (size_t i = 0; i < obj->units.count; i++)
        add_sources(&obj->units.items[i].lines, &all, &n, &capacity);
    *ret = all;
    return n;
}

void object_coverage(struct object *obj, struct object_coverage *ret)
{
    find_debug_info(obj);
    coverage_count(obj->image, &obj->functions, &obj->strings, ret);
}

const struct object_marks *object_marks(struct object *obj)
{
    find_debug_info(obj);
    if (!obj->marks.is_read)
        marks_read(&obj->marks, obj, obj->image, &obj->units);
    return &obj->marks.found;
}

bool object_is_marked(struct object *obj, const struct object_function *function)
{
    object_marks(obj);
    return marks_have(&obj->marks, function);
}

// The names stand one behind the other, each with its zero; the first one is empty.
bool object_has_dynamic_name(struct object *obj, const char *name)
{
    struct image_section *section = image_section(obj->image, ".dynstr");
    size_t size = strlen(name) + 1;

    if (!section || !image_load(obj->image, section))
        return false;
    const uint8_t *at = section->bytes;
    const uint8_t *end = at + section->n_bytes;
    for (const uint8_t *found; (found = memmem(at, (size_t)(end - at), name, size)); at = found + 1)
        if (found > section->bytes && !found[-1])
            return true;
    return false;
}

bool object_has_section(struct object *obj, const char *name)
{
    return image_section(obj->image, name);
}

bool object_has_dynamic_string(struct object *obj, const char *text)
{
    struct image_section *section = image_section(obj->image, ".dynstr");

    return section && image_load(obj->image, section) &&
           memmem(section->bytes, section->n_bytes, text, strlen(text));
}

const char *object_interpreter(struct object *obj)
{
    struct image_section *section = image_section(obj->image, ".interp");
    bool is_there = section && image_load(obj->image, section) &&
                    memchr(section->bytes, '\0', section->n_bytes) && section->bytes[0] == '/';

    return is_there ? (const char *)section->bytes : NULL;
}

bool object_imports(const struct object *obj, const char *name)
{
    return symbols_imports(obj->image, name);
}

bool object_has_names(struct object *obj)
{
    find_debug_info(obj);
    return obj->info || image_section(obj->image, ".symtab") ||
           (obj->debug.image && image_section(obj->debug.image, ".symtab"));
}

// Whether a section holds a text, with its end.
static bool holds_text(struct image *image, const char *section_name, const char *text)
{
    struct image_section *section = image_section(image, section_name);

    return section && image_load(image, section) &&
           memmem(section->bytes, section->n_bytes, text, strlen(text) + 1);
}

bool object_has_debug_name(struct object *obj, const char *name)
{
    find_debug_info(obj);
    struct image *image = obj->debug.image ? obj->debug.image : obj->image;
    return *name &&
           (holds_text(image, ".debug_str", name) || holds_text(image, ".debug_info", name));
}

struct unwind_table *object_unwind_table(struct object *obj)
{
    return unwind_info_table(&obj->unwind);
}

const uint8_t *object_exception_tables(struct object *obj, size_t *size_ret, uint64_t *addr_ret)
{
    struct image_section *section = image_section(obj->image, ".gcc_except_table");

    if (!section || !image_load(obj->image, section))
        return NULL;
    *size_ret = section->n_bytes;
    *addr_ret = section->addr;
    return section->bytes;
}

size_t object_landings(struct object *obj, uint64_t begin, uint64_t end,
                       struct object_landing **ret)
{
    return unwind_info_landings(&obj->unwind, begin, end, ret);
}
