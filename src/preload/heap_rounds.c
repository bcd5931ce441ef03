// The order of all records holds: where another one follows, nothing is told in the record any more. That
// another thread adds one just now does no harm: it cannot be about this memory, which is this thread's.
//
// A thread that sleeps between looking and telling while the ring goes round finds another record in the place.
// The tag, of where the record was, tells.
#include "preload/heap_rounds.h"

#include "preload/heap_ring_writer.h"

struct last {
    uint64_t *word; // Of the record; NULL = there is none.
    uint64_t now;   // What it is.
    uint64_t end;
    uint64_t addr;
    uint64_t bytes;
    uint64_t stack_id;
};

static __thread __attribute__((tls_model("initial-exec"))) struct last last;

void heap_rounds_begin(struct heap_wire_short *record, uint64_t end)
{
    uint64_t tag = end / HEAP_WIRE_UNIT << HEAP_WIRE_TAG_SHIFT & ~HEAP_WIRE_TAKEN;

    record->rounds = tag | HEAP_WIRE_LIVE;
    last = (struct last){.word = &record->rounds,
                         .now = record->rounds,
                         .end = end,
                         .addr = record->addr,
                         .bytes = record->bytes,
                         .stack_id = record->stack_id};
}

void heap_rounds_forget(void)
{
    last.word = NULL;
}

static inline bool change(uint64_t to)
{
    if (!heap_ring_writer_ends_at(last.end) ||
        !__atomic_compare_exchange_n(last.word, &last.now, to, false, __ATOMIC_RELEASE,
                                     __ATOMIC_RELAXED)) {
        last.word = NULL;
        return false;
    }
    last.now = to;
    return true;
}

bool heap_rounds_alloc(const void *memory, size_t bytes, uint64_t stack_id)
{
    if (!last.word || last.addr != (uint64_t)(uintptr_t)memory || last.bytes != bytes ||
        last.stack_id != stack_id || last.now & HEAP_WIRE_LIVE)
        return false;
    return change(last.now | HEAP_WIRE_LIVE);
}

bool heap_rounds_free(const void *memory)
{
    bool has_room = (last.now & HEAP_WIRE_ROUNDS_MASK) < HEAP_WIRE_ROUNDS_MASK - HEAP_WIRE_ROUND;

    if (!last.word || last.addr != (uint64_t)(uintptr_t)memory || !(last.now & HEAP_WIRE_LIVE) ||
        !has_room)
        return false;
    return change(last.now - HEAP_WIRE_LIVE + HEAP_WIRE_ROUND);
}
