#include "collect/region_area.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "event/region_wire.h"
#include "support/test.h"

enum { TID = 7, SP = 0x7ffc1000, STACK_SIZE = 512 };

// An area as a program sees it, with a block of its thread, and what was handed on last.
struct fixture {
    struct region_area *area;
    struct region_wire *wire;
    struct region_wire_block *block;
    struct event_sink sink;
    struct event last;
    size_t n_samples;
    char *names[8]; // By number.
    uint8_t stack[STACK_SIZE];
};

static void receive(void *context, const struct event *event)
{
    struct fixture *fixture = context;

    if (event->kind == EVENT_REGION && event->u.region.number < 8) {
        cr_assert_null(fixture->names[event->u.region.number]);
        fixture->names[event->u.region.number] = mem_strdup(event->u.region.name);
    }
    fixture->n_samples += event->kind == EVENT_SAMPLE;
    fixture->last = *event;
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void set_up(struct fixture *fixture)
{
    static const char *const names[] = {"", "outer", "inner", "else"};
    const struct region_area_options options = {.children = true};

    *fixture = (struct fixture){0};
    cr_assert_null(region_area_create(&options, &fixture->area));
    int fd = open(region_area_path(fixture->area), O_RDWR | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    void *memory = mmap(NULL, sizeof(struct region_wire), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_NORESERVE, fd, 0);
    cr_assert_neq(memory, MAP_FAILED);
    close(fd);
    fixture->wire = memory;
    // Times are nanoseconds here.
    fixture->wire->header.ns_per_tick = 0;
    fixture->wire->header.contexts = 4;
    fixture->wire->header.blocks = 1;
    for (size_t i = 1; i < 4; i++)
        strcpy(fixture->wire->contexts[i].name, names[i]);
    fixture->wire->contexts[2].parent = 1;
    fixture->block = &fixture->wire->blocks[0];
    fixture->block->owner = TID;
    const struct event_sink own = {receive, fixture};
    fixture->sink = region_area_sink(fixture->area, &own);
    region_area_look(fixture->area);
}

static void tear_down(struct fixture *fixture)
{
    munmap(fixture->wire, sizeof *fixture->wire);
    region_area_destroy(fixture->area);
    for (size_t i = 0; i < 8; i++)
        free(fixture->names[i]);
}

static uint32_t region_at(struct fixture *fixture, pid_t tid, uint64_t time_ns)
{
    struct event event = {.kind = EVENT_SAMPLE, .pid = 5, .tid = tid, .time_ns = time_ns};

    event.u.sample = (struct event_sample){.weight_ns = 100,
                                           .has_registers = true,
                                           .stack = fixture->stack,
                                           .stack_size = sizeof fixture->stack};
    event.u.sample.registers[EVENT_REG_SP] = SP;
    size_t before = fixture->n_samples;
    fixture->sink.receive(fixture->sink.context, &event);
    return fixture->n_samples > before ? fixture->last.region : UINT32_MAX;
}

static void put_mark(struct fixture *fixture, size_t at, uint32_t depth, uint32_t context)
{
    const uint64_t words[] = {REGION_WIRE_MARK ^ (SP + at), (uint64_t)depth << 32 | context};

    memcpy(fixture->stack + at, words, sizeof words);
}

LP_TEST(region_area, the_innermost_mark_on_the_stack_tells)
{
    struct fixture fixture;

    set_up(&fixture);
    cr_expect_eq(region_at(&fixture, TID, now_ns()), 0);
    put_mark(&fixture, 256, 0, 1);
    cr_expect_eq(region_at(&fixture, TID, now_ns()), 1);
    // The compiler may lay them out in any order.
    put_mark(&fixture, 320, 1, 2);
    cr_expect_eq(region_at(&fixture, TID, now_ns()), 2);
    cr_expect_str_eq(fixture.names[1], "outer");
    cr_expect_str_eq(fixture.names[2], "inner");
    cr_expect_null(fixture.names[3]);
    // A copy of a mark is none, nor is one of a thread that has no regions.
    memmove(fixture.stack, fixture.stack + 320, 16);
    memset(fixture.stack + 256, 0, 128);
    cr_expect_eq(region_at(&fixture, TID, now_ns()), 0);
    put_mark(&fixture, 256, 0, 1);
    cr_expect_eq(region_at(&fixture, TID + 1, now_ns()), 0);
    put_mark(&fixture, 256, 0, REGION_WIRE_CONTEXTS);
    cr_expect_eq(region_at(&fixture, TID, now_ns()), 0);
    tear_down(&fixture);
}

LP_TEST(region_area, without_a_mark_the_times_tell)
{
    struct fixture fixture;
    uint64_t now = now_ns();

    set_up(&fixture);
    fixture.block->depth = 1;
    fixture.block->open[0] = (struct region_wire_open){.key = 8, .start = now - 1000, .context = 1};
    fixture.block->closed[0] =
        (struct region_wire_span){.start = now - 600, .end = now - 400, .context = 2, .tid = TID};
    fixture.block->closed[1] = (struct region_wire_span){
        .start = now - 2000, .end = now - 300, .context = 3, .tid = TID + 1};
    fixture.block->n_closed = 2;
    cr_expect_eq(region_at(&fixture, TID, now - 1500), 0);
    cr_expect_eq(region_at(&fixture, TID, now - 800), 1);
    cr_expect_eq(region_at(&fixture, TID, now - 500), 2);
    cr_expect_eq(region_at(&fixture, TID, now - 350), 1);
    // One that is being opened is none yet.
    fixture.block->open[0].key = 0;
    cr_expect_eq(region_at(&fixture, TID, now - 350), 0);
    tear_down(&fixture);
}

LP_TEST(region_area, what_is_not_to_be_measured_is_left_out)
{
    struct fixture fixture;
    uint64_t now = now_ns();

    set_up(&fixture);
    fixture.block->pauses[0] =
        (struct region_wire_span){.start = now - 600, .end = now - 400, .tid = TID};
    fixture.block->n_pauses = 1;
    fixture.block->paused = now - 100;
    cr_expect_eq(region_at(&fixture, TID, now - 700), 0);
    cr_expect_eq(region_at(&fixture, TID, now - 500), UINT32_MAX);
    cr_expect_eq(region_at(&fixture, TID, now - 200), 0);
    cr_expect_eq(region_at(&fixture, TID, now - 50), UINT32_MAX);
    cr_expect_eq(fixture.n_samples, 2);
    cr_expect_eq(region_area_totals(fixture.area).left_out, 2);
    cr_expect_eq(region_area_totals(fixture.area).left_out_ns, 200);
    cr_expect(!region_area_forget(fixture.area));
    fixture.wire->header.reset = now - 150;
    fixture.wire->header.resets = 1;
    cr_expect(region_area_forget(fixture.area));
    cr_expect(!region_area_forget(fixture.area));
    cr_expect_eq(region_at(&fixture, TID, now - 200), UINT32_MAX);
    cr_expect_eq(region_at(&fixture, TID, now - 120), 0);
    tear_down(&fixture);
}

static void receive_calls(void *context, const struct event *event)
{
    struct event_entered *ret = context;

    if (event->kind != EVENT_ENTERED || event->u.entered.number != 1)
        return;
    *ret = event->u.entered;
    cr_expect_eq(ret->buckets[region_wire_bucket(50)], 2);
    ret->buckets = NULL;
}

LP_TEST(region_area, calls_add_up_over_threads_and_those_underway_count)
{
    struct fixture fixture;
    struct event_entered calls = {0};
    const struct event_sink sink = {receive_calls, &calls};

    set_up(&fixture);
    fixture.wire->header.blocks = 2;
    for (size_t i = 0; i < 2; i++) {
        struct region_wire_times *times = &fixture.wire->blocks[i].times[1];
        *times = (struct region_wire_times){.calls = 1, .total_ns = 50, .min_ns = 51, .max_ns = 50};
        times->buckets[region_wire_bucket(50)] = 1;
    }
    fixture.block->depth = 1;
    fixture.block->open[0] =
        (struct region_wire_open){.key = 8, .start = now_ns() - 1000000000, .context = 1};
    region_area_look(fixture.area);
    region_area_tell(fixture.area, &sink);
    cr_expect_eq(calls.calls, 3);
    cr_expect_eq(calls.min_ns, 50);
    cr_expect_geq(calls.max_ns, 1000000000);
    cr_expect_eq(calls.total_ns, 100 + calls.max_ns);
    cr_expect_eq(region_area_totals(fixture.area).open, 1);
    tear_down(&fixture);
}

LP_TEST(region_area, whatever_the_program_writes_does_no_harm)
{
    struct fixture fixture;
    uint64_t x = 1;

    for (int round = 0; round < 20; round++) {
        set_up(&fixture);
        uint64_t *words[] = {(uint64_t *)(void *)&fixture.wire->header,
                             (uint64_t *)(void *)fixture.block};
        const size_t sizes[] = {sizeof fixture.wire->header / 8,
                                offsetof(struct region_wire_block, times) / 8};
        for (size_t part = 0; part < 2; part++)
            for (size_t i = 0; i < sizes[part]; i++) {
                x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
                words[part][i] = x;
            }
        fixture.wire->header.contexts = 4;
        fixture.block->owner = TID;
        for (int i = 0; i < 20; i++)
            region_at(&fixture, TID, now_ns());
        region_area_look(fixture.area);
        const struct event_sink own = {receive, &fixture};
        region_area_tell(fixture.area, &own);
        (void)region_area_totals(fixture.area);
        for (size_t i = 0; i < 8; i++)
            free(fixture.names[i]);
        memset(fixture.names, 0, sizeof fixture.names);
        tear_down(&fixture);
    }
}
