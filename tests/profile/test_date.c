#include "profile/date.h"

#include "support/test.h"

static void expect_seconds(const char *text, int64_t expected)
{
    int64_t seconds = -1;

    cr_expect(date_parse(text, &seconds), "%s", text);
    cr_expect(seconds == expected, "%s is %lld", text, (long long)seconds);
}

LP_TEST(date, offsets_are_taken_off)
{
    expect_seconds("1970-01-01T00:00:00Z", 0);
    expect_seconds("1970-01-01T00:00:10", 10);
    expect_seconds("1970-01-01T02:00:00+02:00", 0);
    expect_seconds("1970-01-01T02:30:00.25+0230", 0);
    expect_seconds("1969-12-31T19:00:00-05:00", 0);
    expect_seconds("2024-05-01T09:30:00+02:00", 1714548600);
}

LP_TEST(date, what_is_no_date_is_refused)
{
    int64_t seconds;

    cr_expect(!date_parse(NULL, &seconds));
    cr_expect(!date_parse("", &seconds));
    cr_expect(!date_parse("yesterday", &seconds));
    cr_expect(!date_parse("2024-05-01T09:30:00 UTC", &seconds));
}

LP_TEST(date, comparing_looks_at_the_time_not_the_text)
{
    cr_expect(date_compare("2024-05-01T09:30:00+02:00", "2024-05-01T08:00:00Z") < 0);
    cr_expect(date_compare("2024-05-01T08:00:00Z", NULL) < 0);
    cr_expect(date_compare(NULL, "2024-05-01T08:00:00Z") > 0);
    cr_expect(date_compare(NULL, NULL) == 0);
    cr_expect(date_compare("x", NULL) < 0);
}
