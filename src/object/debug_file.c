#include "object/debug_file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"

// What .gnu_debuglink holds.
struct debug_link {
    const char *name;
    uint32_t checksum;
};

// The name, its zero, padding to 4 bytes, the checksum.
static bool read_link(struct image *image, struct debug_link *ret)
{
    struct image_section *section = image_section(image, ".gnu_debuglink");

    if (!section || !image_load(image, section))
        return false;
    size_t length = strnlen((const char *)section->bytes, section->n_bytes);
    size_t at = (length + 4) & ~(size_t)3;
    if (!length || at > section->n_bytes || section->n_bytes - at < 4)
        return false;
    ret->name = (const char *)section->bytes;
    memcpy(&ret->checksum, section->bytes + at, 4);
    // A link names a file, not a way to it.
    return !strchr(ret->name, '/');
}

// The CRC-32 of zlib and of .gnu_debuglink, half a byte at a time.
static uint32_t checksum_of(const uint8_t *bytes, size_t size)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < size; i++) {
        crc = table[(crc ^ bytes[i]) & 15] ^ crc >> 4;
        crc = table[(crc ^ bytes[i] >> 4) & 15] ^ crc >> 4;
    }
    return ~crc;
}

static bool belongs(const struct image *image, const struct image *debug,
                    const struct debug_link *link)
{
    if (image->build_id.size && debug->build_id.size)
        return build_id_equal(&image->build_id, &debug->build_id);
    return link && checksum_of(debug->bytes, debug->size) == link->checksum;
}

// Takes over `path`. What cannot be opened is passed over: it is one of several places to look at.
static struct image *open_if_belongs(const struct image *image, char *path,
                                     const struct debug_link *link)
{
    CLEANUP(cleanup_free) char *owned = path;
    struct image *debug = NULL;
    struct lprof_error *err = image_open(owned, &debug);

    if (err) {
        error_destroy(err);
        return NULL;
    }
    bool has_info = image_section(debug, ".debug_info") || image_section(debug, ".symtab");
    if (has_info && belongs(image, debug, link))
        return debug;
    image_close(debug);
    return NULL;
}

static struct image *find_by_build_id(const struct image *image, const char *root)
{
    char text[BUILD_ID_TEXT];

    if (image->build_id.size < 2)
        return NULL;
    build_id_format(&image->build_id, text);
    return open_if_belongs(image, mem_printf("%s/.build-id/%.2s/%s.debug", root, text, text + 2),
                           NULL);
}

static struct image *find_by_link(struct image *image, const char *root)
{
    struct debug_link link;
    CLEANUP(cleanup_free) char *real = realpath(image->path, NULL);

    if (!real || !read_link(image, &link))
        return NULL;
    CLEANUP(cleanup_free) char *folder = mem_strdup(real);
    folder[path_basename(folder) - folder] = '\0';
    struct image *debug = open_if_belongs(image, mem_printf("%s%s", folder, link.name), &link);
    if (!debug)
        debug = open_if_belongs(image, mem_printf("%s.debug/%s", folder, link.name), &link);
    if (!debug)
        debug = open_if_belongs(image, mem_printf("%s%s%s", root, folder, link.name), &link);
    return debug;
}

struct image *debug_file_find(struct image *image, const char *root)
{
    struct image *debug = find_by_build_id(image, root);

    return debug ? debug : find_by_link(image, root);
}
