/**
 * @file
 * Which functions were chosen: by their names, by their source files, or by marks in the source.
 */
#ifndef LPROF_SELECT_CHOICE_H
#define LPROF_SELECT_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "object/object.h"

/** What the user asked for. */
struct choice_options {
    const char *const *functions; ///< [n_functions] globs of names, or FILE:NAME.
    size_t n_functions;
    const char *const *sources; ///< [n_sources] globs of files.
    size_t n_sources;
    bool all; ///< Take every function: marks and the choice of some mean nothing.
    const char *const *excluded; ///< [n_excluded] as `functions`: these are never taken.
    size_t n_excluded;
};

/** A function that may be chosen. */
struct choice_subject {
    const char *name;         ///< Demangled.
    const char *linkage_name; ///< NULL = none.
    const char *file;         ///< Of the declaration; NULL = not known.
};

/** A function of an object, with all its code, inlined instances included. */
struct choice_function {
    const struct object_definition *definition;
    bool marked; ///< In the source.
    bool chosen; ///< By a name or a file, or because all are.
};

/** The functions of an object that are marked or chosen. */
struct choice {
    struct choice_function *functions; ///< [count] By file and line.
    size_t count;
};

/** Whether functions are chosen by name or file. */
bool choice_is_asked(const struct choice_options *options);

/**
 * Whether one of the names fits: see function_glob_matches(); FILE:NAME does when FILE fits the file
 * too.
 */
bool choice_names(const struct choice_options *options, const struct choice_subject *subject);

/** Whether one of the files fits: see project_glob_matches(). */
bool choice_sources(const struct choice_options *options, const struct choice_subject *subject);

/** Whether the function is never to be taken. */
bool choice_excludes(const struct choice_options *options, const struct choice_subject *subject);

/** Whether the function is chosen by a name or by a file. */
bool choice_has(const struct choice_options *options, const struct choice_subject *subject);

/**
 * What to say of globs that choose none of the functions.
 *
 * @param where What the functions are of, such as the path of a program.
 * @return INVALID, telling the first such glob and the names nearest to it; NULL when each glob
 *         chooses something.
 */
LPROF_MUST_USE struct lprof_error *choice_unmatched(const struct choice_options *options,
                                                    const struct choice_subject *subjects, size_t n,
                                                    const char *where);

/** What may be chosen in an object: one subject for each of object_definitions(). Free it. */
struct choice_subject *choice_subjects(struct object *obj, size_t *n_ret);

/**
 * The marked and chosen functions of an object; all of them with `options->all`. Decodes all its debug
 * info.
 *
 * @return Free it with choice_destroy(); it must not outlive the object.
 */
struct choice *choice_create(struct object *obj, const struct choice_options *options);

/** Free it. NULL is allowed. */
void choice_destroy(struct choice *choice);

#endif
