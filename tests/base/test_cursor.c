#include "base/cursor.h"

#include "support/test.h"

LP_TEST(cursor, numbers_are_little_endian)
{
    const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    struct cursor c = cursor_make(bytes, sizeof bytes);

    cr_expect(cursor_u8(&c) == 1);
    cr_expect(cursor_u16(&c) == 0x0302);
    cr_expect(cursor_u32(&c) == 0x07060504);
    cr_expect(cursor_u64(&c) == 0x0f0e0d0c0b0a0908);
    cr_expect(cursor_left(&c) == 0);
    cr_expect(!c.failed);
}

LP_TEST(cursor, reading_past_the_end_fails_and_gives_zero)
{
    const uint8_t bytes[] = {0xff, 0xff};
    struct cursor c = cursor_make(bytes, sizeof bytes);

    cr_expect(cursor_u32(&c) == 0);
    cr_expect(c.failed);
    cr_expect(cursor_left(&c) == 0);
}

// The examples of DWARF 5 tables 7.7 and 7.8.
LP_TEST(cursor, leb128_as_in_the_standard)
{
    const uint8_t unsigned_bytes[] = {2, 0x7f, 0x80, 1, 0x81, 1, 0xb9, 0x64};
    struct cursor u = cursor_make(unsigned_bytes, sizeof unsigned_bytes);
    cr_expect(cursor_uleb(&u) == 2);
    cr_expect(cursor_uleb(&u) == 127);
    cr_expect(cursor_uleb(&u) == 128);
    cr_expect(cursor_uleb(&u) == 129);
    cr_expect(cursor_uleb(&u) == 12857);

    const uint8_t signed_bytes[] = {2, 0x7e, 0xff, 0, 0x81, 0x7f, 0x80, 1, 0x80, 0x7f};
    struct cursor s = cursor_make(signed_bytes, sizeof signed_bytes);
    cr_expect(cursor_sleb(&s) == 2);
    cr_expect(cursor_sleb(&s) == -2);
    cr_expect(cursor_sleb(&s) == 127);
    cr_expect(cursor_sleb(&s) == -127);
    cr_expect(cursor_sleb(&s) == 128);
    cr_expect(cursor_sleb(&s) == -128);
    cr_expect(!u.failed && !s.failed);
}

LP_TEST(cursor, endless_leb128_ends_with_the_bytes)
{
    const uint8_t bytes[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
                             0x80, 0x80, 0x80, 0x80, 0x80, 0x80};
    struct cursor c = cursor_make(bytes, sizeof bytes);

    cursor_uleb(&c);
    cr_expect(c.failed);
}

LP_TEST(cursor, strings_need_their_zero)
{
    const uint8_t bytes[] = {'z', 'R', 0, 'x'};
    struct cursor c = cursor_make(bytes, sizeof bytes);

    cr_expect_str_eq(cursor_string(&c), "zR");
    cr_expect(!c.failed);
    cr_expect_str_eq(cursor_string(&c), "");
    cr_expect(c.failed);
}

LP_TEST(cursor, skip_tells_where_it_started)
{
    const uint8_t bytes[] = {1, 2, 3};
    struct cursor c = cursor_make(bytes, sizeof bytes);

    cr_expect(cursor_skip(&c, 2) == bytes);
    cr_expect(cursor_u8(&c) == 3);
    cr_expect(cursor_skip(&c, UINT64_MAX) == NULL);
    cr_expect(c.failed);
}
