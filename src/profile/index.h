/**
 * @file
 * The hash tables behind the builder: from what a thing is to its id.
 *
 * A key is plain bytes. Strings stand in it as their interned pointers, so that comparing bytes
 * compares texts; padding must be zero.
 */
#ifndef LPROF_PROFILE_INDEX_H
#define LPROF_PROFILE_INDEX_H

#include <stddef.h>
#include <stdint.h>

/** The tables of a profile. */
enum index_table {
    INDEX_MAPPINGS,
    INDEX_FUNCTIONS,
    INDEX_LOCATIONS,
    INDEX_STACKS,
    INDEX_TASKS,
    INDEX_REGIONS,
    INDEX_SAMPLES,
    INDEX_NOTES,
    INDEX_SOURCES,
    INDEX_TABLES
};

struct index_entry; // a uthash table

struct profile_index {
    struct index_entry *entries[INDEX_TABLES];
    size_t capacity[INDEX_TABLES]; ///< Items that the profile's array has room for.
};

/** Empty tables; free with index_destroy(). */
struct profile_index *index_create(void);

/** Free the tables. NULL is allowed. */
void index_destroy(struct profile_index *index);

/** Forget all of one table. */
void index_clear(struct profile_index *index, enum index_table table);

/** The id of what has this key, or 0. */
uint32_t index_find(const struct profile_index *index, enum index_table table, const void *key,
                    size_t size);

/** Give a new key its id, which is `count`, the number of items there are now. Returns the id. */
uint32_t index_add(struct profile_index *index, enum index_table table, const void *key,
                   size_t size, size_t count);

#endif
