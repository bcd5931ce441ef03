#include "symbolize/counter_table.h"

#include <stdlib.h>

#include "base/mem.h"

static int compare_key(const struct profile_counter *a, enum profile_counter_kind kind,
                       uint64_t addr)
{
    if (a->kind != kind)
        return a->kind < kind ? -1 : 1;
    return (a->addr > addr) - (a->addr < addr);
}

static int compare(const void *a, const void *b)
{
    const struct profile_counter *x = a;
    const struct profile_counter *y = b;
    int order = compare_key(x, y->kind, y->addr);

    return order ? order : (x->from > y->from) - (x->from < y->from);
}

void counter_table_init(struct counter_table *ret, const struct profile_counters *counters,
                        uint32_t mapping)
{
    counter_table_init_in(ret, counters, mapping, 0);
}

static bool is_of(const struct profile_counter *counter, uint32_t mapping, uint32_t region)
{
    return counter->mapping == mapping &&
           (counter->region == region || counter->kind == PROFILE_COUNTER_PART);
}

void counter_table_init_in(struct counter_table *ret, const struct profile_counters *counters,
                           uint32_t mapping, uint32_t region)
{
    ret->items = mem_alloc_array(counters->n + 1, sizeof *ret->items);
    ret->n = 0;
    for (size_t i = 0; i < counters->n; i++)
        if (is_of(&counters->items[i], mapping, region))
            ret->items[ret->n++] = counters->items[i];
    qsort(ret->items, ret->n, sizeof *ret->items, compare);
}

void counter_table_deinit(struct counter_table *table)
{
    free(table->items);
}

// The first one that is not before this place.
static size_t lower_bound(const struct counter_table *table, enum profile_counter_kind kind,
                          uint64_t addr)
{
    size_t low = 0;
    size_t high = table->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_key(&table->items[middle], kind, addr) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct profile_counter *counter_table_kind(const struct counter_table *table,
                                                 enum profile_counter_kind kind, size_t *n_ret)
{
    size_t first = lower_bound(table, kind, 0);
    size_t end = first;

    while (end < table->n && table->items[end].kind == kind)
        end++;
    *n_ret = end - first;
    return table->items + first;
}

const struct profile_counter *counter_table_at(const struct counter_table *table,
                                               enum profile_counter_kind kind, uint64_t addr,
                                               size_t *n_ret)
{
    size_t first = lower_bound(table, kind, addr);
    size_t end = first;

    while (end < table->n && compare_key(&table->items[end], kind, addr) == 0)
        end++;
    *n_ret = end - first;
    return table->items + first;
}

bool counter_table_any(const struct counter_table *table, enum profile_counter_kind kind,
                       uint64_t begin, uint64_t end)
{
    size_t first = lower_bound(table, kind, begin);

    return first < table->n && compare_key(&table->items[first], kind, end) < 0;
}

uint64_t counter_table_sum(const struct counter_table *table, enum profile_counter_kind kind,
                           uint64_t addr)
{
    size_t n;
    const struct profile_counter *at = counter_table_at(table, kind, addr, &n);
    int64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum = profile_sum(sum, at[i].count);
    return (uint64_t)sum;
}

uint64_t counter_table_edge(const struct counter_table *table, uint64_t from, uint64_t to)
{
    size_t n;
    const struct profile_counter *at = counter_table_at(table, PROFILE_COUNTER_EDGE, to, &n);
    int64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        if (at[i].from == from)
            sum = profile_sum(sum, at[i].count);
    return (uint64_t)sum;
}
