/**
 * @file
 * Interned strings: equal texts have equal pointers, so names compare and hash by address.
 */
#ifndef LPROF_BASE_STRING_POOL_H
#define LPROF_BASE_STRING_POOL_H

#include <stddef.h>

struct string_pool {
    struct string_pool_entry *entries; ///< A uthash table.
};

/** An empty pool. */
void string_pool_init(struct string_pool *pool);

/** Free the pool and every string in it. */
void string_pool_deinit(struct string_pool *pool);

/**
 * Intern a string.
 *
 * @return The pool's own copy, valid until the pool is freed; NULL when `text` is NULL.
 */
const char *string_pool_add(struct string_pool *pool, const char *text);

/** Intern `length` bytes that need not end in a zero; bytes behind an embedded zero are dropped. */
const char *string_pool_add_bytes(struct string_pool *pool, const char *text, size_t length);

#endif
