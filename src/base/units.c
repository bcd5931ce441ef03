#include "base/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct units_time times[] = {
    {"s", 1000000000},
    {"ms", 1000000},
    {"us", 1000},
    {"ns", 1},
};

enum { TIMES = sizeof times / sizeof times[0] };

const struct units_time *units_time_for(int64_t ns)
{
    for (size_t i = 0; i < TIMES; i++) {
        if (ns >= times[i].ns)
            return &times[i];
    }
    return &times[TIMES - 1];
}

const struct units_time *units_time_named(const char *name)
{
    for (size_t i = 0; i < TIMES; i++) {
        if (strcmp(name, times[i].name) == 0)
            return &times[i];
    }
    return NULL;
}

void units_format_time(int64_t ns, char text[UNITS_TEXT])
{
    if (ns == 0) {
        snprintf(text, UNITS_TEXT, "0 s");
        return;
    }
    const struct units_time *unit = units_time_for(ns);
    char number[UNITS_TEXT];
    units_format_significant((double)ns / (double)unit->ns, 3, number);
    // 999.9996 ms rounds to 1000 ms: say 1.00 s.
    if (strcmp(number, "1000") == 0 && unit > times) {
        unit--;
        snprintf(number, sizeof number, "1.00");
    }
    snprintf(text, UNITS_TEXT, "%.20s %s", number, unit->name);
}

void units_format_count(int64_t count, char text[UNITS_TEXT])
{
    char digits[UNITS_TEXT];
    int n = snprintf(digits, sizeof digits, "%" PRId64, count);
    size_t out = 0;

    for (int i = 0; i < n; i++) {
        bool group = i > 0 && (n - i) % 3 == 0 && digits[i - 1] != '-';
        if (group)
            text[out++] = ' ';
        text[out++] = digits[i];
    }
    text[out] = '\0';
}

void units_format_significant(double value, int digits, char text[UNITS_TEXT])
{
    int before = value == 0 ? 1 : (int)floor(log10(fabs(value))) + 1;
    int decimals = digits - before;
    double step = pow(10, -(decimals > 0 ? decimals : 0));

    // Rounding may carry into a further digit: 9.996 is 10.0, not 10.00.
    if (value != 0 && floor(log10(round(fabs(value) / step) * step)) + 1 > before)
        decimals--;
    snprintf(text, UNITS_TEXT, "%.*f", decimals > 0 ? decimals : 0, value);
}

void units_format_bytes(uint64_t bytes, char text[UNITS_TEXT])
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes;
    size_t unit = 0;

    while (value >= 1024 && unit + 1 < sizeof names / sizeof names[0]) {
        value /= 1024;
        unit++;
    }
    snprintf(text, UNITS_TEXT, unit ? "%.1f %s" : "%.0f %s", value, names[unit]);
}
