#include "recording.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/chosen.h"
#include "api/record.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/units.h"
#include "live.h"
#include "message.h"
#include "output_name.h"
#include "profile/pprof.h"
#include "progress.h"
#include "report_print.h"
#include "run_signals.h"

enum { STATUS_NOT_CAPTURED = 125 };

static char *profile_name(const struct recording *recording, pid_t pid)
{
    if (recording->capture->output)
        return output_name_expand(recording->capture->output, pid);
    return output_name_default(recording->program[0]);
}

// What cannot be written is better told before the program has run for an hour. The name is tried
// with lprof's own process id, for the program has none yet.
static struct lprof_error *check_profile(const struct recording *recording)
{
    CLEANUP(cleanup_free) char *path = profile_name(recording, getpid());

    return error_wrap(file_check_writable(path), "the profile cannot be saved");
}

static struct lprof_error *check_report(const struct recording *recording)
{
    if (!recording->report_file)
        return NULL;
    CLEANUP(cleanup_free) char *path = output_name_expand(recording->report_file, getpid());
    return error_wrap(file_check_writable(path), "the report cannot be written");
}

static bool has_mode(const struct recording *recording, const char *mode)
{
    return strcmp(recording->capture->mode, mode) == 0;
}

// Exact mode counts everything where nothing is marked or chosen; by itself lprof counts only what is, and
// only when it measures the whole run.
static bool counts_exactly(const struct recording *recording, struct choice_options *counted)
{
    const struct capture_options *capture = recording->capture;
    const char *program = recording->program[0];

    *counted = *recording->choice;
    if (has_mode(recording, "exact")) {
        counted->all = counted->all || !chosen_any(program, recording->choice);
        return true;
    }
    return has_mode(recording, "auto") && !capture->delay_ns && !capture->inside.n &&
           chosen_some(program, recording->choice);
}

static struct lprof_error *run(const struct recording *recording, struct record_result *ret)
{
    const struct capture_options *capture = recording->capture;
    struct choice_options counted;
    bool exact = counts_exactly(recording, &counted);
    bool step = has_mode(recording, "step");
    struct live *live = capture->level == MESSAGE_QUIET ? NULL : live_create(capture->live, step);
    sigset_t forward;
    struct record_options options = {
        .collector = {.rate_hz = capture->rate_hz,
                      .children = capture->children,
                      .delay_ns = capture->delay_ns,
                      .memory = capture->memory,
                      .alloc = capture->alloc,
                      .step = step,
                      .exact = exact,
                      .time_calls = capture->time_calls,
                      .choice = &counted},
        .argv = recording->program,
        .mode_asked = capture->mode,
        .watch = live_watch(live),
        .forward = &forward,
    };

    run_signals_protect(&forward);
    struct lprof_error *err = record_program(&options, ret);
    live_destroy(live);
    return err;
}

// The highest resident size of this process so far [bytes]; 0 when the kernel does not tell.
static uint64_t peak_memory(void)
{
    CLEANUP(cleanup_fclose) FILE *status = fopen("/proc/self/status", "re");
    char line[256];
    uint64_t kib;

    while (status && fgets(line, sizeof line, status)) {
        if (sscanf(line, "VmHWM: %" SCNu64, &kib) == 1)
            return kib * 1024;
    }
    return 0;
}

static void say_how(const struct record_result *result)
{
    const struct profile_meta *meta = &result->profile->meta;
    char ring[UNITS_TEXT];
    char stack[UNITS_TEXT];
    char memory[UNITS_TEXT];
    char cpu[UNITS_TEXT];
    struct timespec used = {0};

    units_format_bytes(result->totals.ring_bytes, ring);
    units_format_bytes(result->totals.stack_bytes, stack);
    units_format_bytes(peak_memory(), memory);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    units_format_time((int64_t)used.tv_sec * 1000000000 + used.tv_nsec, cpu);
    message_say("sampler %s, %" PRId64
                " Hz, buffer of %s for each CPU, %s of stack with each sample",
                meta->sampler ? meta->sampler : "none", meta->rate_hz, ring, stack);
    message_say("lprof itself used %s of CPU time and %s of memory at most", cpu, memory);
}

// Save the profile; `*ret` is its name, or NULL when it was not saved.
static struct lprof_error *save(const struct recording *recording,
                                const struct record_result *result, char **ret)
{
    CLEANUP(cleanup_free) char *path = profile_name(recording, result->pid);
    struct lprof_error *err = pprof_save(result->profile, path);

    if (!err)
        *ret = take_ptr(&path);
    return error_wrap(err, "the profile cannot be saved");
}

// "1 234 samples", "17 hits in 2 functions", or both. Free it.
static char *describe(const struct profile *profile)
{
    size_t functions = profile_counted_functions(profile);
    bool stepped = profile->meta.mode && strcmp(profile->meta.mode, "step") == 0;
    char samples[UNITS_TEXT];
    char hits[UNITS_TEXT];

    units_format_count(profile_total(profile, PROFILE_SAMPLES), samples);
    units_format_count(profile_total(profile, PROFILE_HITS), hits);
    if (!functions && !stepped)
        return mem_printf("%s samples", samples);
    return mem_printf("%s%s%s hits in %zu function%s", stepped ? "" : samples,
                      stepped ? "" : " samples, ", hits, functions, functions == 1 ? "" : "s");
}

static void say_saved(const struct recording *recording, const struct profile *profile,
                      const char *saved_as, const char *report_file)
{
    if (recording->capture->level == MESSAGE_QUIET)
        return;
    CLEANUP(cleanup_free) char *what = describe(profile);
    if (report_file && saved_as)
        message_say("saved %s, report in %s", saved_as, report_file);
    else if (report_file)
        message_say("report in %s", report_file);
    else if (!recording->print && saved_as)
        message_say("saved %s: %s; to see it: lprof report %s", saved_as, what, saved_as);
}

