#include "event/event_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/test.h"

#define REGISTERS "regs=0,1,2,3,4,5,6,7ffc10,401136,9,a,b,c,d,e,f,10"

static struct event_text parse(const char *line)
{
    struct event_text text = {0};
    struct lprof_error *err = event_text_parse(line, &text);

    cr_assert(err == NULL, "%s", err->message);
    return text;
}

static void expect_same_line(const char *line)
{
    struct event_text text = parse(line);
    char *again = event_text_format(&text.event);

    cr_expect_str_eq(again, line);
    free(again);
    event_text_deinit(&text);
}

LP_TEST(event_text, every_kind_survives_both_ways)
{
    expect_same_line("sample 1200 100/101 weight=250000 ip=401136 kernel " REGISTERS
                     " stack=00ff1a");
    expect_same_line("sample 1200 100/101 weight=250000 ip=401136");
    expect_same_line("sample 0 1/1 weight=0 ip=ffffffff81000000 kernel");
    expect_same_line(
        "map 1000 100/100 start=401000 size=2000 offset=1000 build_id=beef path=/bin/a b");
    expect_same_line("map 1000 100/100 start=7fff00000000 size=1000 offset=0 path=[vdso]");
    expect_same_line("comm 18446744073709551615 100/100 exec name=a\\nb\\\\c exec");
    expect_same_line("comm 1 100/100 name=");
    expect_same_line("fork 1100 100/101 parent=100/99");
    expect_same_line("exit 1300 100/101");
    expect_same_line("lost 1300 0/0 count=7");
    expect_same_line("throttle 1300 100/101 begin");
    expect_same_line("throttle 1300 100/101 end");
    expect_same_line("module 1400 0/0 number=1 path=/bin/a b");
    expect_same_line("choice 1400 0/0 at=1:1136 depth=2 marked");
    expect_same_line("choice 1400 0/0 at=12:ffff depth=0");
    expect_same_line("counter 1400 0/0 part from=1:1000 at=1:1000 count=64");
    expect_same_line("counter 1400 0/0 refused from=1:1000 at=1:1000 count=64");
    expect_same_line("counter 1500 0/0 time at=1:1000 count=64000");
    expect_same_line("counter 1500 0/0 least at=1:1000 count=100");
    expect_same_line("counter 1500 0/0 most at=1:1000 count=60000");
    expect_same_line("counter 1400 0/0 instruction at=1:1136 count=18446744073709551615");
    expect_same_line("counter 1400 0/0 edge from=1:1136 at=1:1150 count=7");
    expect_same_line("counter 1400 0/0 entries at=1:1136 count=0");
    expect_same_line("counter 1400 0/0 primitive at=1:1136 count=3");
    expect_same_line("counter 1400 0/0 call from=2:abc at=1:1136 count=1");
    expect_same_line("called 1400 0/0 time=1200 in=1:1150");
    expect_same_line("called 1400 0/0 time=1200 in=1:1150,2:abc,1:1180");
    expect_same_line("fault 1500 100/101 addr=7f0010 size=200000 ip=401136 kernel " REGISTERS
                     " stack=00");
    expect_same_line("fault 1500 100/101 addr=7f0010 size=1000 ip=401136");
    expect_same_line("resident 1600 100/100 size=204000");
    expect_same_line("alloc 1700 1/2 addr=7f0010 size=20 interval=524288 ip=401136 " REGISTERS
                     " stack=00ff");
    expect_same_line("alloc 1700 1/2 addr=7f0010 size=0 interval=0 ip=401136");
    expect_same_line("alloc 1700 1/2 addr=7f0010 size=8 interval=0 stack_id=9e3779b97f4a7c15 ip=0");
    expect_same_line("region 1800 0/0 number=2 parent=1 name=parse it\\n");
    expect_same_line("entered 1800 0/0 number=2 calls=3 total=150 min=40 max=60 "
                     "buckets=40:1,50:1,58:1");
    expect_same_line("entered 1800 0/0 number=2 calls=0 total=0 min=0 max=0 buckets=");
    expect_same_line("sample 1200 100/101 in=2 weight=250000 ip=401136");
    expect_same_line("alloc 1700 1/2 addr=7f0010 size=8 interval=0 stack_id=9 rounds=10 gone ip=0");
    expect_same_line("alloc 1700 1/2 addr=7f0000 size=4096 interval=0 mapped ip=401136");
    expect_same_line("free 1700 1/2 addr=7f0000 mapped=4096");
    expect_same_line("free 1700 1/2 addr=7f0010 temporary");
    expect_same_line("free 1800 1/2 addr=7f0010");
}

LP_TEST(event_text, a_sample_has_its_fields)
{
    struct event_text text =
        parse("sample 1200 100/101 weight=250000 ip=401136 kernel " REGISTERS " stack=00ff1a");
    const struct event_sample *sample = &text.event.u.sample;

    cr_expect(text.event.kind == EVENT_SAMPLE);
    cr_expect(text.event.time_ns == 1200 && text.event.pid == 100 && text.event.tid == 101);
    cr_expect(sample->weight_ns == 250000 && sample->ip == 0x401136);
    cr_expect(sample->in_kernel && sample->has_registers);
    cr_expect(sample->registers[EVENT_REG_SP] == 0x7ffc10);
    cr_expect(sample->registers[EVENT_REG_IP] == 0x401136);
    cr_expect(sample->registers[EVENT_REG_R15] == 0x10);
    cr_assert(sample->stack_size == 3);
    cr_expect(memcmp(sample->stack, "\x00\xff\x1a", 3) == 0);
    event_text_deinit(&text);
}

