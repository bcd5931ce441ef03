#include "ingest/ingest.h"

#include "event/event_text.h"
#include "support/test.h"

static struct profile *play(const char *const *lines, size_t n)
{
    struct profile *p = profile_create();
    struct ingest *ingest = ingest_create(p);
    struct event_sink sink = ingest_sink(ingest);

    for (size_t i = 0; i < n; i++) {
        struct event_text text;
        struct lprof_error *err = event_text_parse(lines[i], &text);
        cr_assert_null(err, "%s", lines[i]);
        sink.receive(sink.context, &text.event);
        event_text_deinit(&text);
    }
    ingest_finish(ingest);
    ingest_destroy(ingest);
    return p;
}

LP_TEST(counted, counters_name_mappings)
{
    const char *const lines[] = {
        "module 1 0/0 number=2 path=/gone/lib.so",
        "module 1 0/0 number=1 path=/gone/app",
        "choice 2 0/0 at=1:1136 depth=1 marked",
        "counter 2 0/0 instruction at=1:1136 count=7",
        "counter 2 0/0 call from=2:abc at=1:1136 count=18446744073709551615",
    };
    struct profile *p = play(lines, sizeof lines / sizeof *lines);
    const struct profile_counters *counters = &p->counters;

    cr_assert(counters->n == 2 && counters->n_choices == 1);
    cr_expect_str_eq(p->mappings[counters->items[0].mapping - 1].path, "/gone/app");
    cr_expect(counters->items[0].kind == PROFILE_COUNTER_INSTRUCTION);
    cr_expect(counters->items[0].addr == 0x1136 && counters->items[0].count == 7);
    cr_expect(counters->items[0].from_mapping == 0);
    cr_expect_str_eq(p->mappings[counters->items[1].from_mapping - 1].path, "/gone/lib.so");
    cr_expect(counters->items[1].from == 0xabc && counters->items[1].count == INT64_MAX);
    cr_expect(counters->choices[0].addr == 0x1136 && counters->choices[0].depth == 1);
    profile_destroy(p);
}

LP_TEST(counted, modules_that_nobody_told_of_are_left_out)
{
    const char *const lines[] = {
        "module 1 0/0 number=4000000000 path=/gone/app",
        "module 1 0/0 number=3 path=/gone/app",
        "choice 2 0/0 at=1:1136 depth=0",
        "counter 2 0/0 instruction at=2:1136 count=7",
        "counter 2 0/0 instruction at=4:1136 count=7",
        "called 3 0/0 time=5 in=3:10,1:20",
    };
    struct profile *p = play(lines, sizeof lines / sizeof *lines);

    cr_expect(p->counters.n == 0 && p->counters.n_choices == 0 && p->n_samples == 0);
    profile_destroy(p);
}

LP_TEST(counted, time_in_calls_is_a_sample)
{
    const char *const lines[] = {
        "module 1 0/0 number=1 path=/gone/app",
        "called 3 0/0 time=50 in=1:20,1:10",
        "called 3 0/0 time=7 in=1:20,1:10",
        "called 3 0/0 time=1 in=1:20",
    };
    struct profile *p = play(lines, sizeof lines / sizeof *lines);

    cr_assert(p->n_samples == 2);
    cr_expect(p->samples[0].values[PROFILE_CALLED] == 57);
    cr_expect(p->samples[0].values[PROFILE_SAMPLES] == 0, "nothing was sampled");
    const struct profile_stack *stack = &p->stacks[p->samples[0].stack - 1];
    cr_assert(stack->n == 2);
    cr_expect(p->locations[stack->locations[0] - 1].addr == 0x20, "innermost first");
    cr_expect(p->locations[stack->locations[0] - 1].kind == PROFILE_ADDRESS_CALL);
    profile_destroy(p);
}

LP_TEST(counted, threads_and_processes_are_told_by_births)
{
    const char *const lines[] = {
        "fork 1 10/10 parent=10/10",
        "fork 1 10/11 parent=10/10",
        "fork 1 12/12 parent=10/11",
    };
    struct profile *p = play(lines, sizeof lines / sizeof *lines);

    cr_expect(p->meta.threads == 3 && p->meta.processes == 2);
    profile_destroy(p);
}
