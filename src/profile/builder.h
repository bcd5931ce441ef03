/**
 * @file
 * Building a profile: each thing is stored once; adding it again returns the same id.
 *
 * Strings passed in are interned; arrays are copied. The tables' arrays move when they grow: keep
 * ids, not pointers.
 */
#ifndef LPROF_PROFILE_BUILDER_H
#define LPROF_PROFILE_BUILDER_H

#include "profile/profile.h"

/**
 * Id of the mapping with this path and build id; NULL for the build id is "".
 *
 * A known build id is enough to be the same, wherever the file lies, as long as both count
 * addresses alike: a module that could not be read counts file offsets (`start` equals
 * `file_offset`).
 */
uint32_t builder_mapping(struct profile *profile, const struct profile_mapping *mapping);

/**
 * Id of the function with this linkage name, file, line and name; without a linkage name: `name`. It is
 * marked, or partial, when it was ever added as such.
 */
uint32_t builder_function(struct profile *profile, const struct profile_function *function);

/** Id of the location with this mapping, address and kind; new ones have no lines. */
uint32_t builder_location(struct profile *profile, uint32_t mapping, uint64_t addr,
                          enum profile_address_kind kind);

/** Give a location its lines, innermost first, replacing earlier ones. */
void builder_set_lines(struct profile *profile, uint32_t location, const struct profile_line *lines,
                       size_t n_lines);

/** Id of the stack of these locations, innermost first; `n` is at least 1. */
uint32_t builder_stack(struct profile *profile, const uint32_t *locations, size_t n);

/** Id of the thread. */
uint32_t builder_task(struct profile *profile, const struct profile_task *task);

/** Add to the sample of this stack and task; of what is no sum the larger or smaller one stays. */
void builder_sample(struct profile *profile, uint32_t stack, uint32_t task,
                    const int64_t values[PROFILE_VALUES]);

/** As builder_sample(), of what was inside of a region; 0 = of none. */
void builder_sample_in(struct profile *profile, uint32_t stack, uint32_t task, uint32_t region,
                       const int64_t values[PROFILE_VALUES]);

/** Id of the region with this name inside of `parent`; 0 = inside of none. */
uint32_t builder_region(struct profile *profile, uint32_t parent, const char *name);

/** Add the calls of one region to another; name and parent of `more` mean nothing. */
void builder_region_calls(struct profile *profile, uint32_t region,
                          const struct profile_region *more);

/** Add a counter; the same one may be added several times. */
void builder_counter(struct profile *profile, const struct profile_counter *counter);

/** Add a function that is counted. */
void builder_choice(struct profile *profile, const struct profile_choice *choice);

/** Add what is known of a source file. */
void builder_source(struct profile *profile, const struct profile_source *source);

/** Add `count` to the note with this code and text. `hint` may be NULL; of two, the smaller stays.
 */
void builder_note(struct profile *profile, const char *code, int64_t count, const char *text,
                  const char *hint);

#endif
