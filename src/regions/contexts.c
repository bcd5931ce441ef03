#include "regions/contexts.h"

#include <string.h>

static const char others[] = "[other regions]";

static uint32_t hash_of(uint32_t parent, const char *name, size_t size)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ parent;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (uint8_t)name[i]) * UINT64_C(0x100000001b3);
    return (uint32_t)(hash ^ hash >> 32);
}

int contexts_is_called(const struct region_wire *wire, uint32_t context, const char *name)
{
    const char *own = wire->contexts[context].name;

    return strncmp(own, name, REGION_WIRE_NAME_MAX) == 0;
}

static int is_same(const struct region_wire *wire, uint32_t context, uint32_t parent, uint32_t hash,
                   const char *name)
{
    const struct region_wire_context *entry = &wire->contexts[context];

    return entry->hash == hash && entry->parent == parent &&
           contexts_is_called(wire, context, name);
}

// A free number, its entry written; REGION_WIRE_OTHERS when there is none.
static uint32_t write_entry(struct region_wire *wire, uint32_t parent, uint32_t hash,
                            const char *name, size_t size)
{
    uint32_t number = __atomic_load_n(&wire->header.contexts, __ATOMIC_RELAXED);

    do {
        if (number >= REGION_WIRE_OTHERS) {
            __atomic_fetch_add(&wire->header.contexts_lost, 1, __ATOMIC_RELAXED);
            memcpy(wire->contexts[REGION_WIRE_OTHERS].name, others, sizeof others);
            return REGION_WIRE_OTHERS;
        }
    } while (!__atomic_compare_exchange_n(&wire->header.contexts, &number, number + 1, 0,
                                          __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    struct region_wire_context *entry = &wire->contexts[number];
    entry->parent = parent;
    entry->hash = hash;
    memcpy(entry->name, name, size);
    if (name[size])
        __atomic_fetch_add(&wire->header.names_cut, 1, __ATOMIC_RELAXED);
    return number;
}

// The one around `context`, itself included, that is called so; 0 = none.
static uint32_t find_around(const struct region_wire *wire, uint32_t context, const char *name)
{
    for (; context; context = wire->contexts[context].parent)
        if (contexts_is_called(wire, context, name))
            return context;
    return 0;
}

uint32_t contexts_find(struct region_wire *wire, uint32_t parent, const char *name)
{
    size_t size = strnlen(name, REGION_WIRE_NAME_MAX);
    uint32_t hash = hash_of(parent, name, size);
    uint32_t again = find_around(wire, parent, name);
    uint32_t number = again;

    for (uint32_t i = 0; !again && i < REGION_WIRE_HASHES; i++) {
        uint32_t *place = &wire->hashes[(hash + i) % REGION_WIRE_HASHES];
        uint32_t there = __atomic_load_n(place, __ATOMIC_ACQUIRE);
        if (!there && !number)
            number = write_entry(wire, parent, hash, name, size);
        if (!there && (number == REGION_WIRE_OTHERS ||
                       __atomic_compare_exchange_n(place, &there, number, 0, __ATOMIC_RELEASE,
                                                   __ATOMIC_ACQUIRE)))
            break;
        if (there && is_same(wire, there, parent, hash, name))
            return there;
    }
    return number;
}
