#include "symbolize/counter_table.h"

#include "profile/builder.h"
#include "support/test.h"

static void add(struct profile *p, enum profile_counter_kind kind, uint32_t mapping, uint64_t from,
                uint64_t addr, int64_t count)
{
    builder_counter(p, &(struct profile_counter){.kind = kind,
                                                 .from_mapping = from ? mapping : 0,
                                                 .mapping = mapping,
                                                 .from = from,
                                                 .addr = addr,
                                                 .count = count});
}

static struct profile *make(void)
{
    struct profile *p = profile_create();

    add(p, PROFILE_COUNTER_INSTRUCTION, 1, 0, 20, 5);
    add(p, PROFILE_COUNTER_EDGE, 1, 10, 20, 2);
    add(p, PROFILE_COUNTER_INSTRUCTION, 1, 0, 10, 3);
    add(p, PROFILE_COUNTER_EDGE, 1, 14, 20, 1);
    add(p, PROFILE_COUNTER_INSTRUCTION, 2, 0, 20, 100);
    add(p, PROFILE_COUNTER_EDGE, 1, 10, 20, 4);
    add(p, PROFILE_COUNTER_INSTRUCTION, 1, 0, 20, 6);
    add(p, PROFILE_COUNTER_INSTRUCTION, 1, 0, 30, INT64_MAX);
    add(p, PROFILE_COUNTER_INSTRUCTION, 1, 0, 30, 7);
    return p;
}

LP_TEST(counter_table, counters_are_those_of_one_module)
{
    struct profile *p = make();
    struct counter_table table;
    size_t n;

    counter_table_init(&table, &p->counters, 1);
    const struct profile_counter *counters =
        counter_table_kind(&table, PROFILE_COUNTER_INSTRUCTION, &n);
    cr_assert(n == 5);
    cr_expect(counters[0].addr == 10 && counters[1].addr == 20 && counters[4].addr == 30);
    counter_table_kind(&table, PROFILE_COUNTER_CALL, &n);
    cr_expect(n == 0);
    counter_table_at(&table, PROFILE_COUNTER_INSTRUCTION, 20, &n);
    cr_expect(n == 2);
    counter_table_at(&table, PROFILE_COUNTER_INSTRUCTION, 15, &n);
    cr_expect(n == 0);
    counter_table_deinit(&table);
    profile_destroy(p);
}

LP_TEST(counter_table, equal_counters_add_up)
{
    struct profile *p = make();
    struct counter_table table;

    counter_table_init(&table, &p->counters, 1);
    cr_expect(counter_table_sum(&table, PROFILE_COUNTER_INSTRUCTION, 20) == 11);
    cr_expect(counter_table_sum(&table, PROFILE_COUNTER_EDGE, 20) == 7);
    cr_expect(counter_table_sum(&table, PROFILE_COUNTER_INSTRUCTION, 21) == 0);
    cr_expect(counter_table_sum(&table, PROFILE_COUNTER_INSTRUCTION, 30) == INT64_MAX,
              "never less than what was counted");
    cr_expect(counter_table_edge(&table, 10, 20) == 6);
    cr_expect(counter_table_edge(&table, 14, 20) == 1);
    cr_expect(counter_table_edge(&table, 20, 10) == 0);
    counter_table_deinit(&table);
    profile_destroy(p);
}

LP_TEST(counter_table, a_profile_without_counters_has_none)
{
    struct profile *p = profile_create();
    struct counter_table table;
    size_t n;

    counter_table_init(&table, &p->counters, 1);
    counter_table_kind(&table, PROFILE_COUNTER_ENTRIES, &n);
    cr_expect(n == 0);
    cr_expect(counter_table_sum(&table, PROFILE_COUNTER_INSTRUCTION, 0) == 0);
    counter_table_deinit(&table);
    profile_destroy(p);
}
