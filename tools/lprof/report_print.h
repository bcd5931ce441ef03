/**
 * @file
 * Printing a profile's report to where it belongs.
 */
#ifndef LPROF_TOOL_REPORT_PRINT_H
#define LPROF_TOOL_REPORT_PRINT_H

#include "base/error.h"
#include "print_options.h"
#include "profile/profile.h"

/** Where a report goes, when to no file. */
struct report_place {
    int fd;
    const char *name;     ///< For messages.
    bool paged;           ///< Through the pager, on a terminal.
    const char *file;     ///< The file it goes to instead, or NULL.
    const char *closing;  ///< The last line of a text; NULL = none.
    const char *saved_as; ///< Where the profile was saved, for the first line; NULL = not now.
    bool quiet;           ///< Without a line about what is fetched for it.
};

/**
 * Print the report of a symbolized profile.
 *
 * @return NULL, or a SYSTEM error when it could not be written.
 */
LPROF_MUST_USE struct lprof_error *report_print(const struct profile *profile,
                                                const struct print_options *print,
                                                const struct report_place *place);

#endif
