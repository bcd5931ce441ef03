// The agent is a library of its own, of which this part runs anywhere.
#include "agent/call_times.c" // NOLINT

#include "support/test.h"

enum { TIMERS = 3 };

struct thread {
    struct agent_times times;
    struct agent_timer timers[TIMERS];
};

static struct thread thread;

static void start(void)
{
    thread = (struct thread){0};
}

LP_TEST(call_times, a_call_takes_from_its_start_to_its_end)
{
    start();
    call_times_enter(&thread.times, 1, 1000, 50);
    call_times_enter(&thread.times, 2, 900, 60);
    call_times_leave(&thread.times, 2, 900, 65);
    call_times_enter(&thread.times, 2, 900, 70);
    call_times_leave(&thread.times, 2, 900, 90);
    call_times_leave(&thread.times, 1, 1000, 100);
    cr_expect_eq(thread.timers[1].calls, 1);
    cr_expect_eq(thread.timers[1].total, 50);
    cr_expect_eq(thread.timers[2].calls, 2);
    cr_expect_eq(thread.timers[2].primitive, 2);
    cr_expect_eq(thread.timers[2].total, 25);
    cr_expect_eq(thread.timers[2].least, 5);
    cr_expect_eq(thread.timers[2].most, 20);
    cr_expect_eq(thread.times.depth, 0);
}

LP_TEST(call_times, of_a_recursion_the_outermost_call_counts)
{
    start();
    call_times_enter(&thread.times, 1, 1000, 0);
    call_times_enter(&thread.times, 1, 900, 10);
    call_times_enter(&thread.times, 1, 800, 20);
    call_times_leave(&thread.times, 1, 800, 30);
    call_times_leave(&thread.times, 1, 900, 40);
    call_times_leave(&thread.times, 1, 1000, 50);
    cr_expect_eq(thread.timers[1].calls, 3);
    cr_expect_eq(thread.timers[1].primitive, 1);
    cr_expect_eq(thread.timers[1].total, 50);
    cr_expect_eq(thread.timers[1].least, 10);
    cr_expect_eq(thread.timers[1].most, 50);
}

LP_TEST(call_times, what_an_exception_passes_by_ends_when_that_shows)
{
    start();
    call_times_enter(&thread.times, 1, 1000, 0);
    call_times_enter(&thread.times, 2, 900, 10);
    call_times_leave(&thread.times, 1, 1000, 40);
    cr_expect_eq(thread.timers[2].total, 30);
    cr_expect_eq(thread.timers[1].total, 40);
    call_times_enter(&thread.times, 2, 900, 100);
    call_times_enter(&thread.times, 1, 950, 130);
    cr_expect_eq(thread.timers[2].total, 60, "another call above it");
    cr_expect_eq(thread.times.depth, 1);
    cr_expect_eq(thread.timers[1].missed + thread.timers[2].missed, 0);
}

LP_TEST(call_times, a_jump_in_place_of_a_return_ends_a_call)
{
    start();
    call_times_enter(&thread.times, 1, 1000, 0);
    call_times_enter(&thread.times, 2, 1000, 10); // nobody told that 1 is left
    call_times_leave(&thread.times, 2, 1000, 30);
    cr_expect_eq(thread.timers[1].total, 10);
    cr_expect_eq(thread.timers[2].total, 20);
}

LP_TEST(call_times, an_end_without_a_start_is_missed)
{
    start();
    call_times_leave(&thread.times, 1, 1000, 10);
    cr_expect_eq(thread.timers[1].missed, 1);
    call_times_enter(&thread.times, 1, 900, 10);
    call_times_leave(&thread.times, 2, 900, 20);
    cr_expect_eq(thread.timers[2].missed, 1);
    cr_expect_eq(thread.times.depth, 1);
}

LP_TEST(call_times, calls_deeper_than_the_stack_are_missed)
{
    start();
    for (uint64_t i = 0; i < AGENT_FRAMES + 10; i++)
        call_times_enter(&thread.times, 1, 1000000 - i * 16, i);
    for (uint64_t i = AGENT_FRAMES + 10; i-- > 0;)
        call_times_leave(&thread.times, 1, 1000000 - i * 16, 100000 - i);
    cr_expect_eq(thread.timers[1].calls, AGENT_FRAMES + 10);
    cr_expect_eq(thread.timers[1].total, 100000);
    cr_expect_eq(thread.timers[1].ended, AGENT_FRAMES);
    cr_expect_geq(thread.timers[1].missed, 10);
    cr_expect_eq(thread.times.depth, 0);
}

LP_TEST(call_times, calls_that_come_too_fast_are_not_timed)
{
    start();
    thread.times.ticks_least = 10;
    for (uint64_t i = 0; i <= 2 * WINDOW; i++) {
        call_times_enter(&thread.times, 1, 1000, 1 + i * 9);
        call_times_leave(&thread.times, 1, 1000, 5 + i * 9);
        call_times_enter(&thread.times, 2, 1000, 5 + i * 11);
        call_times_leave(&thread.times, 2, 1000, 7 + i * 11);
    }
    cr_expect(thread.timers[1].off);
    cr_expect_leq(thread.timers[1].calls, WINDOW + 1);
    cr_expect(!thread.timers[2].off);
    cr_expect_eq(thread.timers[2].calls, 2 * WINDOW + 1);
    cr_expect_eq(thread.timers[1].missed, 0);
    cr_expect_eq(thread.times.depth, 0);
}

LP_TEST(call_times, a_signal_in_between_is_left_out)
{
    start();
    thread.times.busy = 1;
    call_times_enter(&thread.times, 1, 1000, 10);
    call_times_leave(&thread.times, 1, 1000, 20);
    cr_expect_eq(thread.times.depth, 0);
    cr_expect_eq(thread.timers[1].calls, 0);
}

LP_TEST(call_times, what_is_forgotten_has_no_time)
{
    start();
    call_times_enter(&thread.times, 1, 1000, 10);
    call_times_enter(&thread.times, 1, 900, 20);
    call_times_forget(&thread.times);
    call_times_enter(&thread.times, 1, 1000, 100);
    call_times_leave(&thread.times, 1, 1000, 103);
    cr_expect_eq(thread.timers[1].primitive, 2);
    cr_expect_eq(thread.timers[1].total, 3);
}
