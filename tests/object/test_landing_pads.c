#include "object/landing_pads.h"

#include <stdlib.h>

#include "support/test.h"

enum {
    OMITTED = 0xff,
    ULEB = 0x01,
    PCREL_SDATA4 = 0x1b,
    ABSPTR = 0x00,
};

static size_t read_table(const uint8_t *bytes, size_t size, struct object_landing **ret)
{
    return landing_pads_read(cursor_make(bytes, size), 0x5000, 0x1000, ret);
}

LP_TEST(landing_pads, sites_without_a_pad_are_left_out)
{
    // Four sites, each: start, length, pad, action.
    const uint8_t table[] = {OMITTED, OMITTED, ULEB, 12,   0x10, 0x05, 0x40, 0x00,
                             0x20,    0x08,    0x00, 0x00, 0x30, 0x02, 0x44, 0x01};
    struct object_landing *pads = NULL;

    cr_assert(read_table(table, sizeof table, &pads) == 2);
    cr_expect(pads[0].begin == 0x1010 && pads[0].end == 0x1015 && pads[0].pad == 0x1040);
    cr_expect(pads[1].begin == 0x1030 && pads[1].end == 0x1032 && pads[1].pad == 0x1044);
    free(pads);
}

LP_TEST(landing_pads, a_table_of_types_is_stepped_over)
{
    const uint8_t table[] = {OMITTED, 0x9b, 0x85, 0x01, ULEB, 4, 0x10, 0x05, 0x40, 0x00, 0xaa};
    struct object_landing *pads = NULL;

    cr_assert(read_table(table, sizeof table, &pads) == 1);
    cr_expect(pads[0].pad == 0x1040);
    free(pads);
}

LP_TEST(landing_pads, pads_may_have_a_base_of_their_own)
{
    // 0x5001 + 0x3000 - 1: relative to the place of the base itself.
    const uint8_t relative[] = {PCREL_SDATA4, 0xff, 0x2f, 0x00, 0x00, OMITTED,
                                ULEB,         4,    0x10, 0x05, 0x40, 0x00};
    const uint8_t absolute[] = {ABSPTR, 0x00,    0x70, 0, 0,    0,    0,    0,
                                0,      OMITTED, ULEB, 4, 0x10, 0x05, 0x40, 0x00};
    struct object_landing *pads = NULL;

    cr_assert(read_table(relative, sizeof relative, &pads) == 1);
    cr_expect(pads[0].begin == 0x1010 && pads[0].end == 0x1015, "sites are the function's");
    cr_expect(pads[0].pad == 0x8040, "it is %lx", (unsigned long)pads[0].pad);
    free(pads);
    cr_assert(read_table(absolute, sizeof absolute, &pads) == 1);
    cr_expect(pads[0].pad == 0x7040, "it is %lx", (unsigned long)pads[0].pad);
    free(pads);
}

LP_TEST(landing_pads, what_is_cut_short_is_left_out)
{
    const uint8_t table[] = {OMITTED, OMITTED, ULEB, 8,    0x10, 0x05,
                             0x40,    0x00,    0x20, 0x08, 0x44, 0x00};
    struct object_landing *pads = NULL;

    for (size_t size = 0; size <= sizeof table; size++) {
        size_t n = read_table(table, size, &pads);
        // The size of all sites is told, so that a table without its end has none.
        cr_expect(n == (size == sizeof table ? 2 : 0), "%zu of %zu bytes: %zu", size, sizeof table,
                  n);
        free(pads);
    }
}

LP_TEST(landing_pads, unknown_encodings_have_none)
{
    const uint8_t base[] = {0x7d, 0, 0, OMITTED, ULEB, 4, 0x10, 0x05, 0x40, 0x00};
    const uint8_t sites[] = {OMITTED, OMITTED, 0x0d, 4, 0x10, 0x05, 0x40, 0x00};
    struct object_landing *pads = NULL;

    cr_expect(read_table(base, sizeof base, &pads) == 0 && !pads);
    cr_expect(read_table(sites, sizeof sites, &pads) == 0 && !pads);
}
