// record_program() from start to end: `live_record WORK`, WORK being the program of work.c.
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/record.h"
#include "support/tally.h"

static struct tally tally;
static char *work;

static struct record_options options_for(char *const argv[])
{
    return (struct record_options){
        .collector = {.rate_hz = 1000, .children = true}, .argv = argv, .mode_asked = "auto"};
}

static struct record_result record(const struct record_options *options)
{
    struct record_result result;
    struct lprof_error *err = record_program(options, &result);

    if (err)
        printf("%s (%s)\n", err->message, err->hint ? err->hint : "no hint");
    error_destroy(err);
    return result;
}

static const struct profile_note *find_note(const struct profile *profile, const char *code)
{
    for (size_t i = 0; i < profile->n_notes; i++) {
        if (strcmp(profile->notes[i].code, code) == 0)
            return &profile->notes[i];
    }
    return NULL;
}

static bool has_module(const struct profile *profile, const char *path)
{
    for (size_t i = 0; i < profile->n_mappings; i++) {
        if (strcmp(profile->mappings[i].path, path) == 0)
            return profile->mappings[i].build_id[0] != '\0';
    }
    return false;
}

static double mean_depth(const struct profile *profile)
{
    double depth = 0;

    for (size_t i = 0; i < profile->n_samples; i++)
        depth += (double)profile->stacks[profile->samples[i].stack - 1].n;
    return profile->n_samples ? depth / (double)profile->n_samples : 0;
}

static void check_meta(const struct profile_meta *meta)
{
    TALLY(&tally, meta->n_command == 3 && strcmp(meta->command[1], "busy") == 0, "command");
    TALLY(&tally, strlen(meta->date) == strlen("2024-01-31T23:59:59+00:00"), "date %s", meta->date);
    TALLY(&tally, meta->version && meta->host && meta->kernel && meta->folder, "machine");
    TALLY(&tally,
          strcmp(meta->mode, "sample") == 0 && strcmp(meta->mode_asked, "auto") == 0 &&
              strcmp(meta->clock, "cpu") == 0 && strcmp(meta->sampler, "perf") == 0,
          "mode, clock, sampler");
    TALLY(&tally, meta->rate_hz == 1000 && meta->runs == 1 && meta->exit_status == 0, "numbers");
    TALLY(&tally, fabs((double)meta->cpu_ns - 500e6) < 25e6, "CPU time %.3f ms",
          (double)meta->cpu_ns * 1e-6);
    TALLY(&tally, meta->wall_ns >= meta->cpu_ns, "wall time %.3f ms", (double)meta->wall_ns * 1e-6);
    TALLY(&tally, meta->threads == 1 && meta->processes == 1, "%d threads, %d processes",
          (int)meta->threads, (int)meta->processes);
}

static void check_busy(void)
{
    struct record_options options = options_for((char *[]){work, "busy", "500", NULL});
    struct record_result result = record(&options);

    if (!result.profile) {
        printf("skipped: perf events do not work here\n");
        exit(77);
    }
    const char *fault = profile_check(result.profile);
    double sampled = (double)profile_total(result.profile, PROFILE_CPU);
    TALLY(&tally, !fault, "%s", fault);
    check_meta(&result.profile->meta);
    TALLY(&tally, fabs(sampled - (double)result.profile->meta.cpu_ns) < 25e6, "sampled %.3f ms",
          sampled * 1e-6);
    TALLY(&tally, has_module(result.profile, work), "the program is a module with a build id");
    TALLY(&tally, mean_depth(result.profile) >= 3, "stacks are %.1f deep",
          mean_depth(result.profile));
    TALLY(&tally, result.pid > 0 && result.exit_status == 0, "pid and status");
    // Where the kernel may not be sampled, the share of interrupts is missing and may be noted.
    for (size_t i = 0; i < result.profile->n_notes; i++)
        TALLY(&tally,
              !result.totals.counts_kernel &&
                  strcmp(result.profile->notes[i].code, "kernel-time-unplaced") == 0,
              "note: %s", result.profile->notes[i].text);
    profile_destroy(result.profile);
    kept_deinit(&result.kept);
}

static void check_kernel(void)
{
    struct record_options options = options_for((char *[]){work, "kernel", "400", NULL});
    struct record_result result = record(&options);
    const struct profile_note *note = find_note(result.profile, "kernel-time-unplaced");

    TALLY(&tally, (note != NULL) == !result.totals.counts_kernel, "kernel time is %splaced",
          result.totals.counts_kernel ? "" : "not ");
    if (note)
        printf("%s: %s\n", note->text, note->hint);
    profile_destroy(result.profile);
    kept_deinit(&result.kept);
}

static void check_short(void)
{
    struct record_options options = options_for((char *[]){"true", NULL});
    struct record_result result = record(&options);

    // A process as short as this may still meet a tick.
    TALLY(&tally,
          (result.profile->n_samples == 0) == (find_note(result.profile, "too-short") != NULL),
          "too-short");
    TALLY(&tally, !profile_check(result.profile), "an empty profile is sound");
    profile_destroy(result.profile);
    kept_deinit(&result.kept);

    options = options_for((char *[]){work, "children", "0.2", "600", NULL});
    result = record(&options);
    const struct profile_note *note = find_note(
        result.profile, result.totals.counts_kernel ? "short-tasks" : "kernel-time-unplaced");
    TALLY(&tally, note != NULL, "600 processes of 0.2 ms: counted %.1f ms, sampled %.1f",
          (double)result.totals.counted_ns * 1e-6,
          (double)profile_total(result.profile, PROFILE_CPU) * 1e-6);
    if (note)
        printf("%s: %s\n", note->text, note->hint);
    profile_destroy(result.profile);
    kept_deinit(&result.kept);
}