LP_TEST(event_text, names_go_to_the_end_of_the_line)
{
    struct event_text text = parse("comm 1 2/3 exec name=two words\\nand a line");

    cr_expect(text.event.u.comm.exec);
    cr_expect_str_eq(text.event.u.comm.name, "two words\nand a line");
    event_text_deinit(&text);
}

static void expect_error(const char *line, const char *part)
{
    struct event_text text = {0};
    struct lprof_error *err = event_text_parse(line, &text);

    cr_assert(err != NULL, "'%s' is no event", line);
    cr_expect(err->code == LPROF_ERROR_FORMAT);
    cr_expect(strstr(err->message, part) != NULL, "'%s' should name '%s'", err->message, part);
    error_destroy(err);
}

LP_TEST(event_text, wrong_lines_say_what_is_wrong)
{
    expect_error("", "not an event");
    expect_error("samples 1 1/1", "not an event: samples");
    expect_error("sample", "time");
    expect_error("sample 1 1 weight=1 ip=1", "pid/tid");
    expect_error("sample 1 1/1 ip=1", "weight=");
    expect_error("sample 1 1/1 weight=-1 ip=1", "weight=");
    expect_error("sample 1 1/1 weight=1 ip=1 regs=1,2", "regs");
    expect_error("sample 1 1/1 weight=1 ip=1 stack=abc", "stack");
    expect_error("sample 1 1/1 weight=1 ip=1 surprise", "what follows");
    expect_error("sample 99999999999999999999 1/1 weight=1 ip=1", "time");
    expect_error("map 1 1/1 start=1 size=1 offset=0", "path=");
    expect_error("map 1 1/1 start=1 size=1 offset=0 build_id=xy path=/a", "build_id");
    expect_error("fork 1 1/1", "parent=");
    expect_error("throttle 1 1/1", "begin or end");
    expect_error("module 1 1/1 path=/a", "number=");
    expect_error("choice 1 1/1 at=1 depth=0", "at=");
    expect_error("choice 1 1/1 at=5000000000:1 depth=0", "at=");
    expect_error("counter 1 1/1 steps at=1:1 count=1", "kind of counter");
    expect_error("counter 1 1/1 edge from=1:1 count=1", "at=");
    expect_error("called 1 1/1 time=1", "in=");
    expect_error("called 1 1/1 time=1 in=1:1,", "in");
    expect_error("called 1 1/1 time=1 in=1:1,2", "in");
}

LP_TEST(event_text, too_many_places_are_an_error)
{
    char line[64 + 8 * (EVENT_PLACES_MAX + 1)] = "called 1 0/0 time=1 in=1:0";
    size_t length = strlen(line);

    for (int i = 1; i < EVENT_PLACES_MAX; i++)
        length += (size_t)snprintf(line + length, sizeof line - length, ",1:%x", i);
    struct event_text text = parse(line);
    cr_expect(text.event.u.called.n == EVENT_PLACES_MAX);
    cr_expect(text.event.u.called.calls[EVENT_PLACES_MAX - 1].addr == EVENT_PLACES_MAX - 1);
    event_text_deinit(&text);
    strcpy(line + length, ",1:1");
    expect_error(line, "what follows");
}

static void count_kinds(void *context, const struct event *event)
{
    int *counts = context;

    counts[event->kind]++;
}

static void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");

    cr_assert(out != NULL);
    fputs(text, out);
    fclose(out);
}

LP_TEST(event_text, a_file_is_played_line_by_line)
{
    char path[] = "/tmp/event_text.XXXXXX";
    int counts[EVENT_CALLED + 1] = {0};
    struct event_sink sink = {.receive = count_kinds, .context = counts};

    close(mkstemp(path));
    write_file(path, "# a comment\n\ncomm 1 2/2 exec name=a\nexit 3 2/2\nexit 4 2/2");
    cr_expect(event_text_play(path, &sink) == NULL);
    cr_expect(counts[EVENT_COMM] == 1);
    cr_expect(counts[EVENT_EXIT] == 2);

    write_file(path, "exit 3 2/2\nexit three 2/2\n");
    struct lprof_error *err = event_text_play(path, &sink);
    cr_assert(err != NULL);
    cr_expect(strstr(err->message, ":2: ") != NULL, "%s", err->message);
    error_destroy(err);
    unlink(path);
    err = event_text_play(path, &sink);
    cr_assert(err != NULL);
    cr_expect(err->code == LPROF_ERROR_SYSTEM);
    error_destroy(err);
}

LP_TEST(event_text, the_writer_writes_lines)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct event_sink sink = event_text_writer(out);
    struct event event = {.kind = EVENT_LOST, .time_ns = 5, .u.lost.count = 2};

    sink.receive(sink.context, &event);
    sink.receive(sink.context, &event);
    fclose(out);
    cr_expect_str_eq(text, "lost 5 0/0 count=2\nlost 5 0/0 count=2\n");
    free(text);
}
