#include "symbolize/region_counters.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"

void region_counters_init(struct region_counters *ret, const struct profile *profile,
                          uint32_t mapping)
{
    CLEANUP(cleanup_free) bool *has = mem_alloc_array(profile->n_regions + 1, sizeof *has);
    const struct profile_counters *counters = &profile->counters;

    *ret = (struct region_counters){0};
    for (size_t i = 0; i < counters->n; i++)
        has[counters->items[i].region] |= counters->items[i].mapping == mapping;
    ret->items = mem_alloc_array(profile->n_regions + 1, sizeof *ret->items);
    for (uint32_t region = 1; region <= profile->n_regions; region++) {
        if (!has[region])
            continue;
        struct region_counters_one *one = &ret->items[ret->n++];
        one->region = region;
        counter_table_init_in(&one->counters, counters, mapping, region);
    }
}

void region_counters_deinit(struct region_counters *regions)
{
    for (size_t i = 0; i < regions->n; i++)
        counter_table_deinit(&regions->items[i].counters);
    free(regions->items);
}

bool region_counters_ran(const struct region_counters_one *one, uint64_t entry)
{
    size_t n;
    const struct profile_counter *parts =
        counter_table_at(&one->counters, PROFILE_COUNTER_PART, entry, &n);

    for (size_t i = 0; i < n; i++) {
        uint64_t end = parts[i].from + (uint64_t)parts[i].count;
        if (counter_table_any(&one->counters, PROFILE_COUNTER_INSTRUCTION, parts[i].from, end) ||
            counter_table_any(&one->counters, PROFILE_COUNTER_EDGE, parts[i].from, end))
            return true;
    }
    return false;
}
