/**
 * @file
 * Errors: what failed, on what, and what the user can do about it.
 *
 * A function that can fail returns `struct lprof_error *`: NULL is success. The caller owns the error:
 * it passes it up unchanged, adds a noun the lower layer did not know (error_wrap()), or destroys it.
 * Missing or degraded data is no error: it is counted in a note and printed under the report.
 */
#ifndef LPROF_BASE_ERROR_H
#define LPROF_BASE_ERROR_H

enum lprof_error_code {
    LPROF_ERROR_INVALID,     ///< The caller asked for something that makes no sense.
    LPROF_ERROR_SYSTEM,      ///< A system call failed; `errnum` says how.
    LPROF_ERROR_FORMAT,      ///< A file's content is not what it should be.
    LPROF_ERROR_UNSUPPORTED, ///< Sound, but this build or machine cannot do it.
    LPROF_ERROR_PERMISSION,  ///< The system forbids it.
    LPROF_ERROR_TARGET,      ///< The profiled program could not be started or was lost.
};

struct lprof_error {
    enum lprof_error_code code;
    int errnum;    ///< The errno behind it, 0 when none.
    char *message; ///< One line, lower case, no full stop; names the file, function or address.
    char *hint;    ///< What the user can do, or NULL.
};

#define LPROF_MUST_USE __attribute__((warn_unused_result))
#define LPROF_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

/** Make an error. Never returns NULL. */
LPROF_MUST_USE LPROF_PRINTF(2, 3) struct lprof_error *error_create(enum lprof_error_code code,
                                                                   const char *format, ...);

/** Make a system error: the message is followed by ": " and the text of `errnum`. */
LPROF_MUST_USE LPROF_PRINTF(2, 3) struct lprof_error *error_from_errno(int errnum,
                                                                       const char *format, ...);

/** Put "<prefix>: " before the message. Takes and returns `err`; NULL stays NULL. */
LPROF_MUST_USE LPROF_PRINTF(2, 3) struct lprof_error *error_wrap(struct lprof_error *err,
                                                                 const char *format, ...);

/** Set what the user can do, replacing an earlier hint. Takes and returns `err`; NULL stays NULL. */
LPROF_MUST_USE LPROF_PRINTF(2, 3) struct lprof_error *error_hint(struct lprof_error *err,
                                                                 const char *format, ...);

/** Free an error. NULL is allowed. */
void error_destroy(struct lprof_error *err);

#endif
