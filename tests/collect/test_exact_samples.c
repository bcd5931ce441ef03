#include "collect/exact_samples.h"

#include <string.h>

#include "support/test.h"

// A module at 0x10000 whose copies lie at 0x5000: 16 bytes for 0x100, 16 for 0x120 with 136 bytes pushed.
enum { BIAS = 0x10000, COPIES = 0x5000, PUSHED = 136, SP = 0x7000 };

// The second one counts.
static struct rewrite_place places[] = {
    {.offset = 0, .addr = 0x100}, {.offset = 16, .pushed = PUSHED, .added = true, .addr = 0x120}};

static struct rewrite_patch patches[] = {{.addr = 0x100, .size = 5}};

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
    struct exact_module module;
    struct exact_module *items[1];
    struct exact_modules modules;
    struct seen seen;
    struct event_sink sink;
    struct exact_samples samples;
};

static void start(struct setting *s)
{
    *s = (struct setting){0};
    s->module = (struct exact_module){
        .bias = BIAS,
        .copies = COPIES,
        .installed = true,
        .image =
            {.size = 32, .places = places, .place_count = 2, .patches = patches, .patch_count = 1},
    };
    s->items[0] = &s->module;
    s->modules = (struct exact_modules){.items = s->items, .count = 1};
    s->sink = (struct event_sink){receive, &s->seen};
    s->samples = (struct exact_samples){.modules = &s->modules, .sink = &s->sink};
    exact_samples_start(&s->samples, 1000);
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

LP_TEST(exact_samples, another_program_has_no_copies)
{
    struct setting s;
    struct event run = {.kind = EVENT_COMM, .pid = 2, .time_ns = 1500, .u.comm = {"x", true}};
    struct event early = {.kind = EVENT_COMM, .pid = 1, .time_ns = 900, .u.comm = {"x", true}};
    struct event child = {.kind = EVENT_FORK, .pid = 3, .tid = 3, .u.fork = {2, 2}};
    struct event event;

    start(&s);
    exact_samples_receive(&s.samples, &early);
    exact_samples_receive(&s.samples, &run);
    exact_samples_receive(&s.samples, &child);
    for (pid_t pid = 1; pid <= 3; pid++) {
        event = sample_at(pid, COPIES, NULL, 0);
        exact_samples_receive(&s.samples, &event);
        cr_expect_eq(s.seen.event.u.sample.ip, pid == 1 ? BIAS + 0x100 : COPIES, "pid %d", pid);
    }
    cr_expect_eq(s.seen.n, 6);
    exact_samples_deinit(&s.samples);
}

LP_TEST(exact_samples, time_in_code_that_only_counts_is_what_counting_costs)
{
    const uint64_t at[] = {COPIES + 5,   COPIES + 16,  COPIES + 40,
                           BIAS + 0x100, BIAS + 0x104, BIAS + 0x105};
    struct setting s;

    start(&s);
    for (unsigned i = 0; i < 6; i++) {
        struct event event = sample_at(1, at[i], NULL, 0);
        event.u.sample.weight_ns = 1u << i;
        exact_samples_receive(&s.samples, &event);
    }
    cr_expect_eq(s.samples.counting_ns, 2 + 8 + 16);
    exact_samples_deinit(&s.samples);
}
