#include "profile/pprof.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/mem.h"

struct lprof_error *pprof_save(const struct profile *profile, const char *path)
{
    CLEANUP(cleanup_free) uint8_t *bytes = NULL;
    size_t size;

    pprof_encode(profile, &bytes, &size);
    return file_replace(path, bytes, size, 1);
}

// A decoder's hint ends in FILE, for it does not know the name.
static struct lprof_error *name_file(struct lprof_error *err, const char *path)
{
    static const char placeholder[] = "FILE";
    size_t length = err->hint ? strlen(err->hint) : 0;

    if (length >= sizeof placeholder &&
        strcmp(err->hint + length - (sizeof placeholder - 1), placeholder) == 0) {
        CLEANUP(cleanup_free) char *hint = err->hint;
        err->hint = NULL;
        err = error_hint(err, "%.*s%s", (int)(length - (sizeof placeholder - 1)), hint, path);
    }
    return error_wrap(err, "%s", path);
}

struct lprof_error *pprof_load(const char *path, struct profile **ret)
{
    struct file_map map;
    struct lprof_error *err = file_map(path, &map);

    if (err)
        return err;
    err = pprof_decode(map.bytes, map.size, ret);
    file_unmap(&map);
    return err ? name_file(err, path) : NULL;
}
