#include "base/units.h"

#include <math.h>

#include "support/test.h"

static void expect_time(int64_t ns, const char *expected)
{
    char text[UNITS_TEXT];

    units_format_time(ns, text);
    cr_expect_str_eq(text, expected, "%lld ns is \"%s\", not \"%s\"", (long long)ns, text,
                     expected);
}

static void expect_significant(double value, int digits, const char *expected)
{
    char text[UNITS_TEXT];

    units_format_significant(value, digits, text);
    cr_expect_str_eq(text, expected, "%.17g with %d digits is \"%s\", not \"%s\"", value, digits,
                     text, expected);
}

static void expect_rounded(double value, int decimals, const char *expected)
{
    char text[UNITS_TEXT];

    units_format_rounded(value, decimals, text);
    cr_expect_str_eq(text, expected, "%.17g to %d decimals is \"%s\", not \"%s\"", value, decimals,
                     text, expected);
}

static void expect_count(int64_t count, const char *expected)
{
    char text[UNITS_TEXT];

    units_format_count(count, text);
    cr_expect_str_eq(text, expected, "\"%s\", not \"%s\"", text, expected);
}

static void expect_bytes(uint64_t bytes, const char *expected)
{
    char text[UNITS_TEXT];

    units_format_bytes(bytes, text);
    cr_expect_str_eq(text, expected, "\"%s\", not \"%s\"", text, expected);
}

LP_TEST(units, times_have_three_digits_and_their_own_unit)
{
    expect_time(0, "0 s");
    expect_time(1, "1.00 ns");
    expect_time(999, "999 ns");
    expect_time(1000, "1.00 us");
    expect_time(81800, "81.8 us");
    expect_time(1840000000, "1.84 s");
    expect_time(123456000000000, "123456 s");
    expect_time(INT64_MAX, "9223372037 s");
}

LP_TEST(units, rounding_up_moves_to_the_next_unit)
{
    expect_time(999499, "999 us");
    expect_time(999500, "1.00 ms");
    expect_time(999999600, "1.00 s");
    expect_time(9995000, "9.99 ms"); // 9.995 lies just below in binary
    expect_time(9996000, "10.0 ms");
    expect_time(99960, "100 us");
    expect_time(999999600000, "1000 s");
}

LP_TEST(units, negative_times_read_as_positive_ones)
{
    expect_time(-1840000000, "-1.84 s");
    expect_time(-999999600, "-1.00 s");
    expect_time(-12, "-12.0 ns");
    expect_time(INT64_MIN + 1, "-9223372037 s");
}

LP_TEST(units, time_units_by_size_and_by_name)
{
    cr_expect_str_eq(units_time_for(1000000000)->name, "s");
    cr_expect_str_eq(units_time_for(999999999)->name, "ms");
    cr_expect_str_eq(units_time_for(1000)->name, "us");
    cr_expect_str_eq(units_time_for(0)->name, "ns");
    cr_expect_str_eq(units_time_for(-2000000)->name, "ms");
    cr_expect(units_time_named("ms")->ns == 1000000);
    cr_expect_null(units_time_named("m"));
    cr_expect_null(units_time_named(""));
}

LP_TEST(units, significant_digits)
{
    expect_significant(0, 3, "0.00");
    expect_significant(0.01234, 3, "0.0123");
    expect_significant(1.84, 3, "1.84");
    expect_significant(204, 3, "204");
    expect_significant(1112, 3, "1112");
    expect_significant(0.5, 1, "0.5");
    expect_significant(-81.84, 3, "-81.8");
}

LP_TEST(units, significant_digits_carry)
{
    expect_significant(9.996, 3, "10.0");
    expect_significant(99.96, 3, "100");
    expect_significant(999.6, 3, "1000");
    expect_significant(0.09996, 3, "0.100");
    expect_significant(0.96, 1, "1");
    expect_significant(1000, 3, "1000");
    expect_significant(0.001, 1, "0.001");
    expect_significant(999.9999999999999, 3, "1000");
}

LP_TEST(units, no_number_is_too_large_for_the_text)
{
    char text[UNITS_TEXT];

    units_format_significant(1e300, 3, text);
    cr_expect(strlen(text) < UNITS_TEXT);
    units_format_significant(INFINITY, 3, text);
    cr_expect_str_eq(text, "inf");
    units_format_rounded(-1e300, 25, text);
    cr_expect(strlen(text) < UNITS_TEXT);
}

LP_TEST(units, rounded_to_a_place)
{
    expect_rounded(1112, -1, "1110");
    expect_rounded(1115, -1, "1120");
    expect_rounded(64, -1, "60");
    expect_rounded(4.32, 1, "4.3");
    expect_rounded(0.5, 2, "0.50");
    expect_rounded(98.2, 0, "98");
}

LP_TEST(units, exponent_after_rounding)
{
    cr_expect(units_exponent(204, 3) == 2);
    cr_expect(units_exponent(9.996, 3) == 1);
    cr_expect(units_exponent(9.994, 3) == 0);
    cr_expect(units_exponent(0.0123, 2) == -2);
    cr_expect(units_exponent(0, 3) == 0);
}

LP_TEST(units, counts_in_groups_of_three)
{
    expect_count(0, "0");
    expect_count(999, "999");
    expect_count(1000, "1 000");
    expect_count(1200322, "1 200 322");
    expect_count(-123456, "-123 456");
    expect_count(-1234567, "-1 234 567");
    expect_count(INT64_MAX, "9 223 372 036 854 775 807");
    expect_count(INT64_MIN, "-9 223 372 036 854 775 808");
}

LP_TEST(units, binary_sizes)
{
    expect_bytes(0, "0 B");
    expect_bytes(1023, "1023 B");
    expect_bytes(1024, "1.0 KiB");
    expect_bytes(512 * 1024, "512 KiB");
    expect_bytes(4 * 1024 * 1024, "4.0 MiB");
    expect_bytes(1536 * 1024, "1.5 MiB");
    expect_bytes(1024 * 1024 - 1, "1.0 MiB");
    expect_bytes(102348, "99.9 KiB");
    expect_bytes(102399, "100 KiB");
    expect_bytes(UINT64_MAX, "16.0 EiB");
}
