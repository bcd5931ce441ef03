#include "target/step_edges.h"

#include "support/test.h"

static uint64_t count_of(const struct step_edges *edges, uint64_t from, uint64_t to)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < edges->capacity; i++)
        if (edges->slots[i].count && edges->slots[i].from == from && edges->slots[i].to == to)
            sum += edges->slots[i].count;
    return sum;
}

LP_TEST(step_edges, counts_add_up_by_pair)
{
    struct step_edges edges = {0};

    step_edges_add(&edges, 1, 2, 3);
    step_edges_add(&edges, 2, 1, 10);
    step_edges_add(&edges, 1, 2, 4);
    cr_expect(edges.count == 2);
    cr_expect(count_of(&edges, 1, 2) == 7);
    cr_expect(count_of(&edges, 2, 1) == 10);
    cr_expect(count_of(&edges, 1, 1) == 0);
    step_edges_deinit(&edges);
    cr_expect(edges.capacity == 0 && !edges.slots);
}

LP_TEST(step_edges, growing_loses_nothing)
{
    struct step_edges edges = {0};

    for (int round = 0; round < 2; round++)
        for (uint64_t i = 0; i < 5000; i++)
            step_edges_add(&edges, 0x401000 + i, 0x401000 + i * i % 97, i + 1);
    cr_expect(edges.count == 5000);
    cr_expect(edges.count * 2 <= edges.capacity, "open addressing needs free slots");
    for (uint64_t i = 0; i < 5000; i++)
        cr_assert(count_of(&edges, 0x401000 + i, 0x401000 + i * i % 97) == 2 * (i + 1));
    step_edges_deinit(&edges);
}

LP_TEST(step_edges, an_empty_table_is_zeroed)
{
    struct step_edges edges = {0};

    step_edges_deinit(&edges);
    step_edges_add(&edges, 0, 0, 1);
    cr_expect(count_of(&edges, 0, 0) == 1, "address 0 is an address");
    step_edges_deinit(&edges);
}
