#include "collect/order.h"

#include "support/test.h"

#define SOURCES 5
#define ITEMS 200

LP_TEST(order, nothing_comes_from_nothing)
{
    struct order order = {0};
    struct order_item item;

    cr_expect(!order_pop(&order, &item));
    order_push(&order, 7, 3);
    cr_assert(order_pop(&order, &item));
    cr_expect(item.time_ns == 7 && item.source == 3);
    cr_expect(!order_pop(&order, &item));
    order_deinit(&order);
}

// Sources with their own steps, each ascending: taken together, times ascend and nothing is missing.
LP_TEST(order, sources_are_merged_by_time)
{
    struct order order = {0};
    struct order_item item;
    uint64_t last = 0;
    size_t taken[SOURCES] = {0};

    for (size_t source = 0; source < SOURCES; source++)
        order_push(&order, source * 3, source);
    while (order_pop(&order, &item)) {
        cr_expect(item.time_ns >= last, "%lu after %lu", item.time_ns, last);
        last = item.time_ns;
        uint64_t step = 1 + (item.source * 7 + taken[item.source] * 13) % 29;
        if (++taken[item.source] < ITEMS)
            order_push(&order, item.time_ns + step, item.source);
    }
    for (size_t source = 0; source < SOURCES; source++)
        cr_expect(taken[source] == ITEMS);
    order_deinit(&order);
}

LP_TEST(order, equal_times_go_by_source)
{
    struct order order = {0};
    struct order_item item;

    for (size_t i = SOURCES; i-- > 0;)
        order_push(&order, 42, i);
    for (size_t i = 0; i < SOURCES; i++) {
        cr_assert(order_pop(&order, &item));
        cr_expect(item.source == i);
    }
    order_deinit(&order);
}
