#include "object/object.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
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
#include "object/landing_pads.h"
#include "object/loaded.h"
#include "object/marks.h"
#include "object/plt.h"
#include "object/symbols.h"
#include "object/unwind_table.h"

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
    struct unwind_table unwind;
    bool has_unwind; // It was built.
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
    unwind_table_deinit(&obj->unwind);
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

// A place in a line table.
struct place {
    struct line_table *table;
    const struct line_sequence *sequence;
    size_t row;
};

static bool find_place(struct compile_unit *unit, uint64_t addr, struct place *ret)
{
    struct line_table *table = compile_units_lines(unit);
    const struct line_sequence *sequence = line_table_sequence(table, addr);

    if (!sequence)
        return false;
    *ret = (struct place){table, sequence, line_table_row(table, sequence, addr)};
    return true;
}

bool object_row_at(struct object *obj, uint64_t addr, struct object_row *ret)
{
    struct compile_unit *unit = unit_at(obj, addr);
    struct place place;

    if (!unit || !find_place(unit, addr, &place))
        return false;
    const struct line_row *row = &place.table->rows[place.row];
    *ret = (struct object_row){
        .addr = place.sequence->begin + row->offset,
        .end = line_table_row_end(place.table, place.sequence, place.row),
        .file = line_table_path(place.table, &obj->strings, row->file),
        .line = row->line,
        .column = row->column,
        .discriminator = row->discriminator,
    };
    return true;
}

// What is needed to tell the frames at one address.
struct spot {
    struct object *obj;
    struct compile_unit *unit;
    const struct inline_function *function; // NULL = the debug info tells of no function here.
    uint32_t call;                          // The innermost inlined call, or INLINE_NONE.
};

// A row of the scope with a line, looked for from `row` on in steps of `step`, to the end of the
// sequence or of the function.
static const struct line_row *row_from(const struct spot *spot, const struct place *place, int step)
{
    struct inline_tree *tree = compile_units_inlines(spot->unit);
    size_t end = (size_t)place->sequence->first + place->sequence->count;

    for (size_t i = place->row + (size_t)step; i >= place->sequence->first && i < end;
         i += (size_t)step) {
        const struct line_row *row = &place->table->rows[i];
        uint64_t addr = place->sequence->begin + row->offset;
        if (inline_tree_find(tree, addr) != spot->function)
            return NULL;
        if (row->line &&
            (!spot->function || inline_tree_innermost(spot->function, addr) == spot->call))
            return row;
    }
    return NULL;
}

static const struct object_function *function_at_spot(const struct spot *spot, uint32_t call)
{
    struct object *obj = spot->obj;
    uint64_t die = call == INLINE_NONE ? spot->function->die : spot->function->calls[call].origin;

    return functions_of_die(&obj->functions, die);
}

// The function of the symbol table, or one named after the file.
static const struct object_function *function_of_symbol(struct object *obj, uint64_t addr)
{
    struct object_symbol symbol;

    if (object_symbol_at(obj, addr, &symbol))
        return functions_of_symbol(&obj->functions, symbol.name);
    CLEANUP(cleanup_free) char *name = mem_printf("[%s]", path_basename(obj->image->path));
    return functions_of_symbol(&obj->functions, name);
}

static void use_row(const struct spot *spot, const struct place *place, const struct line_row *row,
                    struct object_frame *frame)
{
    frame->file = line_table_path(place->table, &spot->obj->strings, row->file);
    frame->line = row->line;
    frame->column = row->column;
    frame->discriminator = row->discriminator;
}

// Line 0: code that the compiler does not place. The nearest line of the same scope stands in for
// it, else the line of the function called, else that of the call.
static void approximate(const struct spot *spot, const struct place *place,
                        struct object_frame *frame)
{
    const struct line_row *row = row_from(spot, place, -1);

    if (!row)
        row = row_from(spot, place, 1);
    if (row) {
        use_row(spot, place, row, frame);
    } else if (frame->function->line) {
        frame->file = frame->function->file;
        frame->line = frame->function->line;
    } else if (spot->call != INLINE_NONE) {
        const struct inline_call *call = &spot->function->calls[spot->call];
        frame->file = line_table_path(place->table, &spot->obj->strings, call->call_file);
        frame->line = call->call_line;
    }
    frame->approximate = frame->line != 0;
}

static void find_line(const struct spot *spot, uint64_t addr, struct object_frame *frame)
{
    struct place place;

    if (!find_place(spot->unit, addr, &place))
        return;
    const struct line_row *row = &place.table->rows[place.row];
    if (row->line)
        use_row(spot, &place, row, frame);
    else
        approximate(spot, &place, frame);
}

// The frame that a call was inlined into: the caller's, at the place of the call.
static struct object_frame caller_of(const struct spot *spot, const struct inline_call *call)
{
    struct line_table *files = compile_units_files(spot->unit);

    return (struct object_frame){
        .function = function_at_spot(spot, call->parent),
        .file =
            call->call_line ? line_table_path(files, &spot->obj->strings, call->call_file) : NULL,
        .line = call->call_line,
        .column = call->call_column,
    };
}

