#include "object/unwind_info.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "object/landing_pads.h"

void unwind_info_init(struct unwind_info *info, struct image *image)
{
    *info = (struct unwind_info){.image = image};
}

void unwind_info_deinit(struct unwind_info *info)
{
    unwind_table_deinit(&info->table);
}

// The index of .eh_frame; empty when there is none for it.
static struct unwind_index index_of(struct image *image, const struct image_section *eh_frame)
{
    struct image_section *section = image_section(image, ".eh_frame_hdr");
    struct unwind_index index = {0};

    if (section && image_load(image, section))
        unwind_index_read(section->bytes, section->n_bytes, section->addr, eh_frame->addr, &index);
    return index;
}

static bool build(struct unwind_info *info, const char *name, enum unwind_format format)
{
    struct image_section *section = image_section(info->image, name);
    struct unwind_index index = {0};

    if (!section || !image_load(info->image, section))
        return false;
    if (format == UNWIND_EH_FRAME)
        index = index_of(info->image, section);
    unwind_table_deinit(&info->table);
    unwind_table_init(&info->table,
                      &(struct unwind_section){.format = format,
                                               .bytes = section->bytes,
                                               .size = section->n_bytes,
                                               .addr = section->addr},
                      &index);
    return unwind_table_has_entries(&info->table);
}

struct unwind_table *unwind_info_table(struct unwind_info *info)
{
    if (!info->is_built) {
        info->is_built = true;
        // Programs in Go, say, have only the debugger's tables.
        if (!build(info, ".eh_frame", UNWIND_EH_FRAME))
            build(info, ".debug_frame", UNWIND_DEBUG_FRAME);
    }
    return &info->table;
}

static void add_landings(struct image *image, const struct unwind_lsda *lsda,
                         struct object_landing **all, size_t *n_all)
{
    struct image_section *section = image_section(image, ".gcc_except_table");

    if (!section || !image_load(image, section) || lsda->addr < section->addr ||
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

size_t unwind_info_landings(struct unwind_info *info, uint64_t begin, uint64_t end,
                            struct object_landing **ret)
{
    size_t n_lsdas;
    const struct unwind_lsda *lsdas = unwind_table_lsdas(unwind_info_table(info), &n_lsdas);
    struct object_landing *all = NULL;
    size_t n = 0;

    for (size_t i = 0; i < n_lsdas; i++)
        if (lsdas[i].start < end && lsdas[i].end > begin)
            add_landings(info->image, &lsdas[i], &all, &n);
    *ret = all;
    return n;
}
