#include "api/record_notes.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/units.h"
#include "profile/builder.h"

// Below these, what is missing is no more than what the ends of periods explain.
#define KERNEL_SHARE 0.01
#define UNSAMPLED_SHARE 0.05
#define UNSAMPLED_PERIODS 10

static void note_too_short(struct profile *profile, uint64_t counted_ns)
{
    char time[UNITS_TEXT];

    units_format_time((int64_t)counted_ns, time);
    CLEANUP(cleanup_free)
    char *text = mem_printf("no sample was taken: the program used %s of CPU time%s", time,
                            counted_ns ? "" : " while it was measured");
    builder_note(profile, "too-short", 1, text, NULL);
}

// CPU time that was counted but not sampled, as far as lost samples do not explain it [ns].
static double missing_ns(const struct profile *profile, const struct collector_totals *totals,
                         double period_ns)
{
    return (double)totals->counted_ns - (double)profile_total(profile, PROFILE_CPU) -
           (double)totals->lost * period_ns;
}

static void note_missing(struct profile *profile, const struct collector_totals *totals,
                         double period_ns, int paranoid)
{
    double missing = missing_ns(profile, totals, period_ns);
    double share = missing / (double)totals->counted_ns;
    int64_t samples = (int64_t)(missing / period_ns);
    char percent[UNITS_TEXT];
    char *text = NULL;

    units_format_significant(100 * share, 2, percent);
    if (!totals->counts_kernel && share > KERNEL_SHARE && missing > period_ns) {
        text = mem_printf("%s %% of the CPU time was in the kernel and could not be placed "
                          "(kernel.perf_event_paranoid is %d)",
                          percent, paranoid);
        builder_note(profile, "kernel-time-unplaced", samples, text,
                     "sysctl kernel.perf_event_paranoid=1");
    } else if (totals->counts_kernel && share > UNSAMPLED_SHARE &&
               missing > UNSAMPLED_PERIODS * period_ns) {
        bool one_task = profile->meta.threads <= 1 && profile->meta.processes <= 1;
        text = mem_printf("%s %% of the CPU time was not sampled: %s", percent,
                          one_task ? "the clock came late, as it may on a busy or virtual machine"
                                   : "threads or processes that run for less than a sampling "
                                     "period are under-counted");
        builder_note(profile, one_task ? "late-clock" : "short-tasks", samples, text,
                     one_task ? NULL : "lprof -F 4000");
    }
    cleanup_free(&text);
}

static void note_kernel_memory(struct profile *profile, int paranoid)
{
    CLEANUP(cleanup_free)
    char *text =
        mem_printf("memory that the kernel touched first on behalf of the program, as read() "
                   "into a new buffer does, is missing (kernel.perf_event_paranoid is %d)",
                   paranoid);

    builder_note(profile, "kernel-memory-unseen", 1, text, "sysctl kernel.perf_event_paranoid=1");
}

void record_notes_add(struct profile *profile, const struct collector_totals *totals,
                      const struct collector_options *asked, int paranoid)
{
    if (asked->rate_hz && !profile_total(profile, PROFILE_SAMPLES))
        note_too_short(profile, totals->counted_ns);
    else if (asked->rate_hz && totals->counted_ns)
        note_missing(profile, totals, 1e9 / asked->rate_hz, paranoid);
    if (asked->memory && !totals->counts_kernel)
        note_kernel_memory(profile, paranoid);
}

void record_notes_counts(struct profile *profile, const struct collector_totals *totals)
{
    if (totals->counts_lost)
        builder_note(profile, "counts-lost", 1, "the process that counted ended before its time",
                     NULL);
}

void record_notes_delay(struct profile *profile, int64_t delay_ns)
{
    char time[UNITS_TEXT];

    if (!delay_ns)
        return;
    units_format_time(delay_ns, time);
    CLEANUP(cleanup_free)
    char *text = mem_printf("what the program did in its first %s is not in this profile", time);
    builder_note(profile, "after-delay", 1, text, NULL);
}
