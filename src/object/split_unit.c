#include "object/split_unit.h"

#include <dwarf.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "object/split_package.h"

enum {
    NAME,
    LANGUAGE,
    GNU_DWO_ID,
    N_VALUES,
};

static const uint16_t names[N_VALUES] = {
    [NAME] = DW_AT_name,
    [LANGUAGE] = DW_AT_language,
    [GNU_DWO_ID] = DW_AT_GNU_dwo_id,
};

// Whether the unit is the one that the skeleton names; if so, it is read.
static bool take_unit(struct split_unit *split, const struct unit_header *header, uint64_t id)
{
    struct die_value values[N_VALUES];
    bool is_new = header->format.version >= 5;

    if (is_new && (header->kind != DW_UT_split_compile || header->split_id != id))
        return false;
    split->context.header = *header;
    // Before DWARF 5 the table has no header.
    split->context.strings_base = !is_new ? 0 : header->format.offset_size == 8 ? 16 : 8;
    if (!abbrevs_init(&split->abbrevs, split->image, header->abbrevs, &header->format) ||
        !die_values_read(&split->context, &split->abbrevs, header->root, names, N_VALUES, values) ||
        (!is_new && values[GNU_DWO_ID].number != id)) {
        abbrevs_deinit(&split->abbrevs);
        return false;
    }
    split->name = die_values_text(&split->context, &values[NAME]);
    split->language = values[LANGUAGE].number;
    return true;
}

// There may be units of types, too, and with -flto more than one unit.
static bool find_unit(struct split_unit *split, uint64_t id)
{
    struct image_section *section = image_section(split->image, ".debug_info");
    struct unit_header header = {0};

    if (!section || !image_load(split->image, section))
        return false;
    while (header.end < section->n_bytes) {
        bool ok = unit_header_read(section, header.end, &header);
        if (ok && take_unit(split, &header, id))
            return true;
        if (!header.end)
            return false;
    }
    return false;
}

// Takes over `image`, which may be NULL.
static struct split_unit *open_image(struct image *image, uint64_t id, uint64_t file)
{
    if (!image)
        return NULL;
    struct split_unit *split = mem_alloc(sizeof *split);
    split->image = image;
    split->context = (struct die_context){.image = image, .file = file};
    if (find_unit(split, id))
        return split;
    split_unit_close(split);
    return NULL;
}

// Takes over `path`.
static struct image *open_file(char *path)
{
    CLEANUP(cleanup_free) char *owned = path;
    struct image *image = NULL;

    error_destroy(image_open(owned, &image));
    if (image)
        image->is_split = true;
    return image;
}

struct split_unit *split_unit_open(const struct unit_root *skeleton, const char *binary,
                                   struct image *package, uint64_t file)
{
    const char *name = skeleton->split_name;
    uint64_t id = skeleton->split_id;
    CLEANUP(cleanup_free) char *folder = path_join(NULL, binary);
    struct split_unit *split = NULL;

    folder[path_basename(folder) - folder] = '\0';
    if (package)
        split = open_image(split_package_unit(package, id), id, file);
    if (!split)
        split = open_image(open_file(path_join(skeleton->folder, name)), id, file);
    if (!split)
        split = open_image(open_file(path_join(folder, name)), id, file);
    if (!split)
        split = open_image(open_file(path_join(folder, path_basename(name))), id, file);
    return split;
}

void split_unit_close(struct split_unit *split)
{
    if (!split)
        return;
    abbrevs_deinit(&split->abbrevs);
    image_close(split->image);
    free(split);
}
