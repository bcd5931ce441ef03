/**
 * @file
 * MD5 checksums: how DWARF 5 tells which text of a source file a program was built from. Not for
 * anything that must be safe from forgery.
 *
 * @source RFC 1321
 */
#ifndef LPROF_BASE_MD5_H
#define LPROF_BASE_MD5_H

#include <stddef.h>
#include <stdint.h>

#define MD5_SIZE 16
/** Room for a checksum in hexadecimal, with its zero. */
#define MD5_TEXT (2 * MD5_SIZE + 1)

/** The checksum of `size` bytes. */
void md5_sum(const uint8_t *bytes, size_t size, uint8_t ret[MD5_SIZE]);

/** A checksum in small hexadecimal digits. */
void md5_format(const uint8_t sum[MD5_SIZE], char ret[MD5_TEXT]);

#endif
