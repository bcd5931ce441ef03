/**
 * @file
 * Debug info and sources from debuginfod servers, through libdebuginfod, which is loaded when it is
 * first needed.
 *
 * Servers are asked only where DEBUGINFOD_URLS names some. One that hangs or fails again and again,
 * and a user who does not want to wait, end all asking; what went wrong is told once. Files that came
 * are kept in the cache of debuginfod's clients.
 */
#ifndef LPROF_OBJECT_DEBUG_SERVER_H
#define LPROF_OBJECT_DEBUG_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/build_id.h"
#include "base/error.h"

/** Told once a second or more often while something is fetched. */
struct debug_server_progress {
    /**
     * @param what What is fetched, in a few words: "debug info of app", "app.c".
     * @param received [bytes]
     * @param total [bytes] 0 = not known yet.
     * @return False to skip this and all other fetching.
     */
    bool (*report)(void *context, const char *what, int64_t received, int64_t total); ///< Or NULL.
    void *context;
};

/** The servers that the environment names; NULL when it names none. Nothing is asked yet. */
struct debug_server *debug_server_create(const struct debug_server_progress *progress);

/** Free it. NULL is allowed. */
void debug_server_destroy(struct debug_server *server);

/** Ask for the debug info of a binary. Returns the path of a local file, to be freed, or NULL. */
char *debug_server_fetch(struct debug_server *server, const char *path,
                         const struct build_id *build_id);

/**
 * Ask for a source file that a binary was built from, by its path in the debug info. Returns the path of
 * a local file, to be freed, or NULL.
 */
char *debug_server_fetch_source(struct debug_server *server, const char *source,
                                const struct build_id *build_id);

/** Count a failure, and keep the first one in words. */
LPROF_PRINTF(2, 3)
void debug_server_fail(struct debug_server *server, const char *format, ...);

/** What went wrong, in one line; NULL = nothing. Valid until it is asked for again. */
const char *debug_server_problem(struct debug_server *server);

#endif
