/*
 * libdwarf finds sections by their names and loads those it needs. It is told only of the ones that
 * lprof reads, and given the bytes where they lie in the mapping (or where they are decompressed to, once
 * it needs them).
 * Releases before 0.1 (such as 20210528) have the same interface under other names: all that
 * differs is in the part of this file that stands behind LIBDWARF_IS_OLD.
 */
#include "object/debug_info.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/mem.h"

#ifndef DW_LIBDWARF_VERSION_MAJOR
#define LIBDWARF_IS_OLD 1
#endif

// As libdwarf numbers sections, the first is none.
static const char *const section_names[] = {
    "",           ".debug_info",        ".debug_abbrev", ".debug_line",     ".debug_line_str",
    ".debug_str", ".debug_str_offsets", ".debug_ranges", ".debug_rnglists", ".debug_addr",
};

#define N_SECTIONS (sizeof section_names / sizeof section_names[0])

static uint64_t size_of_section(const struct debug_interface *interface, size_t index);
static int load(struct debug_interface *interface, size_t index, Dwarf_Small **ret, int *error);

#ifdef LIBDWARF_IS_OLD

struct debug_interface {
    Dwarf_Obj_Access_Interface interface;
    Dwarf_Obj_Access_Methods methods;
    struct debug_info *info;
    struct image_section *sections[N_SECTIONS]; // NULL = there is none.
};

static int get_section_info(void *object, Dwarf_Half index, Dwarf_Obj_Access_Section *ret,
                            int *error)
{
    const struct debug_interface *interface = object;

    (void)error;
    if (index >= N_SECTIONS)
        return DW_DLV_NO_ENTRY;
    *ret = (Dwarf_Obj_Access_Section){
        .name = section_names[index],
        .size = size_of_section(interface, index),
        .type = index ? SHT_PROGBITS : SHT_NULL,
    };
    return DW_DLV_OK;
}

static int load_section(void *object, Dwarf_Half index, Dwarf_Small **ret, int *error)
{
    return load(object, index, ret, error);
}

static Dwarf_Endianness get_byte_order(void *object)
{
    (void)object;
    return DW_OBJECT_LSB;
}

#else

struct debug_interface {
    Dwarf_Obj_Access_Interface_a interface;
    Dwarf_Obj_Access_Methods_a methods;
    struct debug_info *info;
    struct image_section *sections[N_SECTIONS]; // NULL = there is none.
    Dwarf_Unsigned file_size;
};

static int get_section_info(void *object, Dwarf_Unsigned index, Dwarf_Obj_Access_Section_a *ret,
                            int *error)
{
    const struct debug_interface *interface = object;

    (void)error;
    if (index >= N_SECTIONS)
        return DW_DLV_NO_ENTRY;
    *ret = (Dwarf_Obj_Access_Section_a){
        .as_name = section_names[index],
        .as_size = size_of_section(interface, index),
        .as_type = index ? SHT_PROGBITS : SHT_NULL,
    };
    return DW_DLV_OK;
}

static int load_section(void *object, Dwarf_Unsigned index, Dwarf_Small **ret, int *error)
{
    return load(object, index, ret, error);
}

static Dwarf_Small get_byte_order(void *object)
{
    (void)object;
    return DW_END_little;
}

static Dwarf_Unsigned get_file_size(void *object)
{
    const struct debug_interface *interface = object;

    return interface->file_size;
}

#endif

static Dwarf_Small get_size_8(void *object)
{
    (void)object;
    return 8;
}

static Dwarf_Unsigned get_section_count(void *object)
{
    (void)object;
    return N_SECTIONS;
}

static void fill_interface(struct debug_interface *interface)
{
#ifdef LIBDWARF_IS_OLD
    interface->methods = (Dwarf_Obj_Access_Methods){
        .get_section_info = get_section_info,
        .get_byte_order = get_byte_order,
        .get_length_size = get_size_8,
        .get_pointer_size = get_size_8,
        .get_section_count = get_section_count,
        .load_section = load_section,
    };
    interface->interface =
        (Dwarf_Obj_Access_Interface){.object = interface, .methods = &interface->methods};
#else
    // Decompressed sections may be larger than the file.
    for (size_t i = 0; i < N_SECTIONS; i++)
        interface->file_size += size_of_section(interface, i);
    interface->methods = (Dwarf_Obj_Access_Methods_a){
        .om_get_section_info = get_section_info,
        .om_get_byte_order = get_byte_order,
        .om_get_length_size = get_size_8,
        .om_get_pointer_size = get_size_8,
        .om_get_filesize = get_file_size,
        .om_get_section_count = get_section_count,
        .om_load_section = load_section,
    };
    interface->interface =
        (Dwarf_Obj_Access_Interface_a){.ai_object = interface, .ai_methods = &interface->methods};
#endif
}