// The frames, but for functions whose debug info tells no name.
static size_t find_frames(const struct spot *spot, uint64_t addr,
                          struct object_frame frames[OBJECT_FRAMES_MAX])
{
    size_t count = 0;

    frames[count++] = (struct object_frame){
        .function = spot->function ? function_at_spot(spot, spot->call) : NULL,
    };
    uint32_t call = spot->call;
    while (call != INLINE_NONE && count < OBJECT_FRAMES_MAX) {
        frames[count++] = caller_of(spot, &spot->function->calls[call]);
        call = spot->function->calls[call].parent;
    }
    for (size_t i = 0; i < count; i++)
        if (!frames[i].function)
            frames[i].function = function_of_symbol(spot->obj, addr);
    find_line(spot, addr, &frames[0]);
    return count;
}

size_t object_frames_at(struct object *obj, uint64_t addr,
                        struct object_frame frames[OBJECT_FRAMES_MAX])
{
    struct compile_unit *unit = unit_at(obj, addr);
    struct object_symbol symbol;

    if (!unit) {
        if (!object_symbol_at(obj, addr, &symbol))
            return 0;
        frames[0] = (struct object_frame){
            .function = functions_of_symbol(&obj->functions, symbol.name),
        };
        return 1;
    }
    struct spot spot = {.obj = obj, .unit = unit, .call = INLINE_NONE};
    spot.function = inline_tree_function(compile_units_inlines(unit), addr);
    if (spot.function)
        spot.call = inline_tree_innermost(spot.function, addr);
    return find_frames(&spot, addr, frames);
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
    coverage_count(obj->image, &obj->units, &obj->strings, ret);
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

const char *object_interpreter(struct object *obj)
{
    struct image_section *section = image_section(obj->image, ".interp");
    bool is_there = section && image_load(obj->image, section) &&
                    memchr(section->bytes, '\0', section->n_bytes) && section->bytes[0] == '/';

    return is_there ? (const char *)section->bytes : NULL;
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

// The index of .eh_frame; empty when there is none for it.
static struct unwind_index unwind_index_of(struct object *obj, const struct image_section *eh_frame)
{
    struct image_section *section = image_section(obj->image, ".eh_frame_hdr");
    struct unwind_index index = {0};

    if (section && image_load(obj->image, section))
        unwind_index_read(section->bytes, section->n_bytes, section->addr, eh_frame->addr, &index);
    return index;
}

static bool build_unwind_table(struct object *obj, const char *name, enum unwind_format format)
{
    struct image_section *section = image_section(obj->image, name);
    struct unwind_index index = {0};

    if (!section || !image_load(obj->image, section))
        return false;
    if (format == UNWIND_EH_FRAME)
        index = unwind_index_of(obj, section);
    unwind_table_deinit(&obj->unwind);
    unwind_table_init(&obj->unwind,
                      &(struct unwind_section){.format = format,
                                               .bytes = section->bytes,
                                               .size = section->n_bytes,
                                               .addr = section->addr},
                      &index);
    return unwind_table_has_entries(&obj->unwind);
}

struct unwind_table *object_unwind_table(struct object *obj)
{
    if (!obj->has_unwind) {
        obj->has_unwind = true;
        // Programs in Go, say, have only the debugger's tables.
        if (!build_unwind_table(obj, ".eh_frame", UNWIND_EH_FRAME))
            build_unwind_table(obj, ".debug_frame", UNWIND_DEBUG_FRAME);
    }
    return &obj->unwind;
}

static void add_landings(struct object *obj, const struct unwind_lsda *lsda,
                         struct object_landing **all, size_t *n_all)
{
    struct image_section *section = image_section(obj->image, ".gcc_except_table");

    if (!section || !image_load(obj->image, section) || lsda->addr < section->addr ||
        lsda->addr - section->addr >= section->n_bytes)
        return;
    size_t offset = lsda->addr - section->addr;
    CLEANUP(cleanup_free) struct object_landing *pads = NULL;
    size_t n = landing_pads_read(cursor_make(section->bytes + offset, section->n_bytes - offset),
                                 lsda->addr, lsda->start, &pads);
    if (!n)
        return;
    *all = mem_resize(*all, *n_all + n, sizeof **all);
    memcpy(*all + *n_all, pads, n * sizeof *pads);
    *n_all += n;
}

size_t object_landings(struct object *obj, uint64_t begin, uint64_t end,
                       struct object_landing **ret)
{
    size_t n_lsdas;
    const struct unwind_lsda *lsdas = unwind_table_lsdas(object_unwind_table(obj), &n_lsdas);
    struct object_landing *all = NULL;
    size_t n = 0;

    for (size_t i = 0; i < n_lsdas; i++)
        if (lsdas[i].start < end && lsdas[i].end > begin)
            add_landings(obj, &lsdas[i], &all, &n);
    *ret = all;
    return n;
}
