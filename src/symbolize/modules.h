/**
 * @file
 * Opening the modules of a profile to look addresses up in them, and telling in the profile's notes
 * what stood in the way.
 */
#ifndef LPROF_SYMBOLIZE_MODULES_H
#define LPROF_SYMBOLIZE_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#include "code/skid.h"
#include "object/debug_server.h"
#include "object/jit_map.h"
#include "object/kept.h"
#include "object/object.h"
#include "profile/profile.h"

/** Where modules come from beside their paths. */
struct modules_sources {
    struct debug_server
        *server;             ///< Asked for debug info that is nowhere else; NULL = none is asked.
    const struct kept *kept; ///< Stand in for files that are gone; NULL = none.
};

/** A module that addresses are looked up in. */
struct modules_opened {
    struct object *object; ///< NULL: it is no file, or cannot be opened.
    bool is_kept;          ///< The object is not ours.
    struct jit_map *jit;   ///< Names of code that the program made; NULL = it is none.
    struct skid *skid;
    bool by_offset; ///< The profile's addresses are offsets in the file.
};

/**
 * Open the module of a mapping: its file, if it still is the one that was profiled, else what was kept of
 * it; the vDSO of this machine; or the names of generated code. What is wrong is noted once.
 *
 * @param mapping Id, not 0.
 * @param[out] ret Close with modules_close().
 */
void modules_open(struct profile *profile, uint32_t mapping, const struct modules_sources *sources,
                  struct modules_opened *ret);

/** Close it and set the mapping's debug_info; notes what was missing or wrong in the debug info. */
void modules_close(struct profile *profile, uint32_t mapping, struct modules_opened *opened);

/** Note what went wrong with the server. NULL is allowed. */
void modules_note_server(struct profile *profile, struct debug_server *server);

#endif
