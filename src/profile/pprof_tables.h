/**
 * @file
 * From an unpacked message of profile.proto to a profile, and what writer and reader agree on.
 */
#ifndef LPROF_PROFILE_PPROF_TABLES_H
#define LPROF_PROFILE_PPROF_TABLES_H

#include "base/error.h"
#include "profile/profile.h"

/** Version of the fields from 1000 up. */
#define PPROF_FORMAT_VERSION 1

/** The name and the unit of a value in pprof's own terms. */
struct pprof_value {
    const char *type;
    const char *unit;
};

/** The first so many are in every file; the others only where something was counted. */
#define PPROF_VALUES_ALWAYS PROFILE_HITS

/** Those that are sums, as pprof takes all of them to be. */
#define PPROF_VALUES PROFILE_RSS

/** By enum profile_value. */
extern const struct pprof_value pprof_values[PPROF_VALUES];

struct Perftools__Profiles__Profile; // profile.pb-c.h

/**
 * Decode the tables of a message that has a string table and at least one sample type.
 *
 * @return NULL, or a FORMAT error that names the table and the id.
 */
LPROF_MUST_USE struct lprof_error *
pprof_tables_decode(const struct Perftools__Profiles__Profile *message, struct profile **ret);

#endif
