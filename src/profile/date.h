/**
 * @file
 * Dates as profiles carry them: ISO 8601 with an offset, such as "2024-05-01T09:30:00+02:00".
 */
#ifndef LPROF_PROFILE_DATE_H
#define LPROF_PROFILE_DATE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Seconds since 1970 of a date; "Z", "+hh:mm" and "+hhmm" are offsets, none means UTC. False when
 * the text is NULL or no date.
 */
bool date_parse(const char *text, int64_t *seconds_ret);

/** Below, at or above 0 as `a` is before, at or after `b`; what is no date is behind all dates. */
int date_compare(const char *a, const char *b);

#endif
