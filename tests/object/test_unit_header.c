#include <dwarf.h>
#include <string.h>

#include "object/unit_header.h"
#include "support/test.h"

static bool read(const uint8_t *bytes, size_t size, struct unit_header *ret)
{
    const struct image_section section = {.bytes = bytes, .n_bytes = size};

    return unit_header_read(&section, 0, ret);
}

LP_TEST(unit_header, dwarf_4)
{
    const uint8_t bytes[] = {8, 0, 0, 0, 4, 0, 0x10, 0, 0, 0, 8, 0xaa};
    struct unit_header header;

    cr_assert(read(bytes, sizeof bytes, &header));
    cr_expect_eq(header.kind, DW_UT_compile);
    cr_expect_eq(header.abbrevs, 0x10);
    cr_expect_eq(header.root, 11);
    cr_expect_eq(header.end, 12);
    cr_expect_eq(header.format.version, 4);
    cr_expect_eq(header.format.offset_size, 4);
}

LP_TEST(unit_header, dwarf_5_in_the_64_bit_format)
{
    const uint8_t bytes[] = {0xff, 0xff, 0xff, 0xff, 13, 0, 0, 0, 0, 0, 0, 0,   5,
                             0,    1,    8,    0x20, 0,  0, 0, 0, 0, 0, 0, 0xaa};
    struct unit_header header;

    cr_assert(read(bytes, sizeof bytes, &header));
    cr_expect_eq(header.kind, DW_UT_compile);
    cr_expect_eq(header.abbrevs, 0x20);
    cr_expect_eq(header.root, 24);
    cr_expect_eq(header.end, 25);
    cr_expect_eq(header.format.offset_size, 8);
}

LP_TEST(unit_header, skeletons_and_types_have_more_fields)
{
    uint8_t bytes[32] = {28, 0, 0, 0, 5, 0, DW_UT_skeleton, 8};
    struct unit_header header;

    cr_assert(read(bytes, sizeof bytes, &header));
    cr_expect_eq(header.root, 12 + 8);
    bytes[6] = DW_UT_type;
    cr_assert(read(bytes, sizeof bytes, &header));
    cr_expect_eq(header.root, 12 + 8 + 4);
}

LP_TEST(unit_header, what_is_not_known_can_be_passed_over)
{
    const uint8_t newer[] = {4, 0, 0, 0, 6, 0, 0, 0, 0xaa};
    const uint8_t narrow[] = {7, 0, 0, 0, 4, 0, 0, 0, 0, 0, 4};
    struct unit_header header;

    cr_expect_not(read(newer, sizeof newer, &header));
    cr_expect_eq(header.end, 8);
    cr_expect_not(read(narrow, sizeof narrow, &header));
    cr_expect_eq(header.end, 11);
}

LP_TEST(unit_header, a_unit_that_is_cut_has_no_end)
{
    const uint8_t bytes[] = {200, 0, 0, 0, 4, 0, 0, 0, 0, 0, 8};
    struct unit_header header;

    for (size_t size = 0; size <= sizeof bytes; size++) {
        cr_expect_not(read(bytes, size, &header), "%zu bytes", size);
        cr_expect_eq(header.end, 0, "%zu bytes", size);
    }
}
