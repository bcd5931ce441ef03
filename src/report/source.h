/**
 * @file
 * Source text: where a file of the debug info lies on this machine, and its lines.
 *
 * Looked for in this order: the text in the debug info itself, the path after the path maps (longest
 * FROM first), the path as recorded (with comp_dir already joined), then the file below the current
 * folder, the program's folder and the folder the program was started in whose path shares the longest
 * suffix. Two that share equally much are none. Files of the system are not searched: a namesake would
 * be shown in their place. Last, it is fetched.
 *
 * Where the checksum of the text is known, a file with another one is passed over as long as there
 * are more places to look at.
 */
#ifndef LPROF_REPORT_SOURCE_H
#define LPROF_REPORT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** FROM=TO of --path-map. */
struct source_path_map {
    const char *from;
    const char *to;
};

/** Where files come from that are not on this machine. A zeroed one fetches nothing. */
struct source_fetcher {
    /** Returns the path of a local copy of the file that the debug info calls `path`, to be freed; or NULL. */
    char *(*fetch)(void *context, const char *path);
    /** What went wrong with fetching so far, in one line; NULL = nothing. */
    const char *(*problem)(void *context);
    void *context;
};

struct source_options {
    const struct source_path_map *maps; ///< [n_maps]
    size_t n_maps;
    const char *const *folders; ///< [n_folders] where to search by suffix.
    size_t n_folders;
    bool strip_dirs; ///< Show base names; of two files with one name, the second keeps its folders.
    struct source_fetcher fetcher;
};

enum source_state {
    SOURCE_FOUND,
    SOURCE_MISSING, ///< No such file anywhere.
    SOURCE_NEWER,   ///< Changed after the program was built or the profile was made.
    SOURCE_OTHER,   ///< Not the text that the program was built from, by its checksum.
};

/** One source file. */
struct source {
    const char *path;  ///< As in the debug info.
    const char *shown; ///< After the path maps, and without folders when they are stripped.
    const char *found; ///< Where it was read from; NULL when missing or in the debug info itself.
    enum source_state state;
    const char *const *lines; ///< [n_lines] without line ends.
    size_t n_lines;
};

struct sources; // opaque: the files read so far

/**
 * An empty set; free with sources_destroy(). Nothing passed in is kept, but for the fetcher's context.
 *
 * @param newest Files changed after this time are SOURCE_NEWER [s since 1970]; 0 = do not look.
 */
struct sources *sources_create(const struct source_options *options, int64_t newest);

/**
 * What the debug info tells of a file, before its text is asked for. Where several builds disagree about it,
 * no text is the right one for all.
 *
 * @param md5 Of its text, in hexadecimal digits; NULL = not told.
 * @param text The text itself; NULL = not told.
 */
void sources_tell(struct sources *sources, const char *path, const char *md5, const char *text);

/** Free it. NULL is allowed. */
void sources_destroy(struct sources *sources);

/** Change what sources_create() was told, for files that are read from now on. */
void sources_set_newest(struct sources *sources, int64_t newest);

/**
 * The file with this path, as in the debug info or as shown; reads it the first time. Never NULL;
 * lives as long as the set.
 */
const struct source *sources_get(struct sources *sources, const char *path);

/** What went wrong with fetching, in one line; NULL = nothing. */
const char *sources_problem(const struct sources *sources);

/**
 * The path as shown, without touching the file system; a path as shown stays as it is. Lives as
 * long as the set.
 */
const char *sources_map_path(struct sources *sources, const char *path);

/** The same with its folders, even when those shown are stripped. */
const char *sources_full_path(struct sources *sources, const char *path);

#endif
