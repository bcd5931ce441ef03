#include "ingest/region_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "profile/builder.h"

static_assert(EVENT_BUCKETS == PROFILE_REGION_BUCKETS, "buckets are handed on as they are");

// What numbers there can be; others come from no collector.
enum { NUMBERS_MAX = 1 << 20 };

void region_table_init(struct region_table *table, struct profile *profile)
{
    *table = (struct region_table){.profile = profile};
}

void region_table_deinit(struct region_table *table)
{
    free(table->ids);
}

uint32_t region_table_id(const struct region_table *table, uint32_t number)
{
    return number < table->n ? table->ids[number] : 0;
}

void region_table_add(struct region_table *table, const struct event_region *region)
{
    if (region->number >= NUMBERS_MAX)
        return;
    if (region->number >= table->n) {
        size_t n = region->number + (size_t)64;
        table->ids = mem_resize(table->ids, n, sizeof *table->ids);
        memset(table->ids + table->n, 0, (n - table->n) * sizeof *table->ids);
        table->n = n;
    }
    table->ids[region->number] =
        builder_region(table->profile, region_table_id(table, region->parent), region->name);
}

static int64_t number(uint64_t value)
{
    return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

void region_table_enter(struct region_table *table, const struct event_entered *entered)
{
    uint32_t id = region_table_id(table, entered->number);
    int64_t buckets[PROFILE_REGION_BUCKETS];

    if (!id)
        return;
    for (size_t i = 0; i < PROFILE_REGION_BUCKETS; i++)
        buckets[i] = number(entered->buckets[i]);
    builder_region_calls(table->profile, id,
                         &(struct profile_region){.calls = number(entered->calls),
                                                  .total_ns = number(entered->total_ns),
                                                  .min_ns = number(entered->min_ns),
                                                  .max_ns = number(entered->max_ns),
                                                  .buckets = buckets});
}