static void check_statuses(void)
{
    struct record_options options = options_for((char *[]){"sh", "-c", "exit 7", NULL});
    struct record_result result = record(&options);

    TALLY(&tally, result.exit_status == 7 && result.profile->meta.exit_status == 7, "exit 7");
    profile_destroy(result.profile);
    kept_deinit(&result.kept);
    options = options_for((char *[]){"sh", "-c", "kill -INT $$", NULL});
    result = record(&options);
    TALLY(&tally, result.exit_status == 128 + SIGINT, "killed by INT");
    profile_destroy(result.profile);
    kept_deinit(&result.kept);
    options = options_for((char *[]){"/no/such/program", NULL});
    result = record(&options);
    TALLY(&tally, result.exit_status == 127 && !result.profile, "not found");
    options = options_for((char *[]){"/etc/passwd", NULL});
    result = record(&options);
    TALLY(&tally, result.exit_status == 126 && !result.profile, "not to be run");
}

static void nothing(int signo)
{
    (void)signo;
}

// The program ends by a signal that lprof gets, and lprof lives on.
static void check_forwarding(void)
{
    struct record_options options = options_for((char *[]){work, "sleep", "10000", NULL});
    sigset_t forward;
    char command[64];

    sigemptyset(&forward);
    sigaddset(&forward, SIGTERM);
    sigaddset(&forward, SIGHUP);
    sigprocmask(SIG_BLOCK, &forward, NULL);
    signal(SIGINT, nothing);
    options.forward = &forward;
    snprintf(command, sizeof command, "(sleep 0.3; kill -INT %d; kill -TERM %d) &", getpid(),
             getpid());
    TALLY(&tally, system(command) == 0, "a signal is on its way");
    struct record_result result = record(&options);
    TALLY(&tally, result.exit_status == 128 + SIGTERM, "TERM is handed on: %d", result.exit_status);
    profile_destroy(result.profile);
    kept_deinit(&result.kept);

    options.argv = (char *[]){"sh", "-c", "kill -INT $$; exit 1", NULL};
    result = record(&options);
    TALLY(&tally, result.exit_status == 128 + SIGINT, "INT has its default action: %d",
          result.exit_status);
    profile_destroy(result.profile);
    kept_deinit(&result.kept);
    options.argv = (char *[]){"sh", "-c", "kill -TERM $$; exit 1", NULL};
    result = record(&options);
    TALLY(&tally, result.exit_status == 128 + SIGTERM, "TERM is not blocked: %d",
          result.exit_status);
    profile_destroy(result.profile);
    kept_deinit(&result.kept);
    sigprocmask(SIG_UNBLOCK, &forward, NULL);
}

// The recording ends with the program, whatever it leaves running.
static void check_orphans(void)
{
    struct record_options options =
        options_for((char *[]){"sh", "-c", "sleep 5 >/dev/null & exit 3", NULL});
    struct record_result result = record(&options);

    TALLY(&tally, result.exit_status == 3, "status of the program: %d", result.exit_status);
    TALLY(&tally, result.profile->meta.wall_ns < INT64_C(2000000000),
          "it does not wait for orphans");
    profile_destroy(result.profile);
    kept_deinit(&result.kept);
}

// Four busy threads in two processes: everything is read and unwound in time.
static void check_load(void)
{
    char command[512];

    snprintf(command, sizeof command, "%s threads 800 2 & %s threads 800 2; wait", work, work);
    struct record_options options = options_for((char *[]){"sh", "-c", command, NULL});
    struct record_result result = record(&options);
    TALLY(&tally, result.totals.lost == 0 && result.profile->meta.lost_samples == 0, "%d lost",
          (int)result.profile->meta.lost_samples);
    TALLY(&tally, result.profile->meta.processes == 3 && result.profile->meta.threads == 7,
          "%d processes, %d threads", (int)result.profile->meta.processes,
          (int)result.profile->meta.threads);
    profile_destroy(result.profile);
    kept_deinit(&result.kept);
}

static void count_tick(void *context, const struct profile *so_far, double elapsed_s)
{
    int *ticks = context;

    *ticks += elapsed_s > 0 && so_far->n_samples > 0;
}

static void check_ticks(void)
{
    struct record_options options = options_for((char *[]){work, "busy", "1000", NULL});
    int ticks = 0;

    options.watch = (struct record_watch){.tick = count_tick, .context = &ticks};
    struct record_result result = record(&options);
    double rate = ticks / ((double)result.profile->meta.wall_ns * 1e-9);
    TALLY(&tally, rate > 5 && rate < 11, "%.1f ticks a second", rate);
    profile_destroy(result.profile);
    kept_deinit(&result.kept);
}

static void check_no_sampling(void)
{
    struct record_options options = options_for((char *[]){work, "busy", "100", NULL});

    options.collector.rate_hz = 0;
    struct record_result result = record(&options);
    TALLY(&tally, strcmp(result.profile->meta.sampler, "none") == 0, "sampler none");
    TALLY(&tally, fabs((double)result.profile->meta.cpu_ns - 101e6) < 8e6, "CPU time %.3f ms",
          (double)result.profile->meta.cpu_ns * 1e-6);
    TALLY(&tally, result.profile->n_samples == 0 && result.profile->n_notes == 0, "nothing else");
    profile_destroy(result.profile);
    kept_deinit(&result.kept);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    work = argv[1];
    check_busy();
    check_kernel();
    check_short();
    check_statuses();
    check_forwarding();
    check_orphans();
    check_load();
    check_ticks();
    check_no_sampling();
    return tally_result(&tally);
}
