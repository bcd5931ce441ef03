#include "object/mini_debug.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/compress.h"
#include "base/mem.h"

// Symbol tables shrink to a third. What unpacks to more than this is damaged.
#define UNPACKED_MAX ((size_t)1 << 30)

struct image *mini_debug_open(struct image *image)
{
    struct image_section *section = image_section(image, ".gnu_debugdata");
    CLEANUP(cleanup_free) uint8_t *bytes = NULL;
    size_t size = 0;
    struct image *mini = NULL;

    if (!section || !image_load(image, section) ||
        !compress_unpack_xz(section->bytes, section->n_bytes, UNPACKED_MAX, &bytes, &size))
        return NULL;
    error_destroy(image_open_memory(image->path, bytes, size, &mini));
    return mini;
}
