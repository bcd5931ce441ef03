// The collector against the kernel's account: `live_collect WORK`, WORK being the program of
// work.c.
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "capture.h"
#include "support/tally.h"

static struct tally tally;
static char *work;
static struct collector_totals totals; // Of the first run: what this machine allows.
static const struct collector_options defaults = {.rate_hz = 1000, .children = true};

static struct capture run_with(const struct collector_options *options, char *what, char *ms,
                               char *n)
{
    struct capture capture = capture_run(options, 0, (char *[]){work, what, ms, n, NULL});

    printf("%s %s %s at %u Hz: counted %.2f ms, sampled %.2f, used %.2f, wall %.2f; %lu samples "
           "(%lu fast), lost %lu, throttled %lu, kernel %.2f ms\n",
           what, ms, n ? n : "", options->rate_hz, (double)capture.totals.counted_ns * 1e-6,
           (double)capture.sampled_ns * 1e-6, capture.rusage_ns * 1e-6, capture.wall_ns * 1e-6,
           capture.events[EVENT_SAMPLE], capture.fast, capture.totals.lost,
           capture.totals.throttled, (double)capture.kernel_ns * 1e-6);
    return capture;
}

static bool within(double value, double expected, double share, double slack_ns)
{
    return fabs(value - expected) <= share * expected + slack_ns;
}

// What holds for every run.
static void check_sound(const struct capture *capture, const char *what)
{
    TALLY(&tally, capture->exit_status == 0, "%s: exit status %d", what, capture->exit_status);
    TALLY(&tally, capture->totals.lost == 0, "%s: %lu lost", what, capture->totals.lost);
    TALLY(&tally, capture->totals.throttled == 0, "%s: throttled", what);
    TALLY(&tally, capture->disordered == 0, "%s: %lu events out of order", what,
          capture->disordered);
    TALLY(&tally, capture->with_stack >= capture->events[EVENT_SAMPLE] * 9 / 10,
          "%s: %lu of %lu samples with a stack", what, capture->with_stack,
          capture->events[EVENT_SAMPLE]);
    TALLY(&tally, within((double)capture->totals.counted_ns, capture->rusage_ns, 0.05, 4e6),
          "%s: counted %.3f ms, used %.3f", what, (double)capture->totals.counted_ns * 1e-6,
          capture->rusage_ns * 1e-6);
}

// Two clocks each lose at most the period they are in, at the hand-over and at the end. Where the
// kernel may not be sampled, the share of interrupts is missing, too.
static bool sampled_as_counted(const struct capture *capture)
{
    return within((double)capture->sampled_ns, (double)capture->totals.counted_ns,
                  capture->totals.counts_kernel ? 0.02 : 0.04, 2.5e6);
}

// ---- a machine that does other things, too

// CPU time used by all [ns].
static double busy_ns(void)
{
    unsigned long long user = 0;
    unsigned long long nice = 0;
    unsigned long long system = 0;
    unsigned long long late[3] = {0}; // Interrupts of two kinds, and other virtual machines.
    FILE *in = fopen("/proc/stat", "re");

    if (!in || fscanf(in, "cpu %llu %llu %llu %*u %*u %llu %llu %llu", &user, &nice, &system,
                      &late[0], &late[1], &late[2]) != 6)
        printf("/proc/stat does not tell\n");
    if (in)
        fclose(in);
    return (double)(user + nice + system + late[0] + late[1] + late[2]) * 1e9 /
           (double)sysconf(_SC_CLK_TCK);
}

