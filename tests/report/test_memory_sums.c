#include "report/memory_sums.h"

#include "profile/builder.h"
#include "support/test.h"

// Location `addr` on line `line` of a function of this name.
static uint32_t place(struct profile *p, uint64_t addr, const char *name, uint32_t line)
{
    uint32_t mapping = builder_mapping(p, &(struct profile_mapping){.path = "/app", .limit = 4096});
    const struct profile_line at = {
        .function = builder_function(p, &(struct profile_function){.name = name, .file = "a.c"}),
        .file = profile_string(p, "a.c"),
        .line = line};
    uint32_t location = builder_location(p, mapping, addr, PROFILE_ADDRESS_EXACT);

    builder_set_lines(p, location, &at, 1);
    return location;
}

static void grow(struct profile *p, const uint32_t *locations, size_t n, int64_t bytes, int64_t rss)
{
    builder_sample(p, builder_stack(p, locations, n), 0,
                   (const int64_t[PROFILE_VALUES]){
                       [PROFILE_FAULTS] = 1, [PROFILE_RESIDENT] = bytes, [PROFILE_RSS] = rss});
}

static const struct memory_sums_line *line_of(const struct frames *frames,
                                              const struct memory_sums *sums, uint32_t line)
{
    size_t i = 0;

    while (i < frames->n_lines && frames->lines[i].line != line)
        i++;
    cr_assert(i < frames->n_lines, "no line %u", line);
    return &sums->lines[i];
}

LP_TEST(memory_sums, a_line_has_a_stack_once_and_one_function_owns_it)
{
    struct profile *p = profile_create();
    uint32_t leaf = place(p, 1, "leaf", 10);
    uint32_t caller = place(p, 2, "caller", 20);
    uint32_t outer = place(p, 3, "outer", 30);
    bool mine[] = {false, true, true};

    grow(p, (uint32_t[]){leaf, caller, caller, outer}, 4, 4096, 10000);
    grow(p, (uint32_t[]){leaf, outer}, 2, 2 << 20, 9000);
    struct frames *frames = frames_create(p);
    struct memory_sums *sums = memory_sums_create(p, frames, mine);

    cr_assert(frames->n_functions == 3);
    cr_expect(sums->measured && sums->total.resident_bytes == (2 << 20) + 4096);
    cr_expect(line_of(frames, sums, 10)->resident_bytes == (2 << 20) + 4096);
    cr_expect(line_of(frames, sums, 10)->faults == 2);
    cr_expect(line_of(frames, sums, 10)->rss_bytes == 10000);
    cr_expect(line_of(frames, sums, 20)->resident_bytes == 4096);
    cr_expect(line_of(frames, sums, 20)->faults == 1);
    cr_expect(sums->functions[0].own_resident_bytes == 0);
    cr_expect(sums->functions[1].own_resident_bytes == 4096);
    cr_expect(sums->functions[2].own_resident_bytes == 2 << 20);
    memory_sums_destroy(sums);
    frames_destroy(frames);
    profile_destroy(p);
}

LP_TEST(memory_sums, allocations_add_up_by_lines)
{
    struct profile *p = profile_create();
    uint32_t leaf = place(p, 1, "leaf", 10);
    uint32_t caller = place(p, 2, "caller", 20);
    bool mine[] = {false, true};
    const int64_t values[PROFILE_VALUES] = {[PROFILE_ALLOCS] = 3,
                                            [PROFILE_ALLOC_BYTES] = 300,
                                            [PROFILE_FREED_BYTES] = 200,
                                            [PROFILE_PEAK_BYTES] = 150};

    builder_sample(p, builder_stack(p, (uint32_t[]){leaf, caller}, 2), 0, values);
    builder_sample(p, builder_stack(p, &caller, 1), 0, values);
    struct frames *frames = frames_create(p);
    struct memory_sums *sums = memory_sums_create(p, frames, mine);
    const struct memory_sums_line *line = line_of(frames, sums, 20);
    cr_expect(sums->measured && sums->has_heap && sums->total.alloc_bytes == 600);
    cr_expect(line->allocs == 6 && line->alloc_bytes == 600 && line->freed_bytes == 400);
    cr_expect(line->peak_bytes == 300 && line_of(frames, sums, 10)->allocs == 3);
    cr_expect(sums->functions[1].own_alloc_bytes == 600);
    memory_sums_destroy(sums);
    frames_destroy(frames);
    profile_destroy(p);
}

LP_TEST(memory_sums, a_profile_of_time_has_none)
{
    struct profile *p = profile_create();
    uint32_t leaf = place(p, 1, "leaf", 10);
    bool mine[] = {true};

    builder_sample(p, builder_stack(p, &leaf, 1), 0, (const int64_t[PROFILE_VALUES]){1, 1000});
    struct frames *frames = frames_create(p);
    struct memory_sums *sums = memory_sums_create(p, frames, mine);
    cr_expect(!sums->measured && sums->total.resident_bytes == 0);
    memory_sums_destroy(sums);
    frames_destroy(frames);
    profile_destroy(p);
}
