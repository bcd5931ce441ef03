/**
 * @file
 * Numbers as people read them.
 */
#ifndef LPROF_BASE_UNITS_H
#define LPROF_BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Room for any text these functions write. */
#define UNITS_TEXT 32

/** A unit of time. */
struct units_time {
    const char *name; ///< "s", "ms", "us", "ns"
    int64_t ns;       ///< One of it [ns].
};

/** The largest unit in which `ns` (its size, when negative) is at least 1; "ns" for 0. */
const struct units_time *units_time_for(int64_t ns);

/** The unit with this name (s ms us ns), or NULL. */
const struct units_time *units_time_named(const char *name);

/** Three significant digits and the unit: "1.84 s", "81.8 ns", "0 s". */
void units_format_time(int64_t ns, char text[UNITS_TEXT]);

/** A whole number in groups of three: "1 200 322". */
void units_format_count(int64_t count, char text[UNITS_TEXT]);

/** A number with `digits` significant digits and no exponent: 0.0123, 1.84, 204, 1112. */
void units_format_significant(double value, int digits, char text[UNITS_TEXT]);

/** A number rounded to a decimal place; a negative one rounds to tens, hundreds ... */
void units_format_rounded(double value, int decimals, char text[UNITS_TEXT]);

/** The decimal exponent of `value` once rounded to `digits` digits: 2 for 204, 1 for 9.996 and 3.
 */
int units_exponent(double value, int digits);

/** A binary size: "512 KiB", "4.0 MiB". */
void units_format_bytes(uint64_t bytes, char text[UNITS_TEXT]);

#endif
