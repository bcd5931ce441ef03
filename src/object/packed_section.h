/**
 * @file
 * Unpacking sections, packed by zlib in the old way and the new, or by zstd.
 *
 * @source System V ABI, "Section Compression"
 */
#ifndef LPROF_OBJECT_PACKED_SECTION_H
#define LPROF_OBJECT_PACKED_SECTION_H

#include "object/image.h"

/**
 * What a packed section says it unpacks to [bytes]; 0 when it cannot be true.
 *
 * @param bytes [size] Of the section, as they lie in the file.
 */
uint64_t packed_section_size(const struct image_section *section, const uint8_t *bytes,
                             size_t size);

/** Unpack it: sets its `bytes` and `n_bytes`. False when it is damaged. Free with packed_section_free(). */
bool packed_section_unpack(struct image_section *section, const uint8_t *bytes, size_t size);

/** Free what it was unpacked to, if it was. */
void packed_section_free(struct image_section *section);

#endif
