/**
 * @file
 * Functions chosen by the user: whether there are any, and which of a profile's they are.
 */
#ifndef LPROF_API_CHOSEN_H
#define LPROF_API_CHOSEN_H

#include <stdbool.h>

#include "base/error.h"
#include "profile/profile.h"
#include "select/choice.h"

/**
 * Before a program runs: whether each glob chooses something in it or in the libraries it starts with.
 * A program whose functions have no names, and one that is no ELF file, may start others: those pass.
 *
 * Libraries that a program loads while it runs may have what a glob names, too.
 *
 * @param program As exec_program() takes it.
 * @param[out] later_ret What is not there and may come with such a library, to be told: INVALID as the
 *             error, or NULL. Free it.
 * @return NULL, or INVALID with the names nearest to the glob.
 */
LPROF_MUST_USE struct lprof_error *chosen_check(const char *program,
                                                const struct choice_options *options,
                                                struct lprof_error **later_ret);

/**
 * Before a program runs: whether something is chosen by the options, or marked in it. True when that
 * cannot be told, since it is no ELF file but may start one.
 */
bool chosen_any(const char *program, const struct choice_options *options);

/** Whether functions are chosen by name or file, or marked in the program: those are worth counting. */
bool chosen_some(const char *program, const struct choice_options *options);

/** Mark the functions of a symbolized profile that are chosen; with `options->all` unmark all. */
void chosen_mark(struct profile *profile, const struct choice_options *options);

/**
 * Leave out what was measured outside of the regions that some globs match, and note how much that was
 * (`left-out`). Without globs all stays.
 *
 * @return NULL, or INVALID with the names that there are, when a glob matches none.
 */
LPROF_MUST_USE struct lprof_error *chosen_keep_regions(struct profile *profile,
                                                       const char *const *globs, size_t n);

/** Whether each glob chooses something in the profile: NULL, or INVALID as chosen_check(). */
LPROF_MUST_USE struct lprof_error *chosen_check_profile(const struct profile *profile,
                                                        const struct choice_options *options);

/**
 * Leave out the samples of a symbolized profile that were taken outside of the chosen functions, and
 * note how many those were (`left-out`).
 */
void chosen_keep_inside(struct profile *profile, const struct choice_options *options);

/** Add the note `not-sampled` for each glob that chooses nothing in the profile. */
void chosen_note(struct profile *profile, const struct choice_options *options);

#endif
