#include "render/utf8.h"

#include <string.h>

#include "support/test.h"

static void expect_next(const char *text, uint32_t character, size_t size)
{
    size_t found_size = 0;
    uint32_t found = utf8_next(text, &found_size);

    cr_expect(found == character && found_size == size, "U+%04X of %zu bytes, not U+%04X of %zu",
              found, found_size, character, size);
}

LP_TEST(utf8, characters_of_each_size)
{
    expect_next("a", 'a', 1);
    expect_next("\xc2\xb1", 0xb1, 2);
    expect_next("\xe4\xb8\xad", 0x4e2d, 3);
    expect_next("\xf0\x9f\x98\x80", 0x1f600, 4);
    expect_next("\xef\xbf\xbd", UTF8_REPLACEMENT, 3);
}

LP_TEST(utf8, what_is_invalid_takes_one_byte)
{
    expect_next("\x80", UTF8_REPLACEMENT, 1);             // a byte that only continues
    expect_next("\xc0\xaf", UTF8_REPLACEMENT, 1);         // overlong
    expect_next("\xe0\x80\xaf", UTF8_REPLACEMENT, 1);     // overlong
    expect_next("\xed\xa0\x80", UTF8_REPLACEMENT, 1);     // a surrogate
    expect_next("\xf4\x90\x80\x80", UTF8_REPLACEMENT, 1); // behind U+10FFFF
    expect_next("\xff", UTF8_REPLACEMENT, 1);
}

LP_TEST(utf8, a_sequence_that_is_cut_does_not_read_behind_the_end)
{
    expect_next("\xe4\xb8", UTF8_REPLACEMENT, 1);
    expect_next("\xf0", UTF8_REPLACEMENT, 1);
}

LP_TEST(utf8, control_characters)
{
    cr_expect(utf8_is_control(0x1b) && utf8_is_control('\n') && utf8_is_control(0x7f));
    cr_expect(utf8_is_control(0x9b), "C1 control sequence introducer");
    cr_expect(utf8_is_control(0x202e), "right-to-left override");
    cr_expect(!utf8_is_control('a') && !utf8_is_control(0xb1) && !utf8_is_control(0x4e2d));
}
