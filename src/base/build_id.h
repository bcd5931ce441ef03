/**
 * @file
 * The build id: what tells two builds of a program apart, wherever the file lies.
 *
 * @source ELF note NT_GNU_BUILD_ID
 */
#ifndef LPROF_BASE_BUILD_ID_H
#define LPROF_BASE_BUILD_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Longest build id that is kept; SHA-1 ids have 20 bytes. */
#define BUILD_ID_MAX 32

struct build_id {
    uint8_t size; ///< [bytes] 0 = unknown.
    uint8_t bytes[BUILD_ID_MAX];
};

/** Room for the hexadecimal text and its zero. */
#define BUILD_ID_TEXT (2 * BUILD_ID_MAX + 1)

/** Write the id in hexadecimal; unknown is "". */
void build_id_format(const struct build_id *id, char text[BUILD_ID_TEXT]);

/** Read hexadecimal text. False (and `*ret` unknown) when it is no build id. */
bool build_id_parse(const char *text, struct build_id *ret);

/** Whether both are known and equal. */
bool build_id_equal(const struct build_id *a, const struct build_id *b);

#endif
