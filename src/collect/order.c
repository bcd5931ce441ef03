#include "collect/order.h"

#include <stdlib.h>

#include "base/mem.h"

static bool precedes(const struct order_item *a, const struct order_item *b)
{
    return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->source < b->source;
}

void order_deinit(struct order *order)
{
    free(order->heap);
    *order = (struct order){0};
}

void order_push(struct order *order, uint64_t time_ns, size_t source)
{
    struct order_item item = {.time_ns = time_ns, .source = source};

    order->heap = mem_grow(order->heap, &order->capacity, order->n, sizeof *order->heap);
    size_t at = order->n++;
    while (at > 0 && precedes(&item, &order->heap[(at - 1) / 2])) {
        order->heap[at] = order->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    order->heap[at] = item;
}

bool order_pop(struct order *order, struct order_item *ret)
{
    if (!order->n)
        return false;
    *ret = order->heap[0];
    struct order_item item = order->heap[--order->n];
    size_t at = 0;
    for (size_t child = 1; child < order->n; child = 2 * at + 1) {
        if (child + 1 < order->n && precedes(&order->heap[child + 1], &order->heap[child]))
            child++;
        if (!precedes(&order->heap[child], &item))
            break;
        order->heap[at] = order->heap[child];
        at = child;
    }
    order->heap[at] = item;
    return true;
}
