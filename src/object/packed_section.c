// Large sections are unpacked into a file without a name: pages of it are the kernel's to keep or to write
// out, as those of any file that is mapped, while memory of lprof's own would stay for as long as the
// image is open.

#include "object/packed_section.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/compress.h"

// zlib cannot shrink further than this, and nothing that zstd packs as debug info does: a section that
// claims more is damaged.
#define COMPRESSION_MAX 1032

// ELFCOMPRESS_ZSTD, which older headers lack.
#define PACKED_BY_ZSTD 2

// Smaller ones are not worth a file [bytes].
#define LARGE (UINT64_C(4) << 20)

// What stands before the packed bytes of a section.
struct packing {
    size_t header_size;
    uint32_t type;          // ELFCOMPRESS_*
    uint64_t unpacked_size; // As claimed.
};

// The old way is "ZLIB", then the size in big-endian.
static bool read_old_packing(const uint8_t *bytes, size_t size, struct packing *ret)
{
    if (size < 12 || memcmp(bytes, "ZLIB", 4) != 0)
        return false;
    *ret = (struct packing){.header_size = 12, .type = ELFCOMPRESS_ZLIB};
    for (size_t i = 4; i < 12; i++)
        ret->unpacked_size = ret->unpacked_size << 8 | bytes[i];
    return true;
}

static bool read_packing(const struct image_section *section, const uint8_t *bytes, size_t size,
                         struct packing *ret)
{
    Elf64_Chdr header;

    if (section->is_old_compressed)
        return read_old_packing(bytes, size, ret);
    if (size < sizeof header)
        return false;
    memcpy(&header, bytes, sizeof header);
    *ret = (struct packing){
        .header_size = sizeof header,
        .type = header.ch_type,
        .unpacked_size = header.ch_size,
    };
    return true;
}

static bool unpack(const struct packing *packing, const uint8_t *bytes, size_t size, uint8_t *ret)
{
    switch (packing->type) {
    case ELFCOMPRESS_ZLIB:
        return compress_unpack_zlib(bytes, size, ret, packing->unpacked_size);
    case PACKED_BY_ZSTD:
        return compress_unpack_zstd(bytes, size, ret, packing->unpacked_size);
    default:
        return false;
    }
}

uint64_t packed_section_size(const struct image_section *section, const uint8_t *bytes, size_t size)
{
    struct packing packing;

    if (!read_packing(section, bytes, size, &packing) ||
        packing.unpacked_size / COMPRESSION_MAX > size)
        return 0;
    return packing.unpacked_size;
}

// Not mem_alloc(): the size is a claim, and the bytes need not be cleared.
static uint8_t *make_room(struct image_section *section, uint64_t size)
{
    if (size >= LARGE && file_scratch(size, &section->scratch))
        return section->scratch.bytes;
    section->unpacked = malloc(size);
    return section->unpacked;
}

bool packed_section_unpack(struct image_section *section, const uint8_t *bytes, size_t size)
{
    struct packing packing;
    uint64_t unpacked_size = packed_section_size(section, bytes, size);

    if (!unpacked_size || !read_packing(section, bytes, size, &packing))
        return false;
    uint8_t *unpacked = make_room(section, unpacked_size);
    if (!unpacked ||
        !unpack(&packing, bytes + packing.header_size, size - packing.header_size, unpacked)) {
        packed_section_free(section);
        return false;
    }
    section->bytes = unpacked;
    section->n_bytes = unpacked_size;
    return true;
}

void packed_section_free(struct image_section *section)
{
    free(section->unpacked);
    section->unpacked = NULL;
    file_unmap(&section->scratch);
    section->scratch = (struct file_map){0};
}
