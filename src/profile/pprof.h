/**
 * @file
 * The profile file: a gzip'd pprof profile.proto that any pprof reader opens.
 *
 * What pprof has no place for is kept in fields from 1000 up, which other readers skip.
 *
 * @source profile.proto of github.com/google/pprof
 */
#ifndef LPROF_PROFILE_PPROF_H
#define LPROF_PROFILE_PPROF_H

#include "base/error.h"
#include "profile/profile.h"

/** Most bytes that a profile may unpack to: a small file can claim to be huge. */
#define PPROF_UNPACKED_MAX ((size_t)1 << 28)

/** Encode a profile; equal profiles become equal bytes. `*ret` is to be freed. */
void pprof_encode(const struct profile *profile, uint8_t **ret, size_t *ret_size);

/**
 * Decode a profile, gzip'd or unpacked. The bytes may be anything: they are checked.
 *
 * @param[out] ret The profile; free with profile_destroy(). Untouched on error.
 * @return NULL, or a FORMAT error: no profile, damaged, cut short, not made by lprof (pickles of
 *         Python's line_profiler are named); UNSUPPORTED: made by a newer lprof. The message goes on
 *         behind the name of a file; a hint may end in "FILE".
 */
LPROF_MUST_USE struct lprof_error *pprof_decode(const uint8_t *bytes, size_t size,
                                                struct profile **ret);

/** Save to a file, keeping an older one as `<path>.old`. Errors as file_replace(). */
LPROF_MUST_USE struct lprof_error *pprof_save(const struct profile *profile, const char *path);

/** Load from a file. Errors as file_map() and pprof_decode(), with the path in front. */
LPROF_MUST_USE struct lprof_error *pprof_load(const char *path, struct profile **ret);

#endif
