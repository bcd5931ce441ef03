/**
 * @file
 * The string table of a pprof file while it is written: each text once, the first one empty.
 */
#ifndef LPROF_PROFILE_PPROF_STRINGS_H
#define LPROF_PROFILE_PPROF_STRINGS_H

#include <stddef.h>
#include <stdint.h>

struct pprof_strings {
    struct pprof_string *entries; ///< A uthash table.
    char **texts; ///< [n] In the order they were added; borrowed, not written to.
    size_t n;
    size_t capacity;
};

/** A table that holds "". */
void pprof_strings_init(struct pprof_strings *strings);

/** Free the table; the texts are the caller's. */
void pprof_strings_deinit(struct pprof_strings *strings);

/** The place of a text, which must live as long as the table; NULL is that of "". */
int64_t pprof_strings_add(struct pprof_strings *strings, const char *text);

#endif
