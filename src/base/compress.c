#include "base/compress.h"

#include <assert.h>
#include <libdeflate.h>
#include <limits.h>
#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "base/cleanup.h"
#include "base/mem.h"

// windowBits of zlib: 15 is the largest window, +16 asks for the gzip wrapper.
#define GZIP_WINDOW (15 + 16)

// [bytes] What unpacking needs is told by the file: `xz -9` asks for 65 MiB.
#define XZ_MEMORY_MAX (UINT64_C(128) << 20)

int compress_is_gzip(const uint8_t *bytes, size_t size)
{
    return size >= 3 && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8;
}

void compress_gzip(const void *bytes, size_t size, uint8_t **ret, size_t *ret_size)
{
    z_stream z = {0};

    assert(size <= UINT_MAX);
    if (deflateInit2(&z, 1, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    size_t room = deflateBound(&z, (uLong)size);
    uint8_t *out = mem_alloc(room);

    // zlib never writes through next_in; older headers lack the const.
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)size;
    z.next_out = out;
    z.avail_out = (uInt)room;
    int status = deflate(&z, Z_FINISH);
    assert(status == Z_STREAM_END);
    (void)status;
    deflateEnd(&z);
    *ret = out;
    *ret_size = room - z.avail_out;
}

// Run inflate until all members are read, growing `*out`. Returns a message, or NULL when all is well.
static const char *inflate_all(z_stream *z, size_t limit, uint8_t **out, size_t *used)
{
    size_t room = 0;

    for (;;) {
        if (*used == room) {
            if (room >= limit)
                return "unpacks to more than the limit";
            room = room ? room * 2 : (size_t)64 * 1024;
            room = room < limit ? room : limit;
            *out = mem_resize(*out, room, 1);
        }
        size_t chunk = room - *used < UINT_MAX ? room - *used : UINT_MAX;
        z->next_out = *out + *used;
        z->avail_out = (uInt)chunk;
        int status = inflate(z, Z_NO_FLUSH);
        *used += chunk - z->avail_out;
        if (status == Z_STREAM_END) {
            if (!z->avail_in)
                return NULL;
            if (inflateReset(z) != Z_OK)
                return "damaged gzip data";
        } else if (status == Z_BUF_ERROR && z->avail_out) {
            return "gzip data cut short";
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
            return "damaged gzip data";
        }
    }
}

struct lprof_error *compress_gunzip(const uint8_t *bytes, size_t size, size_t limit, uint8_t **ret,
                                    size_t *ret_size)
{
    z_stream z = {0};
    CLEANUP(cleanup_free) uint8_t *out = NULL;
    size_t used = 0;

    if (size > UINT_MAX)
        return error_create(LPROF_ERROR_FORMAT, "gzip data over 4 GiB");
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)size;
    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
        abort();
    const char *problem = inflate_all(&z, limit, &out, &used);
    inflateEnd(&z);
    if (problem)
        return error_create(LPROF_ERROR_FORMAT, "%s", problem);
    *ret = take_ptr(&out);
    *ret_size = used;
    return NULL;
}

bool compress_unpack_zlib(const uint8_t *bytes, size_t size, uint8_t *ret, size_t ret_size)
{
    struct libdeflate_decompressor *unpacker = libdeflate_alloc_decompressor();
    bool ok = unpacker;
    size_t used = 0;
    size_t done = 0;

    // Linkers that only join sections leave one stream per input.
    while (ok && done < ret_size) {
        size_t n_in = 0;
        size_t n_out = 0;
        enum libdeflate_result status = libdeflate_zlib_decompress_ex(
            unpacker, bytes + used, size - used, ret + done, ret_size - done, &n_in, &n_out);
        ok = status == LIBDEFLATE_SUCCESS && n_out;
        used += n_in;
        done += n_out;
    }
    libdeflate_free_decompressor(unpacker);
    return ok;
}

bool compress_unpack_zstd(const uint8_t *bytes, size_t size, uint8_t *ret, size_t ret_size)
{
    return ZSTD_decompress(ret, ret_size, bytes, size) == ret_size;
}

// Run the decoder to its end, growing `*out`. False when the bytes are damaged or unpack to too much.
static bool decode_all(lzma_stream *xz, size_t limit, uint8_t **out, size_t *used)
{
    size_t room = 0;

    for (;;) {
        if (*used == room) {
            if (room >= limit)
                return false;
            room = room ? room * 2 : (size_t)64 * 1024;
            room = room < limit ? room : limit;
            *out = mem_resize(*out, room, 1);
        }
        xz->next_out = *out + *used;
        xz->avail_out = room - *used;
        lzma_ret status = lzma_code(xz, LZMA_FINISH);
        *used = room - xz->avail_out;
        if (status == LZMA_STREAM_END)
            return true;
        if (status != LZMA_OK)
            return false;
    }
}

bool compress_unpack_xz(const uint8_t *bytes, size_t size, size_t limit, uint8_t **ret,
                        size_t *ret_size)
{
    lzma_stream xz = LZMA_STREAM_INIT;
    CLEANUP(cleanup_free) uint8_t *out = NULL;
    size_t used = 0;

    if (lzma_stream_decoder(&xz, XZ_MEMORY_MAX, 0) != LZMA_OK)
        return false;
    xz.next_in = bytes;
    xz.avail_in = size;
    bool ok = decode_all(&xz, limit, &out, &used);
    lzma_end(&xz);
    if (!ok)
        return false;
    *ret = take_ptr(&out);
    *ret_size = used;
    return true;
}

uint32_t compress_checksum(const void *bytes, size_t size)
{
    return libdeflate_crc32(0, bytes, size);
}
