#include "symbolize/served_source.h"

#include <string.h>

#include "base/build_id.h"
#include "base/cleanup.h"
#include "base/mem.h"

static bool is_of(const char *file, const char *path)
{
    return file && strcmp(file, path) == 0;
}

static bool is_named(const struct profile *profile, const struct profile_location *location,
                     const char *path)
{
    for (size_t i = 0; i < location->n_lines; i++) {
        const struct profile_line *line = &location->lines[i];
        if (is_of(line->file, path) || is_of(profile->functions[line->function - 1].file, path))
            return true;
    }
    return false;
}

char *served_source_fetch(const struct profile *profile, struct debug_server *server,
                          const char *path)
{
    CLEANUP(cleanup_free) bool *asked = mem_alloc_array(profile->n_mappings + 1, sizeof *asked);

    for (size_t i = 0; i < profile->n_locations; i++) {
        const struct profile_location *location = &profile->locations[i];
        struct build_id build_id;
        if (!location->mapping || asked[location->mapping] || !is_named(profile, location, path))
            continue;
        asked[location->mapping] = true;
        build_id_parse(profile->mappings[location->mapping - 1].build_id, &build_id);
        char *local = debug_server_fetch_source(server, path, &build_id);
        if (local)
            return local;
    }
    return NULL;
}
