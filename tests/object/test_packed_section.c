#include "object/packed_section.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "support/test.h"

// A section of `size` numbered bytes, packed in the old way. Free it.
static uint8_t *pack(size_t size, uint64_t claimed, size_t *size_ret)
{
    uint8_t *plain = mem_alloc(size);
    for (size_t i = 0; i < size; i++)
        plain[i] = (uint8_t)(i * 7 + i / 1000);
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(1);
    size_t room = libdeflate_zlib_compress_bound(compressor, size);
    uint8_t *packed = mem_alloc(12 + room);
    memcpy(packed, "ZLIB", 4);
    for (size_t i = 0; i < 8; i++)
        packed[4 + i] = (uint8_t)(claimed >> (8 * (7 - i)));
    *size_ret = 12 + libdeflate_zlib_compress(compressor, plain, size, packed + 12, room);
    libdeflate_free_compressor(compressor);
    free(plain);
    return packed;
}

static void expect_unpacked(size_t size, bool in_file)
{
    struct image_section section = {.name = ".zdebug_info", .is_old_compressed = true};
    size_t n_packed;
    uint8_t *packed = pack(size, size, &n_packed);

    cr_expect_eq(packed_section_size(&section, packed, n_packed), size);
    cr_assert(packed_section_unpack(&section, packed, n_packed), "%zu bytes", size);
    cr_assert_eq(section.n_bytes, size);
    for (size_t i = 0; i < size; i += 997)
        cr_assert_eq(section.bytes[i], (uint8_t)(i * 7 + i / 1000), "byte %zu", i);
    cr_expect_eq(section.scratch.bytes != NULL, in_file);
    cr_expect_eq(section.unpacked != NULL, !in_file);
    packed_section_free(&section);
    cr_expect(!section.scratch.bytes && !section.unpacked);
    free(packed);
}

LP_TEST(packed_section, small_ones_are_in_memory_and_large_ones_in_a_file)
{
    expect_unpacked(1, false);
    expect_unpacked(1 << 20, false);
    expect_unpacked(5 << 20, true);
}

LP_TEST(packed_section, what_claims_another_size_is_damaged)
{
    struct image_section section = {.name = ".zdebug_info", .is_old_compressed = true};
    size_t n_packed;
    uint8_t *packed = pack(1000, 999, &n_packed);

    cr_expect(!packed_section_unpack(&section, packed, n_packed));
    cr_expect(!section.bytes && !section.unpacked);
    free(packed);
    // More than zlib can shrink.
    packed = pack(1000, UINT64_C(1) << 50, &n_packed);
    cr_expect_eq(packed_section_size(&section, packed, n_packed), 0);
    cr_expect(!packed_section_unpack(&section, packed, n_packed));
    free(packed);
    cr_expect_eq(packed_section_size(&section, (const uint8_t *)"ZLIB", 4), 0);
}
