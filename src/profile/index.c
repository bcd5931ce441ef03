#include "profile/index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"

// Each sample is looked up several times, mostly in cold memory: chains are kept short, which costs room
// for buckets instead.
#undef HASH_BKT_CAPACITY_THRESH
#define HASH_BKT_CAPACITY_THRESH 3U

struct index_entry {
    UT_hash_handle hh;
    uint32_t id;
    unsigned char key[];
};

struct profile_index *index_create(void)
{
    return mem_alloc(sizeof(struct profile_index));
}

void index_destroy(struct profile_index *index)
{
    if (!index)
        return;
    for (size_t i = 0; i < INDEX_TABLES; i++)
        index_clear(index, (enum index_table)i);
    free(index);
}

void index_clear(struct profile_index *index, enum index_table table)
{
    struct index_entry *entry;
    struct index_entry *next;

    HASH_ITER(hh, index->entries[table], entry, next)
    {
        HASH_DEL(index->entries[table], entry);
        free(entry);
    }
}

uint32_t index_find(const struct profile_index *index, enum index_table table, const void *key,
                    size_t size)
{
    struct index_entry *entry;

    HASH_FIND(hh, index->entries[table], key, size, entry);
    return entry ? entry->id : 0;
}

uint32_t index_add(struct profile_index *index, enum index_table table, const void *key,
                   size_t size, size_t count)
{
    struct index_entry *entry = mem_alloc(sizeof *entry + size);

    assert(count <= UINT32_MAX);
    entry->id = (uint32_t)count;
    memcpy(entry->key, key, size);
    HASH_ADD_KEYPTR(hh, index->entries[table], entry->key, size, entry);
    return entry->id;
}
