#include "agent/call_times.h"

#include <stddef.h>

// So many calls of a function between two looks at how fast they come.
enum { WINDOW = 65536 };

static struct agent_timer *timer_at(struct agent_times *times, uint64_t number)
{
    return (struct agent_timer *)(times + 1) + number;
}

static void end(struct agent_times *times, uint64_t now)
{
    const struct agent_frame *frame = &times->frames[--times->depth];
    struct agent_timer *timer = timer_at(times, frame->timer);
    uint64_t ticks = now - frame->start;

    timer->ended++;
    timer->least = timer->ended == 1 || ticks < timer->least ? ticks : timer->least;
    timer->most = ticks > timer->most ? ticks : timer->most;
    if (--timer->underway == 0)
        timer->total += ticks;
}

// Whether calls come too fast to be timed: a call takes no longer then than its measuring.
static int is_too_fast(const struct agent_times *times, struct agent_timer *timer, uint64_t now)
{
    if (timer->calls % WINDOW)
        return 0;
    uint64_t ticks = now - timer->window;
    int fast = timer->window && ticks < WINDOW * times->ticks_least;
    timer->window = now;
    return fast;
}

// A signal that comes meanwhile finds `busy` set, and is not timed.
void call_times_enter(struct agent_times *times, uint32_t number, uint64_t sp, uint64_t now)
{
    struct agent_timer *timer = timer_at(times, number);

    if (timer->off || times->busy)
        return;
    times->busy = 1;
    times->now = now;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    while (times->depth && times->frames[times->depth - 1].sp <= sp)
        end(times, now);
    timer->off = (uint64_t)is_too_fast(times, timer, now);
    timer->calls++;
    timer->primitive += timer->underway == 0;
    if (times->depth < AGENT_FRAMES) {
        times->frames[times->depth++] = (struct agent_frame){sp, now, number};
        timer->underway++;
    } else {
        timer->missed++;
    }
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    times->busy = 0;
}

void call_times_leave(struct agent_times *times, uint32_t number, uint64_t sp, uint64_t now)
{
    if (times->busy)
        return;
    times->busy = 1;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    while (times->depth && times->frames[times->depth - 1].sp < sp)
        end(times, now);
    const struct agent_frame *top = times->depth ? &times->frames[times->depth - 1] : NULL;
    if (top && top->sp == sp && top->timer == number)
        end(times, now);
    else
        timer_at(times, number)->missed += !timer_at(times, number)->off && !times->paused;
    times->now = now;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    times->busy = 0;
}

void call_times_forget(struct agent_times *times)
{
    while (times->depth)
        timer_at(times, times->frames[--times->depth].timer)->underway--;
    times->busy = 0;
}

void call_times_reset(struct agent_times *times, uint64_t size)
{
    uint64_t count = (size - sizeof *times) / sizeof(struct agent_timer);

    for (uint64_t i = 0; i < count; i++) {
        struct agent_timer *timer = timer_at(times, i);
        if (timer->calls)
            *timer = (struct agent_timer){.underway = timer->underway, .off = timer->off};
    }
}
