/**
 * @file
 * What `lprof` and `lprof record` do once their options are read: run, save, report.
 */
#ifndef LPROF_TOOL_RECORDING_H
#define LPROF_TOOL_RECORDING_H

#include "capture_options.h"
#include "print_options.h"
#include "select/choice.h"

struct recording {
    const struct capture_options *capture;
    const struct choice_options *choice;
    const struct print_options *print; ///< NULL = no report.
    const char *report_file;           ///< A pattern as of --output; NULL = to stderr.
    char *const *program;              ///< NULL-terminated.
};

/** Run the program to its end. The exit status of lprof. */
int recording_run(const struct recording *recording);

#endif
