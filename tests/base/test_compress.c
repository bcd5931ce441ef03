#include "base/compress.h"

#include <libdeflate.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/mem.h"
#include "support/test.h"

#define TEXT_SIZE 5000
#define PACKED_MAX 8000

// Some bytes that repeat and some that do not.
static void fill_text(uint8_t text[TEXT_SIZE])
{
    for (size_t i = 0; i < TEXT_SIZE; i++)
        text[i] = (uint8_t)(i % 7 ? i / 64 : i * i / 3);
}

static size_t pack_zlib(const uint8_t *text, size_t size, uint8_t ret[PACKED_MAX])
{
    struct libdeflate_compressor *packer = libdeflate_alloc_compressor(6);
    size_t packed = libdeflate_zlib_compress(packer, text, size, ret, PACKED_MAX);

    libdeflate_free_compressor(packer);
    return packed;
}

static size_t pack_zstd(const uint8_t *text, size_t size, uint8_t ret[PACKED_MAX])
{
    return ZSTD_compress(ret, PACKED_MAX, text, size, 3);
}

struct packer {
    size_t (*pack)(const uint8_t *text, size_t size, uint8_t ret[PACKED_MAX]);
    bool (*unpack)(const uint8_t *bytes, size_t size, uint8_t *ret, size_t ret_size);
};

// The bytes come back, from one stream and from two, and nothing else does.
static void check(struct packer packer)
{
    uint8_t text[TEXT_SIZE];
    uint8_t packed[2 * PACKED_MAX];
    uint8_t back[TEXT_SIZE + 1];

    fill_text(text);
    size_t size = packer.pack(text, TEXT_SIZE, packed);
    cr_assert_gt(size, 0);
    cr_assert(packer.unpack(packed, size, back, TEXT_SIZE));
    cr_expect_arr_eq(back, text, TEXT_SIZE);
    cr_expect_not(packer.unpack(packed, size, back, TEXT_SIZE - 1), "more than there is room for");
    cr_expect_not(packer.unpack(packed, size, back, TEXT_SIZE + 1), "less than claimed");
    cr_expect_not(packer.unpack(packed, size - 5, back, TEXT_SIZE), "cut short");
    cr_expect_not(packer.unpack(packed, 0, back, TEXT_SIZE), "nothing there");
    size_t half = packer.pack(text, TEXT_SIZE / 2, packed);
    size = half + packer.pack(text + TEXT_SIZE / 2, TEXT_SIZE - TEXT_SIZE / 2, packed + half);
    memset(back, 0, sizeof back);
    cr_assert(packer.unpack(packed, size, back, TEXT_SIZE), "two streams");
    cr_expect_arr_eq(back, text, TEXT_SIZE);
    packed[half + 1] ^= 0x55;
    cr_expect_not(packer.unpack(packed, size, back, TEXT_SIZE), "damaged");
}

LP_TEST(compress, sections_packed_by_zlib_come_back)
{
    check((struct packer){pack_zlib, compress_unpack_zlib});
}

LP_TEST(compress, sections_packed_by_zstd_come_back)
{
    check((struct packer){pack_zstd, compress_unpack_zstd});
}

LP_TEST(compress, gzip_comes_back_within_its_limit)
{
    uint8_t text[TEXT_SIZE];
    uint8_t *packed;
    uint8_t *back = NULL;
    size_t size;
    size_t back_size;

    fill_text(text);
    compress_gzip(text, TEXT_SIZE, &packed, &size);
    cr_expect(compress_is_gzip(packed, size));
    cr_assert_null(compress_gunzip(packed, size, TEXT_SIZE, &back, &back_size));
    cr_expect_eq(back_size, TEXT_SIZE);
    cr_expect_arr_eq(back, text, TEXT_SIZE);
    free(back);
    struct lprof_error *err = compress_gunzip(packed, size, TEXT_SIZE - 1, &back, &back_size);
    cr_expect_not_null(err);
    error_destroy(err);
    free(packed);
}

LP_TEST(compress, xz_comes_back_within_its_limit)
{
    uint8_t text[TEXT_SIZE];
    uint8_t packed[PACKED_MAX];
    uint8_t *back = NULL;
    size_t size = 0;
    size_t back_size;

    fill_text(text);
    cr_assert_eq(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, text, TEXT_SIZE, packed, &size,
                                         PACKED_MAX),
                 LZMA_OK);
    cr_assert(compress_unpack_xz(packed, size, TEXT_SIZE + 1, &back, &back_size));
    cr_assert_eq(back_size, TEXT_SIZE);
    cr_expect_arr_eq(back, text, TEXT_SIZE);
    free(back);
    cr_expect_not(compress_unpack_xz(packed, size, TEXT_SIZE - 1, &back, &back_size));
    cr_expect_not(compress_unpack_xz(packed, size - 9, TEXT_SIZE + 1, &back, &back_size));
    cr_expect_not(compress_unpack_xz(text, TEXT_SIZE, TEXT_SIZE, &back, &back_size));
}
