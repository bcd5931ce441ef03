#include "api/record_notes.h"

#include <string.h>

#include "profile/builder.h"
#include "support/test.h"

#define MS UINT64_C(1000000)

// A profile with one sample of this much CPU time in so many threads, and its notes.
static struct profile *notes_for(uint64_t sampled_ns, const struct collector_totals *totals,
                                 int64_t threads)
{
    struct profile *profile = profile_create();
    uint32_t location = builder_location(profile, 0, 0x1000, PROFILE_ADDRESS_EXACT);
    int64_t values[PROFILE_VALUES] = {[PROFILE_SAMPLES] = 1, [PROFILE_CPU] = (int64_t)sampled_ns};

    profile->meta.threads = threads;
    profile->meta.processes = 1;
    if (sampled_ns)
        builder_sample(profile, builder_stack(profile, &location, 1), 0, values);
    record_notes_add(profile, totals, &(struct collector_options){.rate_hz = 1000}, 2);
    return profile;
}

static void expect_note_of(int64_t threads, uint64_t sampled_ns,
                           const struct collector_totals *totals, const char *code,
                           const char *text)
{
    struct profile *profile = notes_for(sampled_ns, totals, threads);

    cr_expect(profile->n_notes == (code ? 1 : 0), "%zu notes", profile->n_notes);
    if (code && profile->n_notes) {
        cr_expect_str_eq(profile->notes[0].code, code);
        cr_expect(strstr(profile->notes[0].text, text) != NULL, "%s", profile->notes[0].text);
        cr_expect(profile->notes[0].count > 0);
    }
    profile_destroy(profile);
}

static void expect_note(uint64_t sampled_ns, const struct collector_totals *totals,
                        const char *code, const char *text)
{
    expect_note_of(2, sampled_ns, totals, code, text);
}

LP_TEST(record_notes, all_sampled_is_nothing_to_note)
{
    struct collector_totals totals = {.counted_ns = 1000 * MS, .counts_kernel = true};

    expect_note(1000 * MS, &totals, NULL, NULL);
    expect_note(955 * MS, &totals, NULL, NULL);
    expect_note(1010 * MS, &totals, NULL, NULL);
    totals.counts_kernel = false;
    expect_note(995 * MS, &totals, NULL, NULL);
    expect_note(1010 * MS, &totals, NULL, NULL);
}

LP_TEST(record_notes, kernel_time_without_permission)
{
    struct collector_totals totals = {.counted_ns = 625 * MS};

    expect_note(506 * MS, &totals, "kernel-time-unplaced",
                "19 % of the CPU time was in the kernel and could not be placed "
                "(kernel.perf_event_paranoid is 2)");
    expect_note(606 * MS, &totals, "kernel-time-unplaced", "3.0 % of");
}

LP_TEST(record_notes, threads_shorter_than_a_period)
{
    struct collector_totals totals = {.counted_ns = 336 * MS, .counts_kernel = true};

    expect_note(96 * MS, &totals, "short-tasks", "71 % of the CPU time was not sampled");
    totals.counted_ns = 20 * MS;
    expect_note(12 * MS, &totals, NULL, NULL);
}

LP_TEST(record_notes, a_single_thread_has_no_short_ones)
{
    struct collector_totals totals = {.counted_ns = 336 * MS, .counts_kernel = true};

    expect_note_of(1, 296 * MS, &totals, "late-clock",
                   "12 % of the CPU time was not sampled: the clock");
}

LP_TEST(record_notes, lost_samples_are_no_short_threads)
{
    struct collector_totals totals = {.counted_ns = 1000 * MS, .counts_kernel = true, .lost = 500};

    expect_note(500 * MS, &totals, NULL, NULL);
}

LP_TEST(record_notes, no_sample_at_all)
{
    struct collector_totals totals = {.counted_ns = 300000, .counts_kernel = true};

    expect_note(0, &totals, "too-short", "the program used 300 us of CPU time");
}
