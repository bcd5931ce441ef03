#include "profile/date.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool parse_offset(const char *text, int64_t *ret)
{
    unsigned hours;
    unsigned minutes;

    *ret = 0;
    if (!*text || strcmp(text, "Z") == 0)
        return true;
    if (*text != '+' && *text != '-')
        return false;
    if (sscanf(text + 1, "%2u:%2u", &hours, &minutes) != 2 &&
        sscanf(text + 1, "%2u%2u", &hours, &minutes) != 2)
        return false;
    *ret = (int64_t)(hours * 60 + minutes) * (*text == '-' ? -60 : 60);
    return true;
}

bool date_parse(const char *text, int64_t *seconds_ret)
{
    struct tm tm = {0};
    int64_t offset;

    const char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
    if (!end)
        return false;
    if (*end == '.')
        for (end++; isdigit((unsigned char)*end);)
            end++;
    if (!parse_offset(end, &offset))
        return false;
    *seconds_ret = (int64_t)timegm(&tm) - offset;
    return true;
}

int date_compare(const char *a, const char *b)
{
    int64_t at_a;
    int64_t at_b;
    bool is_a = date_parse(a, &at_a);
    bool is_b = date_parse(b, &at_b);

    if (is_a && is_b && at_a != at_b)
        return at_a < at_b ? -1 : 1;
    if (is_a != is_b)
        return is_a ? -1 : 1;
    return a && b ? strcmp(a, b) : !a - !b;
}
