// Nobody tells when a thread is really gone: destructors of its data run late and may have regions. So a
// block is used again only when the kernel does not know its owner any more.
#include "regions/blocks.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_gone(uint64_t owner)
{
    int before = errno;
    int gone = owner != REGION_WIRE_FREE && kill((pid_t)owner, 0) != 0 && errno == ESRCH;

    errno = before;
    return gone;
}

static int claim(struct region_wire_block *block)
{
    uint64_t owner = __atomic_load_n(&block->owner, __ATOMIC_ACQUIRE);

    if (owner == REGION_WIRE_CLAIMED || (owner != REGION_WIRE_FREE && !is_gone(owner)))
        return 0;
    return __atomic_compare_exchange_n(&block->owner, &owner, REGION_WIRE_CLAIMED, 0,
                                       __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static struct region_wire_block *reclaim(struct region_wire *wire, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (claim(&wire->blocks[i]))
            return &wire->blocks[i];
    return NULL;
}

static struct region_wire_block *take_fresh(struct region_wire *wire)
{
    uint32_t number = __atomic_load_n(&wire->header.blocks, __ATOMIC_ACQUIRE);

    while (number < REGION_WIRE_BLOCKS) {
        if (!__atomic_compare_exchange_n(&wire->header.blocks, &number, number + 1, 0,
                                         __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            continue;
        if (claim(&wire->blocks[number]))
            return &wire->blocks[number];
    }
    return NULL;
}

// What its last thread left.
static void clean(struct region_wire *wire, struct region_wire_block *block)
{
    uint32_t depth = block->depth < REGION_WIRE_DEPTH ? block->depth : REGION_WIRE_DEPTH;
    uint32_t own = 0;

    for (uint32_t i = 0; i < depth; i++) {
        uint32_t context = block->open[i].context;
        if (context < REGION_WIRE_CONTEXTS)
            block->times[context].active = 0;
        own += block->open[i].key && !block->open[i].inherited;
        block->open[i].key = 0;
    }
    if (own)
        __atomic_fetch_add(&wire->header.left_open, own, __ATOMIC_RELAXED);
    block->depth = 0;
    block->paused = 0;
}

struct region_wire_block *blocks_take(struct region_wire *wire)
{
    enum { TRIES = 16 };
    uint32_t used = __atomic_load_n(&wire->header.blocks, __ATOMIC_ACQUIRE);
    struct region_wire_block *block = reclaim(wire, used < TRIES ? used : TRIES);

    if (!block)
        block = take_fresh(wire);
    if (!block)
        block = reclaim(wire, REGION_WIRE_BLOCKS);
    if (!block) {
        __atomic_fetch_add(&wire->header.blocks_lost, 1, __ATOMIC_RELAXED);
        return NULL;
    }
    clean(wire, block);
    __atomic_store_n(&block->owner, (uint64_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
    return block;
}

void blocks_give_back(struct region_wire *wire)
{
    uint64_t self = (uint64_t)syscall(SYS_gettid);
    uint32_t used = __atomic_load_n(&wire->header.blocks, __ATOMIC_ACQUIRE);

    for (uint32_t i = 0; i < used && i < REGION_WIRE_BLOCKS; i++)
        if (wire->blocks[i].owner == self)
            __atomic_store_n(&wire->blocks[i].owner, REGION_WIRE_FREE, __ATOMIC_RELEASE);
}
