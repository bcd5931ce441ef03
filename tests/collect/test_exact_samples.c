#include "collect/exact_samples.h"

#include <stdlib.h>
#include <string.h>

#include "support/test.h"

// A module at 0x10000 whose copies lie at 0x5000: 16 bytes for 0x100, 16 for 0x120 with 136 bytes pushed.
enum { BIAS = 0x10000, COPIES = 0x5000, PUSHED = 136, SP = 0x7000 };

static struct rewrite_place places[] = {{0, 0, 0x100}, {16, PUSHED, 0x120}};

struct seen {
    struct event event;
    uint64_t stack[64];
    size_t n;
};

static void receive(void *context, const struct event *event)
{
    struct seen *seen = context;

    seen->event = *event;
    seen->n++;
    if (event->kind == EVENT_SAMPLE && event->u.sample.stack)
        memcpy(seen->stack, event->u.sample.stack, event->u.sample.stack_size);
}

struct setting {
    struct exact_copies copies;
    struct seen seen;
    struct event_sink sink;
    struct exact_samples samples;
};

static void bring(struct setting *s, pid_t pid, uint64_t time_ns)
{
    struct exact_places brought = {.items = malloc(sizeof *brought.items), .count = 1};

    brought.items[0] = (struct exact_place){&s->copies, BIAS};
    exact_samples_add(&s->samples, pid, time_ns, &brought);
}

static void start(struct setting *s)
{
    *s = (struct setting){0};
    s->copies = (struct exact_copies){
        .addr = (uint64_t)COPIES - BIAS,
        .image = {.size = 32, .places = places, .place_count = 2},
    };
    s->sink = (struct event_sink){receive, &s->seen};
    s->samples = (struct exact_samples){.sink = &s->sink};
    bring(s, 1, 1000);
}

static struct event sample_at(pid_t pid, uint64_t ip, const uint64_t *stack, size_t words)
{
    struct event event = {.kind = EVENT_SAMPLE, .pid = pid, .tid = pid, .time_ns = 2000};

    event.u.sample.ip = ip;
    event.u.sample.has_registers = true;
    event.u.sample.registers[EVENT_REG_IP] = ip;
    event.u.sample.registers[EVENT_REG_SP] = SP;
    event.u.sample.stack = (const uint8_t *)stack;
    event.u.sample.stack_size = words * sizeof *stack;
    return event;
}

LP_TEST(exact_samples, an_address_of_a_copy_becomes_that_of_the_original)
{
    struct setting s;
    struct event event = sample_at(1, COPIES + 5, NULL, 0);

    start(&s);
    exact_samples_receive(&s.samples, &event);
    cr_expect_eq(s.seen.event.u.sample.ip, BIAS + 0x100);
    cr_expect_eq(s.seen.event.u.sample.registers[EVENT_REG_IP], BIAS + 0x100);
    cr_expect_eq(s.seen.event.u.sample.registers[EVENT_REG_SP], SP);
    exact_samples_deinit(&s.samples);
}

LP_TEST(exact_samples, other_addresses_stay)
{
    struct setting s;
    struct event event = sample_at(1, COPIES + 32, NULL, 0);

    start(&s);
    exact_samples_receive(&s.samples, &event);
    cr_expect_eq(s.seen.event.u.sample.ip, COPIES + 32);
    exact_samples_deinit(&s.samples);
}

LP_TEST(exact_samples, what_is_pushed_is_taken_off_the_stack)
{
    uint64_t stack[20];
    struct setting s;

    for (size_t i = 0; i < 20; i++)
        stack[i] = i;
    struct event event = sample_at(1, COPIES + 16, stack, 20);
    start(&s);
    exact_samples_receive(&s.samples, &event);
    cr_expect_eq(s.seen.event.u.sample.registers[EVENT_REG_SP], SP + PUSHED);
    cr_expect_eq(s.seen.event.u.sample.stack_size, sizeof stack - PUSHED);
    cr_expect_eq(s.seen.stack[0], PUSHED / 8);
    exact_samples_deinit(&s.samples);
}

LP_TEST(exact_samples, what_a_signal_saved_is_put_back_too)
{
    const uint64_t stack[] = {1, SP + 64, COPIES + 20, 4, COPIES + 1};
    struct setting s;
    struct event event = sample_at(1, 0x999, stack, 5);

    start(&s);
    exact_samples_receive(&s.samples, &event);
    cr_expect_eq(s.seen.stack[0], 1);
    cr_expect_eq(s.seen.stack[1], SP + 64 + PUSHED, "the stack pointer before it");
    cr_expect_eq(s.seen.stack[2], BIAS + 0x120);
    cr_expect_eq(s.seen.stack[3], 4);
    cr_expect_eq(s.seen.stack[4], BIAS + 0x100);
    cr_expect_eq(stack[2], COPIES + 20, "the record itself is left alone");
    exact_samples_deinit(&s.samples);
}

static uint64_t seen_at(struct setting *s, pid_t pid, uint64_t time_ns)
{
    struct event event = sample_at(pid, COPIES, NULL, 0);

    event.time_ns = time_ns;
    exact_samples_receive(&s->samples, &event);
    return s->seen.event.u.sample.ip;
}

LP_TEST(exact_samples, another_program_has_no_copies_but_those_of_its_own)
{
    struct event run = {.kind = EVENT_COMM, .pid = 1, .time_ns = 1500, .u.comm = {"x", true}};
    struct event early = {.kind = EVENT_COMM, .pid = 1, .time_ns = 900, .u.comm = {"x", true}};
    struct setting s;

    start(&s);
    bring(&s, 1, 3000);
    exact_samples_receive(&s.samples, &early);
    cr_expect_eq(seen_at(&s, 1, 950), COPIES, "they were not there yet");
    cr_expect_eq(seen_at(&s, 1, 1200), BIAS + 0x100);
    exact_samples_receive(&s.samples, &run);
    cr_expect_eq(seen_at(&s, 1, 2000), COPIES, "the program has gone");
    cr_expect_eq(seen_at(&s, 1, 4000), BIAS + 0x100, "and another one has copies");
    exact_samples_deinit(&s.samples);
}

LP_TEST(exact_samples, forked_processes_have_the_copies_of_their_makers)
{
    struct event child = {
        .kind = EVENT_FORK, .pid = 3, .tid = 3, .time_ns = 1500, .u.fork = {1, 1}};
    struct event orphan = {
        .kind = EVENT_FORK, .pid = 4, .tid = 4, .time_ns = 1500, .u.fork = {2, 2}};
    struct setting s;

    start(&s);
    exact_samples_receive(&s.samples, &child);
    exact_samples_receive(&s.samples, &orphan);
    cr_expect_eq(seen_at(&s, 3, 2000), BIAS + 0x100);
    cr_expect_eq(seen_at(&s, 4, 2000), COPIES);
    exact_samples_deinit(&s.samples);
}
