#include "base/background.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"

struct background {
    int (*work)(void *context);
    void (*drop)(void *context);
    void *context;
    pthread_mutex_t lock; // Of what follows.
    pthread_cond_t returned;
    int result;
    bool has_returned;
    bool is_seen; // That it has.
    bool is_left; // Nobody waits any more: the thread frees it.
};

static void free_all(struct background *background)
{
    pthread_cond_destroy(&background->returned);
    pthread_mutex_destroy(&background->lock);
    free(background);
}

static void *run(void *argument)
{
    struct background *background = argument;
    int result = background->work(background->context);

    pthread_mutex_lock(&background->lock);
    background->result = result;
    background->has_returned = true;
    bool is_left = background->is_left;
    pthread_cond_signal(&background->returned);
    pthread_mutex_unlock(&background->lock);
    if (is_left) {
        background->drop(background->context);
        free_all(background);
    }
    return NULL;
}

static bool start_thread(struct background *background)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all;
    sigset_t before;

    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&thread, &attributes, run, background) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return started;
}

struct background *background_start(int (*work)(void *context), void (*drop)(void *context),
                                    void *context)
{
    struct background *background = mem_alloc(sizeof *background);
    pthread_condattr_t attributes;

    background->work = work;
    background->drop = drop;
    background->context = context;
    pthread_mutex_init(&background->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&background->returned, &attributes);
    pthread_condattr_destroy(&attributes);
    if (start_thread(background))
        return background;
    free_all(background);
    return NULL;
}

bool background_wait(struct background *background, int wait_ms, int *ret)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += wait_ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&background->lock);
    while (!background->has_returned &&
           pthread_cond_timedwait(&background->returned, &background->lock, &until) == 0)
        ;
    bool has_returned = background->has_returned;
    background->is_seen = has_returned;
    if (has_returned)
        *ret = background->result;
    pthread_mutex_unlock(&background->lock);
    return has_returned;
}

void background_destroy(struct background *background)
{
    if (!background)
        return;
    pthread_mutex_lock(&background->lock);
    background->is_left = true;
    bool has_returned = background->has_returned;
    pthread_mutex_unlock(&background->lock);
    if (!has_returned)
        return;
    if (!background->is_seen)
        background->drop(background->context);
    free_all(background);
}
