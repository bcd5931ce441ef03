#include "profile/regions.h"

#include <fnmatch.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"

enum { BITS = 5 };

size_t regions_bucket(int64_t ns)
{
    if (ns < 1 << BITS)
        return ns > 0 ? (size_t)ns : 0;
    size_t exponent = 63 - (size_t)__builtin_clzll((unsigned long long)ns);
    size_t bucket = ((exponent - BITS) << BITS) + (size_t)(ns >> (exponent - BITS));

    return bucket < PROFILE_REGION_BUCKETS ? bucket : PROFILE_REGION_BUCKETS - 1;
}

int64_t regions_bucket_ns(size_t bucket)
{
    if (bucket < 2 << BITS)
        return (int64_t)bucket;
    size_t shift = (bucket >> BITS) - 1;
    int64_t start = (int64_t)((bucket & ((1 << BITS) - 1)) + (1 << BITS)) << shift;

    return start + (INT64_C(1) << shift) / 2;
}

int64_t regions_percentile_ns(const struct profile_region *region, double share)
{
    int64_t all = 0;
    int64_t seen = 0;

    for (size_t i = 0; region->buckets && i < PROFILE_REGION_BUCKETS; i++)
        all = profile_sum(all, region->buckets[i]);
    for (size_t i = 0; all && i < PROFILE_REGION_BUCKETS; i++) {
        seen = profile_sum(seen, region->buckets[i]);
        if (!region->buckets[i] || (double)seen < share * (double)all)
            continue;
        // No call took less than the shortest or more than the longest.
        int64_t ns = regions_bucket_ns(i);
        ns = ns < region->min_ns ? region->min_ns : ns;
        return ns > region->max_ns ? region->max_ns : ns;
    }
    return 0;
}

char *regions_path(const struct profile *profile, uint32_t region)
{
    char *path = mem_strdup(profile->regions[region - 1].name);

    while ((region = profile->regions[region - 1].parent) != 0) {
        char *longer = mem_printf("%s/%s", profile->regions[region - 1].name, path);
        free(path);
        path = longer;
    }
    return path;
}

bool regions_match(const struct profile *profile, const char *glob, bool *chosen)
{
    bool any = false;

    for (size_t i = 0; i < profile->n_regions; i++) {
        CLEANUP(cleanup_free) char *path = regions_path(profile, (uint32_t)i + 1);
        if (fnmatch(glob, profile->regions[i].name, 0) == 0 || fnmatch(glob, path, 0) == 0) {
            chosen[i] = true;
            any = true;
        }
    }
    return any;
}
