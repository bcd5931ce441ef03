/**
 * @file
 * Merging by time: several sources, each in the order of its times, are taken from as one.
 */
#ifndef LPROF_COLLECT_ORDER_H
#define LPROF_COLLECT_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct order_item {
    uint64_t time_ns;
    size_t source;
};

/** The first waiting item of each source: a binary heap. Zeroed is empty. */
struct order {
    struct order_item *heap;
    size_t n;
    size_t capacity;
};

/** Free it. A zeroed struct is allowed. */
void order_deinit(struct order *order);

/** Say that `source` has an item of this time waiting. */
void order_push(struct order *order, uint64_t time_ns, size_t source);

/** Take the earliest item; of equal times the one of the lower source. False when nothing waits. */
bool order_pop(struct order *order, struct order_item *ret);

#endif
