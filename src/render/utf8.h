/**
 * @file
 * UTF-8, as far as laying out text needs it: one character after the other, invalid bytes told.
 *
 * @source RFC 3629
 */
#ifndef LPROF_RENDER_UTF8_H
#define LPROF_RENDER_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What an invalid byte is read as: U+FFFD. */
#define UTF8_REPLACEMENT 0xfffdU

/**
 * The character at `text`, which must not be empty.
 *
 * @param[out] size_ret Bytes it takes. An invalid byte takes one and reads as UTF8_REPLACEMENT.
 */
uint32_t utf8_next(const char *text, size_t *size_ret);

/** Whether the character could drive a terminal or turn text around, and must not reach it. */
bool utf8_is_control(uint32_t character);

/** Columns the character takes on a terminal: 0, 1 or 2; 1 where the locale does not know it. */
unsigned utf8_columns(uint32_t character);

#endif
