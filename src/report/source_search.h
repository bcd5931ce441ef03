/**
 * @file
 * Finding a file that has moved: the one below some folders whose path ends most like the old path.
 *
 * The folders are walked once, at the first question: nearest files first, a bounded number of
 * them, without hidden folders and without the depths of build trees.
 */
#ifndef LPROF_REPORT_SOURCE_SEARCH_H
#define LPROF_REPORT_SOURCE_SEARCH_H

#include <stddef.h>

struct source_search; // opaque

/** A search below these folders; free with source_search_destroy(). The strings are copied. */
struct source_search *source_search_create(const char *const *folders, size_t n_folders);

/** Free it. NULL is allowed. */
void source_search_destroy(struct source_search *search);

/**
 * The one file with this base name that shares most trailing parts with `path`; NULL when there is
 * none or when several share equally many. Lives as long as the search.
 */
const char *source_search_find(struct source_search *search, const char *path);

#endif