static void finish(Dwarf_Debug dbg)
{
#ifdef LIBDWARF_IS_OLD
    Dwarf_Error error = NULL;

    dwarf_object_finish(dbg, &error);
#else
    dwarf_object_finish(dbg);
#endif
}

// Old releases go round for ever in a damaged .debug_rnglists: its headers are checked first.
// @source DWARF 5 section 7.28
static bool are_rnglists_sound(const struct image_section *section)
{
    struct cursor cursor = cursor_make(section->bytes, section->n_bytes);

    while (cursor_left(&cursor)) {
        uint64_t length = cursor_u32(&cursor);
        size_t offset_size = length == UINT32_MAX ? 8 : 4;
        if (offset_size == 8)
            length = cursor_u64(&cursor);
        struct cursor unit = cursor;
        if (!cursor_skip(&cursor, length))
            return false;
        bool is_known = cursor_u16(&unit) == 5 && cursor_u8(&unit) == 8 && cursor_u8(&unit) == 0;
        uint64_t n_offsets = cursor_u32(&unit);
        if (unit.failed || !is_known || length < 8 || n_offsets > (length - 8) / offset_size)
            return false;
    }
    return !cursor.failed;
}

static uint64_t size_of_section(const struct debug_interface *interface, size_t index)
{
    const struct image_section *section = interface->sections[index];

    return section ? image_size(interface->info->image, section) : 0;
}

static int load(struct debug_interface *interface, size_t index, Dwarf_Small **ret, int *error)
{
    struct image_section *section = index < N_SECTIONS ? interface->sections[index] : NULL;
    struct debug_info *info = interface->info;

    if (!section)
        return DW_DLV_NO_ENTRY;
    bool ok = image_load(info->image, section);
    if (ok && strcmp(section_names[index], ".debug_rnglists") == 0)
        ok = are_rnglists_sound(section);
    if (!ok) {
        debug_info_failed(info, section_names[index], NULL);
        *error = DW_DLE_SECTION_SIZE_ERROR;
        return DW_DLV_ERROR;
    }
    *ret = (Dwarf_Small *)section->bytes;
    return DW_DLV_OK;
}

bool debug_info_is_in(struct image *image)
{
    return image_section(image, ".debug_info") && image_section(image, ".debug_line");
}

struct debug_info *debug_info_open(struct image *image)
{
    struct debug_info *info = mem_alloc(sizeof *info);

    info->image = image;
    return info;
}

static void start_libdwarf(struct debug_info *info)
{
    Dwarf_Error error = NULL;

    info->interface = mem_alloc(sizeof *info->interface);
    info->interface->info = info;
    for (size_t i = 1; i < N_SECTIONS; i++)
        info->interface->sections[i] = image_section(info->image, section_names[i]);
    fill_interface(info->interface);
    int status = dwarf_object_init_b(&info->interface->interface, NULL, NULL, DW_GROUPNUMBER_ANY,
                                     &info->dbg, &error);
    if (!debug_info_ok(info, status, error, "sections"))
        info->dbg = NULL;
}

Dwarf_Debug debug_info_libdwarf(struct debug_info *info)
{
    if (!info->interface)
        start_libdwarf(info);
    return info->dbg;
}

void debug_info_close(struct debug_info *info)
{
    if (!info)
        return;
    if (info->dbg)
        finish(info->dbg);
    free(info->interface);
    free(info->problems.first);
    free(info->problems.text);
    free(info);
}

const char *debug_info_problem(struct debug_info *info)
{
    struct debug_problems *problems = &info->problems;

    if (!problems->count)
        return NULL;
    free(problems->text);
    problems->text =
        mem_printf("%s: %zu %s of the debug info cannot be read (%s)", info->image->path,
                   problems->count, problems->count == 1 ? "part" : "parts", problems->first);
    // Libdwarf's messages may quote the file.
    for (char *at = problems->text; *at; at++)
        if ((unsigned char)*at < ' ')
            *at = '?';
    return problems->text;
}

void debug_info_failed(struct debug_info *info, const char *what, Dwarf_Error error)
{
    info->problems.count++;
    if (!info->problems.first)
        info->problems.first = error ? mem_printf("%s: %s", what, dwarf_errmsg(error))
                                     : mem_printf("%s: cannot be read", what);
    if (error)
        dwarf_dealloc_error(info->dbg, error);
}

bool debug_info_ok(struct debug_info *info, int status, Dwarf_Error error, const char *what)
{
    if (status == DW_DLV_ERROR)
        debug_info_failed(info, what, error);
    return status == DW_DLV_OK;
}
