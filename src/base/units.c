#include "base/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
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
        if (ns >= times[i].ns || ns <= -times[i].ns)
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
    double value = (double)ns / (double)unit->ns;
    // 999.9996 ms rounds to 1000 ms: say 1.00 s.
    if (unit > times && units_exponent(value, 3) == 3) {
        unit--;
        value /= 1000;
    }
    char number[UNITS_TEXT];
    units_format_significant(value, 3, number);
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

int units_exponent(double value, int digits)
{
    char text[UNITS_TEXT];

    if (value == 0 || !isfinite(value))
        return 0;
    // printf rounds exactly; log10() would be off by one just below a power of ten.
    snprintf(text, sizeof text, "%.*e", digits > 1 && digits < 20 ? digits - 1 : 0, value);
    const char *exponent = strchr(text, 'e');
    return exponent ? (int)strtol(exponent + 1, NULL, 10) : 0;
}

void units_format_significant(double value, int digits, char text[UNITS_TEXT])
{
    int decimals = digits - 1 - units_exponent(value, digits);

    snprintf(text, UNITS_TEXT, "%.*f", decimals > 0 ? decimals : 0, value);
}

void units_format_rounded(double value, int decimals, char text[UNITS_TEXT])
{
    if (decimals < 0) {
        double step = pow(10, -decimals);
        value = round(value / step) * step;
    }
    snprintf(text, UNITS_TEXT, "%.*f", decimals > 0 ? decimals : 0, value);
}

void units_format_bytes(uint64_t bytes, char text[UNITS_TEXT])
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t unit = 0;

    // 1023.5 KiB would print as 1024 KiB: say 1.0 MiB.
    while (value >= 1023.5 && unit + 1 < sizeof names / sizeof names[0]) {
        value /= 1024;
        unit++;
    }
    int decimals = unit && value < 99.95 ? 1 : 0;
    snprintf(text, UNITS_TEXT, "%.*f %s", decimals, value, names[unit]);
}
