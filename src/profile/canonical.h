/**
 * @file
 * One order for everything in a profile that depends on its content alone, not on how it was built:
 * equal profiles are written as equal bytes, and of two things the same one always comes first.
 */
#ifndef LPROF_PROFILE_CANONICAL_H
#define LPROF_PROFILE_CANONICAL_H

#include "profile/profile.h"

/** The order of one table. */
struct canonical_table {
    uint32_t *ids;   ///< [n] The ids, first to last.
    uint32_t *ranks; ///< [n + 1] By id: its place, from 1; 0 for 0.
    size_t n;
};

struct canonical {
    struct canonical_table mappings; ///< The program's own file is first, as pprof expects it.
    struct canonical_table functions;
    struct canonical_table locations;
    struct canonical_table tasks;
    struct canonical_table regions; ///< What is around others comes before them.
    struct canonical_table samples;
    struct canonical_table notes;
    struct canonical_table sources;
};

/** Put a profile's tables in order; free with canonical_deinit(). */
void canonical_init(struct canonical *canonical, const struct profile *profile);

/** Free the tables. */
void canonical_deinit(struct canonical *canonical);

/** Below, at or above 0 as strcmp(); NULL comes first. */
int canonical_texts(const char *a, const char *b);

/** Below, at or above 0. */
int canonical_numbers(uint64_t a, uint64_t b);

/** Below, at or above 0; functions may be of different profiles. */
int canonical_functions(const struct profile_function *a, const struct profile_function *b);

#endif
