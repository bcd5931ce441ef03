#include "ingest/mapped_file.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

static const char deleted[] = " (deleted)";

// Whether a link of /proc leads to the file, deleted or not.
static bool leads_to(const char *link, const char *path)
{
    char target[PATH_MAX + sizeof deleted];
    ssize_t length = readlink(link, target, sizeof target - 1);
    size_t own = strlen(path);

    if (length < 0)
        return false;
    target[length] = '\0';
    return strncmp(target, path, own) == 0 &&
           (target[own] == '\0' || strcmp(target + own, deleted) == 0);
}

// A copy of the file, since nothing else keeps it.
static struct object *open_link(const char *link, const char *path, const struct build_id *build_id)
{
    struct object *object = NULL;
    struct file_map map;

    if (!leads_to(link, path))
        return NULL;
    struct lprof_error *err = file_map(link, &map);
    if (err) {
        error_destroy(err);
        return NULL;
    }
    error_destroy(object_open_memory(path, map.bytes, map.size, &object));
    file_unmap(&map);
    if (!object || !build_id->size || build_id_equal(build_id, object_build_id(object)))
        return object;
    object_destroy(object);
    return NULL;
}

struct object *mapped_file_open(pid_t pid, const struct space_mapping *mapping, const char *path,
                                const struct build_id *build_id)
{
    CLEANUP(cleanup_free)
    char *mapped = mem_printf("/proc/%d/map_files/%" PRIx64 "-%" PRIx64, (int)pid, mapping->start,
                              mapping->end);
    CLEANUP(cleanup_free) char *exe = mem_printf("/proc/%d/exe", (int)pid);
    struct object *object = open_link(mapped, path, build_id);

    return object ? object : open_link(exe, path, build_id);
}
