/**
 * @file
 * Memory that is there: allocation for the lprof command and its static core.
 *
 * These functions never return NULL. When the system has no memory left they print one line and
 * end lprof with status 125; the profiled program is a process of its own and runs on. Sizes that
 * come from a file or from the target are checked against that input's length before they get here.
 */
#ifndef LPROF_BASE_MEM_H
#define LPROF_BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

/** `size` bytes of zeros; free with free(). */
void *mem_alloc(size_t size);

/** `count` items of `size` bytes, all zero. Ends lprof when the product overflows. */
void *mem_alloc_array(size_t count, size_t size);

/** As realloc(); new bytes are not cleared. */
void *mem_resize(void *ptr, size_t count, size_t size);

/**
 * Make room for one more item in a growing array.
 *
 * @param items The array (may be NULL when `*capacity` is 0).
 * @param[in,out] capacity Items there is room for; grows by doubling.
 * @param count Items in use.
 * @param size Bytes per item.
 * @return The array, with room for at least `count + 1` items; assign it back.
 */
void *mem_grow(void *items, size_t *capacity, size_t count, size_t size);

/** A copy of `size` bytes. */
void *mem_dup(const void *bytes, size_t size);

/** A copy of a string. */
char *mem_strdup(const char *text);

/** As asprintf(), returning the string. */
__attribute__((format(printf, 1, 2))) char *mem_printf(const char *format, ...);

/** As vasprintf(), returning the string. */
__attribute__((format(printf, 1, 0))) char *mem_vprintf(const char *format, va_list args);

#endif
