// Each pointer hashes to a bucket of one cache line, beside which nothing is looked at. In front of them
// stands a filter that fits the first-level cache: a count of the pointers that hash to the same byte, which
// stays where it is once it is as high as it can be. 32 768 pointers at most, of which each stands for half a
// megabyte.
#include "preload/heap_pointers.h"

#include <string.h>

enum { BUCKET_BITS = 12, BUCKET_SLOTS = 8 };

uint8_t heap_pointers_filter[1 << HEAP_POINTERS_FILTER_BITS];
static _Alignas(64) uint64_t slots[1 << BUCKET_BITS][BUCKET_SLOTS];

static uint8_t *filter_of(uint64_t hash)
{
    return &heap_pointers_filter[hash >> (64 - HEAP_POINTERS_FILTER_BITS)];
}

static uint64_t *bucket_of(uint64_t hash)
{
    return slots[(hash >> 20) % (1 << BUCKET_BITS)];
}

static void count_in(uint8_t *count, int by)
{
    uint8_t now = __atomic_load_n(count, __ATOMIC_RELAXED);

    while (now != UINT8_MAX && !__atomic_compare_exchange_n(count, &now, (uint8_t)(now + by), false,
                                                            __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
}

void heap_pointers_add_all(void)
{
    memset(heap_pointers_filter, UINT8_MAX, sizeof heap_pointers_filter);
}

bool heap_pointers_add(const void *memory)
{
    uint64_t hash = heap_pointers_hash(memory);
    uint64_t *bucket = bucket_of(hash);

    for (int i = 0; i < BUCKET_SLOTS; i++) {
        uint64_t none = 0;
        if (__atomic_compare_exchange_n(&bucket[i], &none, (uint64_t)(uintptr_t)memory, false,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
            count_in(filter_of(hash), 1);
            return true;
        }
    }
    return false;
}

bool heap_pointers_take(const void *memory)
{
    uint64_t hash = heap_pointers_hash(memory);

    if (!__atomic_load_n(filter_of(hash), __ATOMIC_RELAXED))
        return false;
    uint64_t *bucket = bucket_of(hash);
    for (int i = 0; i < BUCKET_SLOTS; i++) {
        uint64_t here = (uint64_t)(uintptr_t)memory;
        if (__atomic_compare_exchange_n(&bucket[i], &here, 0, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
            count_in(filter_of(hash), -1);
            return true;
        }
    }
    return false;
}
