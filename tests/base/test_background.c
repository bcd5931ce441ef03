#include "base/background.h"

#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "support/test.h"

struct job {
    int ms;
    atomic_bool dropped;
    bool has_signals;
};

static void nap(int ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

    nanosleep(&time, NULL);
}

static int work(void *context)
{
    struct job *job = context;
    sigset_t blocked;

    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    job->has_signals = !sigismember(&blocked, SIGINT);
    nap(job->ms);
    return job->ms;
}

static void drop(void *context)
{
    struct job *job = context;

    atomic_store(&job->dropped, true);
}

LP_TEST(background, a_call_that_returns_is_told)
{
    struct job job = {.ms = 20};
    int result = -1;
    struct background *background = background_start(work, drop, &job);

    cr_assert(background != NULL);
    cr_expect(background_wait(background, 20000, &result) && result == 20, "it is %d", result);
    result = -1;
    cr_expect(background_wait(background, 0, &result) && result == 20, "it stays told");
    cr_expect(!job.has_signals, "signals are those of the caller");
    background_destroy(background);
    cr_expect(!atomic_load(&job.dropped));
    background_destroy(NULL);
}

LP_TEST(background, a_call_that_is_given_up_drops_its_context)
{
    static struct job job = {.ms = 300};
    int result = -1;
    struct background *background = background_start(work, drop, &job);

    cr_assert(background != NULL);
    cr_expect(!background_wait(background, 10, &result) && result == -1);
    background_destroy(background);
    cr_expect(!atomic_load(&job.dropped), "it still runs");
    for (int i = 0; i < 2000 && !atomic_load(&job.dropped); i++)
        nap(10);
    cr_expect(atomic_load(&job.dropped));
    nap(20); // What the thread has to free it frees behind that.
}
