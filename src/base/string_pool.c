#include "base/string_pool.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"

struct string_pool_entry {
    UT_hash_handle hh;
    char text[];
};

void string_pool_init(struct string_pool *pool)
{
    pool->entries = NULL;
}

void string_pool_deinit(struct string_pool *pool)
{
    struct string_pool_entry *entry;
    struct string_pool_entry *next;

    HASH_ITER(hh, pool->entries, entry, next)
    {
        HASH_DEL(pool->entries, entry);
        free(entry);
    }
}

const char *string_pool_add(struct string_pool *pool, const char *text)
{
    return text ? string_pool_add_bytes(pool, text, strlen(text)) : NULL;
}

const char *string_pool_add_bytes(struct string_pool *pool, const char *text, size_t length)
{
    struct string_pool_entry *entry;

    length = strnlen(text, length);
    HASH_FIND(hh, pool->entries, text, length, entry);
    if (entry)
        return entry->text;
    entry = mem_alloc(sizeof *entry + length + 1);
    memcpy(entry->text, text, length);
    HASH_ADD_KEYPTR(hh, pool->entries, entry->text, length, entry);
    return entry->text;
}
