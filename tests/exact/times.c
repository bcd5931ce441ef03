// Functions that time their own calls. With an argument the calls are left in that way.
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef __clang__
#define APART __attribute__((noinline))
#else
#define APART __attribute__((noinline, noclone))
#endif

struct truth {
    long calls;
    long total_ns;
    long min_ns;
    long max_ns;
};

static volatile unsigned sink;
static jmp_buf escape;

static long now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

static void add(struct truth *truth, long start_ns)
{
    long ns = now_ns() - start_ns;

    truth->min_ns = !truth->calls || ns < truth->min_ns ? ns : truth->min_ns;
    truth->max_ns = ns > truth->max_ns ? ns : truth->max_ns;
    truth->calls++;
    truth->total_ns += ns;
}

static void print(const char *name, const struct truth *truth)
{
    printf("%s %ld %ld %ld %ld\n", name, truth->calls, truth->total_ns, truth->min_ns,
           truth->max_ns);
}

APART void spin(unsigned us)
{
    long end_ns = now_ns() + us * 1000L;

    while (now_ns() < end_ns)
        sink++;
}

// Room for a jump before the first call: what has none cannot be timed.
APART void work(unsigned us)
{
    sink += us;
    spin(us);
    sink++;
}

// Waiting is time, too.
APART void nap(unsigned us)
{
    const struct timespec pause = {.tv_nsec = us * 1000L};

    sink += us;
    nanosleep(&pause, NULL);
    sink++;
}

APART unsigned deep(unsigned n)
{
    sink += n;
    spin(100);
    unsigned below = n ? deep(n - 1) : 0;
    sink++;
    return below * 3 + 1;
}

APART void last(unsigned us)
{
    sink += us;
    spin(us);
    sink++;
}

APART void hand_over(unsigned us)
{
    sink += us;
    spin(us);
    sink++;
    last(us * 2);
}

APART void leap(unsigned us)
{
    sink += us;
    spin(us);
    longjmp(escape, 1);
}

APART void try_to_leap(unsigned us)
{
    sink += us;
    if (!setjmp(escape))
        leap(us);
    sink++;
}

APART unsigned tiny(unsigned n)
{
    return sink + n;
}

static void *run_thread(void *truth)
{
    for (int i = 0; i < 50; i++) {
        long start = now_ns();
        work(200);
        add(truth, start);
    }
    return NULL;
}

static void run_threads(struct truth truth[2])
{
    pthread_t threads[2];

    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, run_thread, &truth[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

static void run(struct truth *truth, void (*function)(unsigned), unsigned us, int calls)
{
    for (int i = 0; i < calls; i++) {
        long start = now_ns();
        function(us + (unsigned)i);
        add(truth, start);
    }
}

static void run_tiny(void)
{
    for (unsigned i = 0; i < 5000000; i++)
        sink += tiny(i);
}

static void run_deep(struct truth *truth)
{
    long start = now_ns();

    sink += deep(9);
    add(truth, start);
}

int main(int argc, char **argv)
{
    struct truth truth[7] = {0};

    if (argc > 1 && strcmp(argv[1], "tiny") == 0)
        run_tiny();
    run(&truth[0], work, 500, 100);
    run_threads(&truth[1]);
    run(&truth[3], nap, 2000, 20);
    run_deep(&truth[4]);
    run(&truth[5], try_to_leap, 300, 20);
    run(&truth[6], hand_over, 200, 20);
    truth[0].calls += truth[1].calls + truth[2].calls;
    truth[0].total_ns += truth[1].total_ns + truth[2].total_ns;
    for (int i = 1; i < 3; i++) {
        truth[0].min_ns = truth[i].min_ns < truth[0].min_ns ? truth[i].min_ns : truth[0].min_ns;
        truth[0].max_ns = truth[i].max_ns > truth[0].max_ns ? truth[i].max_ns : truth[0].max_ns;
    }
    print("work", &truth[0]);
    print("nap", &truth[3]);
    print("deep", &truth[4]);
    print("try_to_leap", &truth[5]);
    print("hand_over", &truth[6]);
    fflush(stdout);
    if (argc > 1 && strcmp(argv[1], "_exit") == 0)
        _Exit(0);
    return 0;
}
