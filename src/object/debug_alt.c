#include "object/debug_alt.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/mem.h"
#include "base/path.h"
#include "object/debug_file.h"

// The name of a supplementary file and what identifies it.
struct link {
    const char *name;
    struct build_id id;
};

static bool set_id(struct link *link, const uint8_t *bytes, uint64_t size)
{
    if (!size || size > BUILD_ID_MAX)
        return false;
    link->id.size = (uint8_t)size;
    memcpy(link->id.bytes, bytes, size);
    return true;
}

// .debug_sup stands in both files: in the one that names the other, and in the other.
static bool read_debug_sup(struct image *image, bool is_supplementary, struct link *ret)
{
    struct image_section *section = image_section(image, ".debug_sup");

    if (!section || !image_load(image, section))
        return false;
    struct cursor cursor = cursor_make(section->bytes, section->n_bytes);
    cursor_skip(&cursor, 2); // Version: always 5.
    if ((cursor_u8(&cursor) != 0) != is_supplementary)
        return false;
    ret->name = cursor_string(&cursor);
    uint64_t size = cursor_uleb(&cursor);
    return !cursor.failed && size <= cursor_left(&cursor) && set_id(ret, cursor.pos, size);
}

static bool read_link(struct image *image, struct link *ret)
{
    struct image_section *section = image_section(image, ".gnu_debugaltlink");

    if (!section || !image_load(image, section))
        return read_debug_sup(image, false, ret);
    size_t length = strnlen((const char *)section->bytes, section->n_bytes);
    if (!length || length == section->n_bytes)
        return false;
    ret->name = (const char *)section->bytes;
    return set_id(ret, section->bytes + length + 1, section->n_bytes - length - 1);
}

// Takes over `path`.
static struct image *open_if_right(char *path, const struct link *link)
{
    CLEANUP(cleanup_free) char *owned = path;
    struct image *alt = NULL;
    struct link own = {0};
    struct lprof_error *err = image_open(owned, &alt);

    if (err) {
        error_destroy(err);
        return NULL;
    }
    bool is_right = build_id_equal(&alt->build_id, &link->id) ||
                    (read_debug_sup(alt, true, &own) && build_id_equal(&own.id, &link->id));
    if (is_right)
        return alt;
    image_close(alt);
    return NULL;
}

static struct image *find(const struct image *image, const struct link *link)
{
    CLEANUP(cleanup_free) char *cache = debug_file_cache();
    CLEANUP(cleanup_free) char *real = realpath(image->path, NULL);
    CLEANUP(cleanup_free) char *folder = mem_strdup(real ? real : image->path);
    char id[BUILD_ID_TEXT];

    build_id_format(&link->id, id);
    folder[path_basename(folder) - folder] = '\0';
    struct image *alt = open_if_right(path_join(folder, link->name), link);
    if (!alt)
        alt = open_if_right(mem_printf("%s/.build-id/%.2s/%s.debug", DEBUG_FILE_ROOT, id, id + 2),
                            link);
    if (!alt)
        alt = open_if_right(mem_printf("%s/.dwz/%s", DEBUG_FILE_ROOT, path_basename(link->name)),
                            link);
    if (!alt)
        alt = open_if_right(mem_printf("%s/%s/debuginfo", cache, id), link);
    return alt;
}

struct image *debug_alt_of(struct image *image)
{
    struct link link;

    if (!image->has_alt) {
        image->has_alt = true;
        if (read_link(image, &link))
            image->alt = find(image, &link);
    }
    return image->alt;
}

const char *debug_alt_name(struct image *image)
{
    struct link link;

    return read_link(image, &link) ? link.name : NULL;
}
