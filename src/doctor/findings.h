/**
 * @file
 * What an examination finds: whether a thing works, how that is known, and what mends it.
 */
#ifndef LPROF_DOCTOR_FINDINGS_H
#define LPROF_DOCTOR_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum finding_grade {
    FINDING_OK,
    FINDING_REMARK, ///< lprof works, and could tell more.
    FINDING_BAD,    ///< What matters does not work.
};

struct finding {
    enum finding_grade grade;
    char *subject; ///< What was examined: "this machine", or a module's path.
    char *text;    ///< One line, lower case, no full stop.
    char *remedy;  ///< The command that mends it, or what to do; NULL = nothing is to be mended.
};

/** Findings in the order in which they were made. A zeroed struct has none. */
struct findings {
    struct finding *items; ///< [n]
    size_t n;
    size_t capacity;
};

/** Add a finding. @return It, for findings_remedy(); valid until the next one is added. */
LPROF_PRINTF(4, 5)
struct finding *findings_add(struct findings *findings, enum finding_grade grade,
                             const char *subject, const char *format, ...);

/** Say what mends it. */
LPROF_PRINTF(2, 3) void findings_remedy(struct finding *finding, const char *format, ...);

/** Whether something that matters does not work. */
bool findings_are_bad(const struct findings *findings);

/** Free them. */
void findings_deinit(struct findings *findings);

#endif
