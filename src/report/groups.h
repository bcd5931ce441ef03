/**
 * @file
 * The samples of a profile apart by process or thread.
 */
#ifndef LPROF_REPORT_GROUPS_H
#define LPROF_REPORT_GROUPS_H

#include <stddef.h>

#include "report/report.h"

/**
 * Split a profile: the one with most time first. A process or thread that changed its name is called as
 * it was for most of its time; samples whose thread was not kept are "[unknown]" with the ids 0.
 *
 * @param by Not REPORT_WHOLE.
 * @return [*n_ret] Without reports; free with groups_destroy(). Their profiles share the tables of
 *         `profile`, which must outlive them.
 */
struct report_group *groups_create(const struct profile *profile, enum report_split by,
                                   size_t *n_ret);

/** Free them with their reports. NULL is allowed. */
void groups_destroy(struct report_group *groups, size_t n);

#endif
