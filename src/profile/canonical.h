/**
 * @file
 * One order for everything in a profile that depends on its content alone, not on how it was built:
 * equal profiles are written as equal bytes, and of two things the same one always comes first.
 */
#ifndef LPROF_PROFILE_ORDER_H
#define LPROF_PROFILE_ORDER_H

#include "profile/profile.h"

/** The order of one table. */
struct order_table {
    uint32_t *ids;   ///< [n] The ids, first to last.
    uint32_t *ranks; ///< [n + 1] By id: its place, from 1; 0 for 0.
    size_t n;
};

struct order {
    struct order_table mappings; ///< The program's own file is first, as pprof expects it.
    struct order_table functions;
    struct order_table locations;
    struct order_table tasks;
    struct order_table samples;
    struct order_table notes;
};

/** Put a profile's tables in order; free with order_deinit(). */
void order_init(struct order *order, const struct profile *profile);

/** Free the tables. */
void order_deinit(struct order *order);

/** Below, at or above 0 as strcmp(); NULL comes first. */
int order_texts(const char *a, const char *b);

/** Below, at or above 0. */
int order_numbers(uint64_t a, uint64_t b);

/** Below, at or above 0; functions may be of different profiles. */
int order_functions(const struct profile_function *a, const struct profile_function *b);

#endif
