#include "ingest/ingest.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "event/event_text.h"
#include "object/object.h"
#include "support/test.h"

static void play(struct ingest *ingest, const char *line)
{
    struct event_text text;
    struct event_sink sink = ingest_sink(ingest);
    struct lprof_error *err = event_text_parse(line, &text);

    cr_assert_null(err, "%s: %s", line, err ? err->message : "");
    sink.receive(sink.context, &text.event);
    event_text_deinit(&text);
}

// The leaf of the n-th sample, counted from 0.
static const struct profile_location *leaf(const struct profile *p, size_t n)
{
    cr_assert(n < p->n_samples, "there are %zu samples", p->n_samples);
    return &p->locations[p->stacks[p->samples[n].stack - 1].locations[0] - 1];
}

static void expect_leaf(const struct profile *p, size_t n, const char *path, uint64_t addr,
                        enum profile_address_kind kind)
{
    const struct profile_location *found = leaf(p, n);

    if (path) {
        cr_assert(found->mapping, "sample %zu is in no mapping", n);
        cr_expect_str_eq(p->mappings[found->mapping - 1].path, path, "sample %zu", n);
    } else {
        cr_expect(!found->mapping, "sample %zu", n);
    }
    cr_expect(found->addr == addr, "sample %zu is at %lx", n, (unsigned long)found->addr);
    cr_expect(found->kind == kind, "sample %zu", n);
}

// Map a fixture's code at 0x10000000 and take a sample 0x20 bytes into it.
static void sample_fixture(const char *name)
{
    struct profile *p = profile_create();
    struct ingest *ingest = ingest_create(p);
    struct object *object = NULL;
    char build_id[BUILD_ID_TEXT];
    char *path = mem_printf("%s/%s", FIXTURE_DIR, name);
    size_t n;

    cr_assert_null(object_open(path, NULL, &object));
    const struct object_segment code = object_segments(object, &n)[0];
    build_id_format(object_build_id(object), build_id);
    uint64_t page = code.file_offset & ~(uint64_t)0xfff;
    char *map = mem_printf("map 1 7/7 start=10000000 size=100000 offset=%lx path=%s",
                           (unsigned long)page, path);
    char *sample = mem_printf("sample 2 7/7 weight=500 ip=%lx",
                              0x10000020 + (unsigned long)(code.file_offset - page));

    play(ingest, map);
    play(ingest, sample);
    play(ingest, sample);
    cr_assert(p->n_samples == 1 && p->n_mappings == 1);
    expect_leaf(p, 0, path, code.addr + 0x20, PROFILE_ADDRESS_SKID);
    cr_expect(p->samples[0].values[PROFILE_SAMPLES] == 2);
    cr_expect(p->samples[0].values[PROFILE_CPU] == 1000);
    cr_expect_str_eq(p->mappings[0].build_id, build_id);
    cr_expect(p->mappings[0].start == code.addr);
    cr_expect(p->mappings[0].file_offset == code.file_offset);
    cr_expect_null(p->mappings[0].debug_info);
    free(sample);
    free(map);
    free(path);
    object_destroy(object);
    ingest_destroy(ingest);
    profile_destroy(p);
}

// The profile has the note, and its sentence begins so.
static void expect_note(const struct profile *p, const char *code, const char *beginning)
{
    for (size_t i = 0; i < p->n_notes; i++) {
        if (strcmp(p->notes[i].code, code) != 0)
            continue;
        char *text = profile_note_text(&p->notes[i]);
        cr_expect(strncmp(text, beginning, strlen(beginning)) == 0, "%s", text);
        free(text);
        return;
    }
    cr_expect(false, "no note %s", code);
}

LP_TEST(ingest, addresses_are_those_of_the_file)
{
    sample_fixture("hello");
    sample_fixture("hello.nopie");
    sample_fixture("hello.static");
    sample_fixture("hello.stripped");
}

LP_TEST(ingest, a_file_that_is_gone_is_counted_by_offset)
{
    struct profile *p = profile_create();
    struct ingest *ingest = ingest_create(p);

    play(ingest, "map 1 7/7 start=400000 size=2000 offset=1000 build_id=beef path=/nowhere/app");
    play(ingest, "sample 2 7/7 weight=1 ip=400010");
    play(ingest, "map 3 7/7 start=500000 size=2000 offset=0 path=/nowhere/lib (deleted)");
    play(ingest, "sample 4 7/7 weight=1 ip=500010");
    expect_leaf(p, 0, "/nowhere/app", 0x1010, PROFILE_ADDRESS_SKID);
    cr_expect_str_eq(p->mappings[0].build_id, "beef");
    expect_leaf(p, 1, "/nowhere/lib", 0x10, PROFILE_ADDRESS_SKID);
    ingest_destroy(ingest);
    profile_destroy(p);
}

