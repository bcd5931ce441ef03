#include "object/vdso.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

static bool find_own(const uint8_t **ret, size_t *size_ret)
{
    CLEANUP(cleanup_fclose) FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    uint64_t start;
    uint64_t end;

    while (maps && fgets(line, sizeof line, maps)) {
        if (!strstr(line, "[vdso]") || sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) != 2 ||
            start >= end)
            continue;
        *ret = (const uint8_t *)(uintptr_t)start;
        *size_ret = end - start;
        return true;
    }
    return false;
}

struct object *vdso_open(const struct build_id *expected, size_t size)
{
    struct object *object = NULL;
    const uint8_t *bytes;
    size_t own_size;

    if (!find_own(&bytes, &own_size))
        return NULL;
    error_destroy(object_open_memory("[vdso]", bytes, own_size, &object));
    if (!object)
        return NULL;
    bool same = expected->size ? build_id_equal(expected, object_build_id(object))
                               : !size || size == own_size;
    if (same)
        return object;
    object_destroy(object);
    return NULL;
}