static bool program_has_lines(const struct profile *profile)
{
    for (size_t i = 0; i < profile->n_mappings; i++) {
        const struct profile_mapping *mapping = &profile->mappings[i];
        if (profile_is_program(profile, mapping) && mapping->debug_info && *mapping->debug_info)
            return true;
    }
    return false;
}

// Not to those who asked for samples alone. Free it.
static char *how_to_count(const struct recording *recording, const struct profile *profile)
{
    bool is_open = recording->print && !recording->report_file &&
                   recording->capture->level != MESSAGE_QUIET &&
                   strcmp(recording->capture->mode, "sample") != 0;

    if (!is_open || strcmp(profile->meta.mode, "sample") != 0 || !program_has_lines(profile))
        return NULL;
    return mem_printf("lprof: to count hits: lprof -x %s", recording->program[0]);
}

static void print_report(const struct recording *recording, const struct record_result *result,
                         const char *saved_as)
{
    CLEANUP(cleanup_free) char *file = NULL;
    CLEANUP(cleanup_free) char *closing = how_to_count(recording, result->profile);
    struct lprof_error *err = NULL;

    if (recording->report_file)
        file = output_name_expand(recording->report_file, result->pid);
    if (recording->print)
        err = chosen_keep_regions(result->profile,
                                  (const char *const *)recording->print->regions.items,
                                  recording->print->regions.n);
    if (recording->print && !err) {
        struct report_place place = {.fd = STDERR_FILENO,
                                     .name = "standard error",
                                     .file = file,
                                     .closing = closing,
                                     .saved_as = saved_as,
                                     .quiet = recording->capture->level == MESSAGE_QUIET};
        err = report_print(result->profile, recording->print, &place);
    }
    if (!err)
        say_saved(recording, result->profile, saved_as, file);
    message_error(error_wrap(err, "the report cannot be written"));
}

// Everything behind the program's end. lprof's exit status.
static int finish(const struct recording *recording, const struct record_result *result,
                  bool saving)
{
    CLEANUP(cleanup_free) char *saved_as = NULL;
    struct lprof_error *err = NULL;

    const struct choice_options inside = capture_options_inside(recording->capture);

    progress_symbolize(result->profile, &result->kept, recording->capture->level == MESSAGE_QUIET);
    chosen_keep_inside(result->profile, &inside);
    chosen_mark(result->profile, recording->choice);
    chosen_note(result->profile, recording->choice);
    if (saving)
        err = save(recording, result, &saved_as);
    run_signals_release();
    bool lost = err && !recording->print;
    message_error(err);
    print_report(recording, result, saved_as);
    if (recording->capture->level == MESSAGE_VERBOSE)
        say_how(result);
    return lost ? STATUS_NOT_CAPTURED : result->exit_status;
}

// Every function of a program would take days, and a stepped program tells of no page faults.
static void check_step(const struct recording *recording)
{
    const struct capture_options *capture = recording->capture;

    if (strcmp(capture->mode, "step") == 0 && capture->memory)
        usage_fail(capture->usage, "--memory does not go with --mode step");
    if (strcmp(capture->mode, "step") == 0 && !chosen_any(recording->program[0], recording->choice))
        usage_fail(capture->usage,
                   "--mode step counts chosen functions, and none is chosen or marked: choose some "
                   "with -f NAME or --source FILE, or all with --all");
}

static void check_times(const struct recording *recording)
{
    const struct capture_options *capture = recording->capture;
    struct choice_options counted;

    if (capture->time_calls && !counts_exactly(recording, &counted))
        usage_fail(capture->usage,
                   "--time calls is for functions that are counted: choose some with -f NAME or "
                   "--source FILE, or count all with -x");
}

static struct lprof_error *check_choice(const struct recording *recording,
                                        const struct choice_options *choice)
{
    struct lprof_error *later;
    struct lprof_error *err = chosen_check(recording->program[0], choice, &later);

    if (later && recording->capture->level != MESSAGE_QUIET)
        message_error(error_wrap(later, "note"));
    else
        error_destroy(later);
    return err;
}

// Whether all that is named is there.
static struct lprof_error *check_names(const struct recording *recording)
{
    const struct choice_options inside = capture_options_inside(recording->capture);
    const struct choice_options exclude = capture_options_exclude(recording->capture);
    struct lprof_error *err = check_choice(recording, recording->choice);

    if (!err)
        err = check_choice(recording, &inside);
    return err ? err : check_choice(recording, &exclude);
}

int recording_run(const struct recording *recording)
{
    check_step(recording);
    check_times(recording);
    struct lprof_error *unsaved = check_profile(recording);
    struct lprof_error *unwritten = check_report(recording);
    struct lprof_error *unmatched = check_names(recording);
    struct record_result result = {0};
    bool saving = !unsaved;
    bool hopeless = unwritten || unmatched || (unsaved && !recording->print);

    message_error(unsaved);
    message_error(unwritten);
    message_error(unmatched);
    if (hopeless)
        return STATUS_NOT_CAPTURED;
    struct lprof_error *err = run(recording, &result);
    bool failed = err != NULL;
    message_error(err);
    if (!result.profile)
        return failed && result.exit_status == 0 ? STATUS_NOT_CAPTURED : result.exit_status;
    int status = finish(recording, &result, saving);
    kept_deinit(&result.kept);
    profile_destroy(result.profile);
    return status;
}