LP_TEST(ingest, memory_that_is_no_file_has_a_name)
{
    struct profile *p = profile_create();
    struct ingest *ingest = ingest_create(p);

    play(ingest, "map 1 7/7 start=100000 size=1000 offset=0 path=//anon");
    play(ingest, "map 1 7/7 start=200000 size=1000 offset=0 path=[heap]");
    play(ingest, "map 1 7/7 start=300000 size=1000 offset=0 path=/dev/zero (deleted)");
    play(ingest, "map 1 7/7 start=400000 size=5000 offset=0 path=[vdso]");
    play(ingest, "map 1 7/7 start=500000 size=1000 offset=3000 path=/memfd:jit (deleted)");
    play(ingest, "sample 2 7/7 weight=1 ip=100010");
    play(ingest, "sample 2 7/7 weight=1 ip=200010");
    play(ingest, "sample 2 7/7 weight=1 ip=300010");
    play(ingest, "sample 2 7/7 weight=1 ip=400010");
    play(ingest, "sample 2 7/7 weight=1 ip=500010");
    play(ingest, "sample 2 7/7 weight=1 ip=600010");
    expect_leaf(p, 0, "[anon]", 0x100010, PROFILE_ADDRESS_SKID);
    expect_leaf(p, 1, "[anon]", 0x200010, PROFILE_ADDRESS_SKID);
    expect_leaf(p, 2, "[anon]", 0x300010, PROFILE_ADDRESS_SKID);
    expect_leaf(p, 3, "[vdso]", 0x10, PROFILE_ADDRESS_SKID);
    cr_expect(p->mappings[leaf(p, 3)->mapping - 1].limit == 0x5000);
    expect_leaf(p, 4, "[memfd:jit]", 0x3010, PROFILE_ADDRESS_SKID);
    expect_leaf(p, 5, NULL, 0x600010, PROFILE_ADDRESS_SKID);
    cr_expect_null(profile_check(p));
    ingest_destroy(ingest);
    profile_destroy(p);
}

LP_TEST(ingest, a_sample_in_the_kernel_is_where_its_thread_comes_back_to)
{
    static const char at_400010[] = "sample 2 7/7 weight=1 ip=ffffffff81000000 kernel "
                                    "regs=0,0,0,0,0,0,0,0,400010,0,0,0,0,0,0,0,0";
    static const char nowhere[] = "sample 2 7/7 weight=1 ip=ffffffff81000000 kernel "
                                  "regs=0,0,0,0,0,0,0,0,900010,0,0,0,0,0,0,0,0";
    static const char unknown[] = "sample 2 7/7 weight=1 ip=ffffffff81000000 kernel";
    struct profile *p = profile_create();
    struct ingest *ingest = ingest_create(p);

    play(ingest, "map 1 7/7 start=400000 size=2000 offset=0 path=/nowhere/app");
    play(ingest, at_400010);
    play(ingest, nowhere);
    play(ingest, unknown);
    cr_assert(p->n_samples == 2);
    expect_leaf(p, 0, "/nowhere/app", 0x10, PROFILE_ADDRESS_KERNEL);
    expect_leaf(p, 1, "[kernel]", 0, PROFILE_ADDRESS_KERNEL);
    cr_expect(p->samples[1].values[PROFILE_SAMPLES] == 2);
    ingest_destroy(ingest);
    profile_destroy(p);
}

LP_TEST(ingest, children_have_their_parents_memory_until_they_exec)
{
    struct profile *p = profile_create();
    struct ingest *ingest = ingest_create(p);

    play(ingest, "comm 1 7/7 exec name=sh");
    play(ingest, "map 1 7/7 start=400000 size=2000 offset=0 path=/nowhere/sh");
    play(ingest, "fork 2 8/8 parent=7/7");
    play(ingest, "sample 3 8/8 weight=1 ip=400010");
    play(ingest, "comm 4 8/8 exec name=ls");
    play(ingest, "sample 5 8/8 weight=1 ip=400010");
    play(ingest, "map 6 8/8 start=400000 size=2000 offset=0 path=/nowhere/ls");
    play(ingest, "sample 7 8/8 weight=1 ip=400010");
    play(ingest, "sample 8 7/7 weight=1 ip=400010");
    expect_leaf(p, 0, "/nowhere/sh", 0x10, PROFILE_ADDRESS_SKID);
    expect_leaf(p, 1, NULL, 0x400010, PROFILE_ADDRESS_SKID);
    expect_leaf(p, 2, "/nowhere/ls", 0x10, PROFILE_ADDRESS_SKID);
    expect_leaf(p, 3, "/nowhere/sh", 0x10, PROFILE_ADDRESS_SKID);
    cr_expect_str_eq(p->tasks[p->samples[0].task - 1].process, "sh");
    cr_expect_str_eq(p->tasks[p->samples[2].task - 1].process, "ls");
    ingest_destroy(ingest);
    profile_destroy(p);
}

LP_TEST(ingest, threads_processes_and_losses_are_counted)
{
    struct profile *p = profile_create();
    struct ingest *ingest = ingest_create(p);

    play(ingest, "comm 1 7/7 exec name=app");
    play(ingest, "map 1 7/7 start=400000 size=2000 offset=0 path=/nowhere/app");
    play(ingest, "fork 2 7/9 parent=7/7");
    play(ingest, "comm 2 7/9 name=worker");
    play(ingest, "sample 3 7/9 weight=1 ip=400010");
    play(ingest, "fork 4 8/8 parent=7/9");
    play(ingest, "exit 5 8/8");
    play(ingest, "lost 6 0/0 count=3");
    play(ingest, "lost 6 0/0 count=4");
    play(ingest, "throttle 7 7/7 begin");
    play(ingest, "throttle 8 7/7 end");
    play(ingest, "exit 7 7/9");
    play(ingest, "exit 7 7/7");
    ingest_finish(ingest);
    cr_expect(p->meta.processes == 2 && p->meta.threads == 3);
    cr_expect(p->meta.lost_samples == 7);
    expect_note(p, "lost-samples", "7 records were lost, ");
    expect_note(p, "throttled", "the kernel held the clock back 1 times; ");
    play(ingest, "sample 8 7/7 weight=1 ip=400010"); // its memory is gone
    cr_expect_str_eq(p->tasks[0].process, "app");
    cr_expect_str_eq(p->tasks[0].thread, "worker");
    expect_leaf(p, 1, NULL, 0x400010, PROFILE_ADDRESS_SKID);
    ingest_destroy(ingest);
    profile_destroy(p);
}