// CPU time used by this process and its children [ns].
static double own_ns(void)
{
    double sum = 0;

    for (int who = RUSAGE_CHILDREN; who <= RUSAGE_SELF; who++) {
        struct rusage usage;
        getrusage(who, &usage);
        sum += (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9 +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3;
    }
    return sum;
}

static double wall_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

// Where others use the CPU the clock comes late now and then, which costs samples. Then, and only then, a check
// that failed is made again: what is wrong with the collector is wrong each time.
static void check_often(void (*check)(void))
{
    enum { TRIES = 5 };
    const struct tally before = tally;
    bool again = true;

    for (int i = 0; i < TRIES && again; i++) {
        double others = own_ns() - busy_ns();
        double wall = wall_ns();
        tally = before;
        check();
        others += busy_ns() - own_ns();
        wall = wall_ns() - wall;
        again = tally.failed > before.failed && others > 0.1 * wall;
        if (again)
            printf("try %d of %d: others used %.0f %% of a CPU meanwhile\n", i + 1, TRIES,
                   100 * others / wall);
    }
}

static void check_busy_for(char *ms)
{
    struct capture capture = run_with(&defaults, "busy", ms, NULL);

    check_sound(&capture, ms);
    TALLY(&tally, sampled_as_counted(&capture), "busy %s: sampled as counted", ms);
    TALLY(&tally, capture.events[EVENT_MAP] >= 3 && capture.events[EVENT_COMM] >= 1,
          "busy %s: maps and a name", ms);
    TALLY(&tally, capture.build_ids > 0, "busy %s: build ids come with the maps", ms);
}

static void check_busy(void)
{
    check_busy_for("10");
    check_busy_for("50");
    check_busy_for("150");
}

static void check_long(void)
{
    check_busy_for("2000");
}

static void check_beginning(void)
{
    struct capture capture = run_with(&defaults, "busy", "50", NULL);

    // The beginning is measured in wall-clock time, of which a loaded machine needs more.
    TALLY(&tally, capture.fast == capture.events[EVENT_SAMPLE] || capture.wall_ns > 95e6,
          "50 ms: %lu of %lu samples are fast", capture.fast, capture.events[EVENT_SAMPLE]);
    capture = run_with(&defaults, "busy", "1000", NULL);
    uint64_t slow = capture.events[EVENT_SAMPLE] - capture.fast;
    TALLY(&tally, capture.fast >= 40 && capture.fast <= 440, "1 s: %lu fast samples", capture.fast);
    TALLY(&tally, within((double)slow + (double)capture.fast / 4, 1000, 0.04, 0),
          "1 s: %lu slow samples, %lu fast", slow, capture.fast);
    struct collector_options fast = {.rate_hz = 4000, .children = true};
    capture = run_with(&fast, "busy", "300", NULL);
    TALLY(&tally, within((double)capture.events[EVENT_SAMPLE], 1200, 0.06, 0),
          "4 kHz for 0.3 s: %lu samples", capture.events[EVENT_SAMPLE]);
    struct collector_options slow_rate = {.rate_hz = 100, .children = true};
    capture = run_with(&slow_rate, "busy", "1000", NULL);
    TALLY(&tally, capture.events[EVENT_SAMPLE] >= 95 && capture.events[EVENT_SAMPLE] <= 140,
          "100 Hz for 1 s, 400 Hz at first: %lu samples", capture.events[EVENT_SAMPLE]);
}

static void check_threads(void)
{
    struct capture capture = run_with(&defaults, "threads", "300", "4");

    check_sound(&capture, "threads");
    TALLY(&tally, within((double)capture.sampled_ns, (double)capture.totals.counted_ns, 0.04, 0),
          "threads: sampled as counted");
    TALLY(&tally, capture.threads >= 4, "threads: %lu seen", capture.threads);
    TALLY(&tally, capture.events[EVENT_FORK] == 4, "threads: %lu began",
          capture.events[EVENT_FORK]);
}

static void check_children(void)
{
    struct capture capture = run_with(&defaults, "children", "100", "4");

    check_sound(&capture, "children");
    TALLY(&tally, within((double)capture.sampled_ns, (double)capture.totals.counted_ns, 0.05, 0),
          "children: sampled as counted");
    TALLY(&tally, capture.main_ns < capture.sampled_ns / 20, "children: the time is theirs");
    struct collector_options alone = {.rate_hz = 1000};
    capture = run_with(&alone, "children", "100", "4");
    TALLY(&tally, capture.totals.counted_ns < 30000000 && capture.sampled_ns < 30000000,
          "without children: only the parent counts");
    TALLY(&tally, capture.events[EVENT_FORK] == 0, "without children: none is reported");
    capture = run_with(&alone, "threads", "100", "2");
    TALLY(&tally, capture.threads >= 2 && capture.sampled_ns > 180000000,
          "without children: threads count");
}

static void check_exec(void)
{
    struct capture capture = run_with(&defaults, "exec", "60", NULL);

    check_sound(&capture, "exec");
    TALLY(&tally, sampled_as_counted(&capture), "exec: sampled as counted");
    TALLY(&tally, within((double)capture.totals.counted_ns, 120e6, 0.05, 4e6),
          "exec: counted once");
}

static void check_kernel(void)
{
    struct capture capture = run_with(&defaults, "kernel", "300", NULL);

    check_sound(&capture, "kernel");
    if (capture.totals.counts_kernel)
        TALLY(&tally, capture.kernel_ns > capture.sampled_ns / 2, "kernel: samples in the kernel");
    else
        TALLY(&tally, capture.sampled_ns < capture.totals.counted_ns / 2,
              "kernel: what is not sampled is counted");
}

// A reader that comes late: the rings hold what came meanwhile, even at the beginning's rate.
static void check_stalls(void)
{
    int full_ms = (int)(totals.ring_bytes / (4 * (totals.stack_bytes + 256)));
    struct capture capture =
        capture_run(&defaults, full_ms * 7 / 10, (char *[]){work, "threads", "600", "2", NULL});

    check_sound(&capture, "stalls");
}

static void check_load(void)
{
    char command[512];

    snprintf(command, sizeof command, "%s threads 1500 2 & %s threads 1500 2; wait", work, work);
    struct capture capture = capture_run(&defaults, 0, (char *[]){"sh", "-c", command, NULL});
    check_sound(&capture, "load");
    TALLY(&tally, within((double)capture.sampled_ns, (double)capture.totals.counted_ns, 0.04, 0),
          "load: sampled %.1f ms, counted %.1f", (double)capture.sampled_ns * 1e-6,
          (double)capture.totals.counted_ns * 1e-6);
}

static void check_totals(const struct capture *capture)
{
    printf("kernel %s, stack %u bytes, ring %zu bytes\n",
           capture->totals.counts_kernel ? "sampled" : "not sampled", capture->totals.stack_bytes,
           capture->totals.ring_bytes);
    TALLY(&tally, capture->totals.ring_bytes >= 64 * 4096, "ring size");
    TALLY(&tally,
          capture->totals.stack_bytes == (capture->totals.ring_bytes >= 256 * 4096 ? 16384 : 8192),
          "stack size");
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    work = argv[1];
    struct capture probe = run_with(&defaults, "busy", "10", NULL);
    if (probe.exit_status != 0) {
        printf("skipped: perf events do not work here\n");
        return 77;
    }
    check_totals(&probe);
    totals = probe.totals;
    check_often(check_busy);
    check_often(check_long);
    check_often(check_beginning);
    check_often(check_threads);
    check_often(check_children);
    check_often(check_exec);
    check_often(check_kernel);
    check_often(check_stalls);
    check_often(check_load);
    return tally_result(&tally);
}
