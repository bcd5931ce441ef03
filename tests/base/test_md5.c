#include "base/md5.h"

#include <string.h>

#include "support/test.h"

static void expect_sum(const char *bytes, size_t size, const char *expected)
{
    uint8_t sum[MD5_SIZE];
    char text[MD5_TEXT];

    md5_sum((const uint8_t *)bytes, size, sum);
    md5_format(sum, text);
    cr_expect_str_eq(text, expected, "of %zu bytes", size);
}

// From the test suite of RFC 1321.
LP_TEST(md5, sums_are_those_of_the_standard)
{
    static const struct {
        const char *text;
        const char *sum;
    } cases[] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"a", "0cc175b9c0f1b6a831c399e269772661"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
         "d174ab98d277d9f5a5611c2c9f419d9f"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_sum(cases[i].text, strlen(cases[i].text), cases[i].sum);
}

// As md5sum tells of so many letters x.
LP_TEST(md5, sums_are_right_around_the_ends_of_blocks)
{
    static const struct {
        size_t size;
        const char *sum;
    } cases[] = {
        {55, "04364420e25c512fd958a70738aa8f72"},  {56, "668a72d5ba17f08e62dabcafad6db14b"},
        {63, "7dc2ca208106a2f703567bdff99d8981"},  {64, "c1bb4f81d892b2d57947682aeb252456"},
        {65, "1bc932052302d074bdec39795fe00cf6"},  {119, "ab347a5f68c8a443cfcddc633f12c24f"},
        {120, "fb98667f98096de92620b64f46e1c5b5"}, {127, "a0b28c1da68705c2ff883fe279b72753"},
        {128, "d69cb61a6ee87200676eb0d4b90edbcb"}, {1000, "398533d48111e9f664b1f64cb10c4b63"},
    };
    char text[1000];

    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_sum(text, cases[i].size, cases[i].sum);
}
