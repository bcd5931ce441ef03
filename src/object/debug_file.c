#include "object/debug_file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compress.h"
#include "base/mem.h"
#include "base/path.h"

// What .gnu_debuglink holds.
struct debug_link {
    const char *name;
    uint32_t checksum;
};

// A search for the debug info of one binary.
struct search {
    struct image *image;
    const struct debug_places *places;
    struct debug_link link; // Without a name: there is none.
    struct debug_file found;
};

// The name, its zero, padding to 4 bytes, the checksum.
static bool read_link(struct image *image, struct debug_link *ret)
{
    struct image_section *section = image_section(image, ".gnu_debuglink");

    if (!section || !image_load(image, section))
        return false;
    size_t length = strnlen((const char *)section->bytes, section->n_bytes);
    size_t at = (length + 4) & ~(size_t)3;
    // A link names a file, not a way to it.
    if (!length || at > section->n_bytes || section->n_bytes - at < 4 ||
        memchr(section->bytes, '/', length))
        return false;
    ret->name = (const char *)section->bytes;
    memcpy(&ret->checksum, section->bytes + at, 4);
    return true;
}

// Why the debug info is not that of the image, or NULL when it is. Free it.
static char *reason_against(const struct search *search, const struct image *debug)
{
    const struct build_id *wanted = &search->image->build_id;
    char wanted_text[BUILD_ID_TEXT];
    char found_text[BUILD_ID_TEXT];

    if (wanted->size && debug->build_id.size) {
        if (build_id_equal(wanted, &debug->build_id))
            return NULL;
        build_id_format(wanted, wanted_text);
        build_id_format(&debug->build_id, found_text);
        return mem_printf("%s is debug info of another build (build id %s, not %s)", debug->path,
                          found_text, wanted_text);
    }
    if (search->link.name && compress_checksum(debug->bytes, debug->size) == search->link.checksum)
        return NULL;
    return mem_printf("%s is debug info of another build (%s)", debug->path,
                      search->link.name ? "its checksum is another" : "it has no build id");
}

// Look at one place. Takes over `path`. What cannot be opened is passed over: it is one of several
// places to look at. Returns whether the search is over.
static bool try_file(struct search *search, char *path, enum object_debug_place place)
{
    CLEANUP(cleanup_free) char *owned = path;
    struct image *debug = NULL;
    struct lprof_error *err = image_open(owned, &debug);

    if (err) {
        error_destroy(err);
        return false;
    }
    bool has_info = image_section(debug, ".debug_info") || image_section(debug, ".symtab");
    char *reason = has_info ? reason_against(search, debug) : NULL;
    if (has_info && !reason) {
        search->found.image = debug;
        search->found.place = place;
        return true;
    }
    image_close(debug);
    if (search->found.rejected)
        free(reason);
    else
        search->found.rejected = reason;
    return false;
}

static bool find_by_build_id(struct search *search)
{
    const struct debug_places *places = search->places;
    char text[BUILD_ID_TEXT];

    if (search->image->build_id.size < 2)
        return false;
    build_id_format(&search->image->build_id, text);
    if (try_file(search, mem_printf("%s/.build-id/%.2s/%s.debug", places->root, text, text + 2),
                 OBJECT_DEBUG_BUILD_ID))
        return true;
    return places->cache &&
           try_file(search, mem_printf("%s/%s/debuginfo", places->cache, text), OBJECT_DEBUG_CACHE);
}

// Places for a binary in `folder`, which ends in a slash.
static bool find_near(struct search *search, const char *folder)
{
    const char *root = search->places->root;
    const char *name = search->link.name;

    return try_file(search, mem_printf("%s%s", folder, name), OBJECT_DEBUG_LINK) ||
           try_file(search, mem_printf("%s.debug/%s", folder, name), OBJECT_DEBUG_LINK) ||
           try_file(search, mem_printf("%s%s%s", root, folder, name), OBJECT_DEBUG_LINK);
}

static char *folder_of(const char *path)
{
    return mem_printf("%.*s", (int)(path_basename(path) - path), path);
}

static bool find_by_link(struct search *search)
{
    CLEANUP(cleanup_free) char *real = realpath(search->image->path, NULL);

    if (!real || !read_link(search->image, &search->link))
        return false;
    CLEANUP(cleanup_free) char *folder = folder_of(real);
    if (find_near(search, folder))
        return true;
    // Packages from before /lib became a link to /usr/lib name the old folder.
    if (path_is_below(folder, "/usr") &&
        try_file(
            search,
            mem_printf("%s%s%s", search->places->root, folder + strlen("/usr"), search->link.name),
            OBJECT_DEBUG_LINK))
        return true;
    // A link of the file system that leads to the binary may stand beside the debug info.
    CLEANUP(cleanup_free) char *named = path_join(NULL, search->image->path);
    CLEANUP(cleanup_free) char *named_folder = folder_of(named);
    return named[0] == '/' && strcmp(named_folder, folder) != 0 && find_near(search, named_folder);
}

static void ask_server(struct search *search)
{
    struct debug_server *server = search->places->server;
    char *path =
        server ? debug_server_fetch(server, search->image->path, &search->image->build_id) : NULL;

    if (path && !try_file(search, path, OBJECT_DEBUG_SERVER))
        debug_server_fail(server, "the server sent what is no debug info of %s",
                          search->image->path);
}

struct debug_file debug_file_find(struct image *image, const struct debug_places *places)
{
    struct search search = {.image = image, .places = places};

    if (!find_by_build_id(&search) && !find_by_link(&search))
        ask_server(&search);
    if (search.found.image) {
        free(search.found.rejected);
        search.found.rejected = NULL;
    }
    return search.found;
}

// @source debuginfod_find_debuginfo(3), "CACHE"
char *debug_file_cache(void)
{
    const char *path = getenv("DEBUGINFOD_CACHE_PATH");
    const char *xdg = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");

    if (path && *path)
        return mem_strdup(path);
    char *old = mem_printf("%s/.debuginfod_client_cache", home ? home : "/");
    if (access(old, F_OK) == 0)
        return old;
    free(old);
    if (xdg && *xdg)
        return mem_printf("%s/debuginfod_client", xdg);
    return mem_printf("%s/.cache/debuginfod_client", home ? home : "/");
}
