#include "collect/perf_record.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "support/test.h"

#define RECORD_MAX 4096

// A record under construction.
struct record {
    _Alignas(8) uint8_t bytes[RECORD_MAX];
    size_t size;
};

static const struct perf_record_clocks clocks = {
    .id = {11, 12},
    .weight_ns = {1000, 2000},
    .n = 2,
    .fault_id = {21, 22},
    .n_faults = 2,
    .page_bytes = 4096,
    .has_page_sizes = true,
};

static void begin(struct record *record, uint32_t type, uint16_t misc)
{
    struct perf_event_header header = {.type = type, .misc = misc};

    memset(record, 0, sizeof *record);
    memcpy(record->bytes, &header, sizeof header);
    record->size = sizeof header;
}

static void put(struct record *record, const void *bytes, size_t size)
{
    cr_assert(record->size + size <= RECORD_MAX);
    memcpy(record->bytes + record->size, bytes, size);
    record->size += size;
}

static void put_u64(struct record *record, uint64_t value)
{
    put(record, &value, sizeof value);
}

static void put_u32(struct record *record, uint32_t value)
{
    put(record, &value, sizeof value);
}

// A text with its zero, padded to a multiple of 8.
static void put_text(struct record *record, const char *text)
{
    put(record, text, strlen(text) + 1);
    record->size = (record->size + 7) / 8 * 8;
}

static void end(struct record *record)
{
    uint16_t size = (uint16_t)record->size;

    memcpy(record->bytes + offsetof(struct perf_event_header, size), &size, sizeof size);
}

// What sample_id_all puts behind every record but samples.
static void end_with_trailer(struct record *record)
{
    put_u32(record, 100);
    put_u32(record, 101);
    put_u64(record, 5000);
    put_u64(record, 11);
    end(record);
}

static void make_sample(struct record *record, uint16_t misc, uint64_t id)
{
    begin(record, PERF_RECORD_SAMPLE, misc);
    put_u64(record, id);
    put_u64(record, 0x401136);
    put_u32(record, 100);
    put_u32(record, 101);
    put_u64(record, 5000);
}

static void put_registers(struct record *record)
{
    put_u64(record, PERF_SAMPLE_REGS_ABI_64);
    for (uint64_t i = 0; i < EVENT_REG_COUNT; i++)
        put_u64(record, 0x100 + i);
}

static void put_stack(struct record *record, size_t size, uint64_t used)
{
    put_u64(record, size);
    for (size_t i = 0; i < size; i += 8)
        put_u64(record, i);
    put_u64(record, used);
}

static struct event decode(const struct record *record)
{
    struct event event = {0};

    cr_assert(perf_record_decode(record->bytes, record->size, &clocks, &event) ==
              PERF_RECORD_IS_EVENT);
    return event;
}

static enum perf_record_result result_of(const struct record *record)
{
    struct event event;

    return perf_record_decode(record->bytes, record->size, &clocks, &event);
}

static uint64_t time_of(const struct record *record)
{
    struct perf_event_header header;
    uint64_t time;

    memcpy(&header, record->bytes, sizeof header);
    size_t offset = perf_record_time_offset(&header);
    cr_assert(offset > 0 && offset + 8 <= record->size && offset % 8 == 0);
    memcpy(&time, record->bytes + offset, sizeof time);
    return time;
}

LP_TEST(perf_record, a_sample_with_registers_and_stack)
{
    struct record record;

    make_sample(&record, PERF_RECORD_MISC_USER, 12);
    put_registers(&record);
    put_stack(&record, 64, 24);
    end(&record);
    struct event event = decode(&record);
    const struct event_sample *sample = &event.u.sample;
    cr_expect(event.kind == EVENT_SAMPLE);
    cr_expect(event.pid == 100 && event.tid == 101 && event.time_ns == 5000);
    cr_expect(time_of(&record) == 5000);
    cr_expect(sample->ip == 0x401136 && sample->weight_ns == 2000 && !sample->in_kernel);
    cr_expect(sample->has_registers);
    cr_expect(sample->registers[EVENT_REG_AX] == 0x100);
    cr_expect(sample->registers[EVENT_REG_IP] == 0x100 + EVENT_REG_IP);
    cr_expect(sample->registers[EVENT_REG_R15] == 0x110);
    cr_assert(sample->stack_size == 24);
    cr_expect(sample->stack[8] == 8 && sample->stack[16] == 16);
}

LP_TEST(perf_record, a_sample_in_the_kernel_without_user_state)
{
    struct record record;

    make_sample(&record, PERF_RECORD_MISC_KERNEL, 11);
    put_u64(&record, PERF_SAMPLE_REGS_ABI_NONE);
    put_u64(&record, 0); // No stack.
    end(&record);
    struct event event = decode(&record);
    cr_expect(event.u.sample.in_kernel && !event.u.sample.has_registers);
    cr_expect(event.u.sample.stack == NULL && event.u.sample.stack_size == 0);
    cr_expect(event.u.sample.weight_ns == 1000);
}

LP_TEST(perf_record, a_stack_of_which_nothing_could_be_read)
{
    struct record record;

    make_sample(&record, PERF_RECORD_MISC_USER, 11);
    put_registers(&record);
    put_stack(&record, 64, 0);
    end(&record);
    struct event event = decode(&record);
    cr_expect(event.u.sample.stack == NULL && event.u.sample.stack_size == 0);
}

// A page fault up to what stands behind its stack.
static void make_fault(struct record *record, uint16_t misc)
{
    make_sample(record, misc, 22);
    put_u64(record, 0x7f0000001230); // Address.
    put_registers(record);
    put_stack(record, 64, 24);
}

LP_TEST(perf_record, a_page_fault)
{
    struct record record;

    make_fault(&record, PERF_RECORD_MISC_KERNEL);
    put_u64(&record, 0x200000);
    end(&record);
    struct event event = decode(&record);
    const struct event_fault *fault = &event.u.fault;
    cr_expect(event.kind == EVENT_FAULT);
    cr_expect(event.pid == 100 && event.tid == 101 && event.time_ns == 5000);
    cr_expect(time_of(&record) == 5000);
    cr_expect(fault->addr == 0x7f0000001230 && fault->page_bytes == 0x200000);
    cr_expect(fault->at.ip == 0x401136 && fault->at.in_kernel && fault->at.weight_ns == 0);
    cr_expect(fault->at.has_registers && fault->at.registers[EVENT_REG_R15] == 0x110);
    cr_expect(fault->at.stack_size == 24);
}

LP_TEST(perf_record, a_page_fault_of_a_kernel_that_does_not_tell_the_size)
{
    struct perf_record_clocks old = clocks;
    struct record record;
    struct event event = {0};

    old.has_page_sizes = false;
    make_fault(&record, PERF_RECORD_MISC_USER);
    end(&record);
    cr_assert(perf_record_decode(record.bytes, record.size, &old, &event) == PERF_RECORD_IS_EVENT);
    cr_expect(event.u.fault.page_bytes == 4096 && !event.u.fault.at.in_kernel);
    cr_expect(result_of(&record) == PERF_RECORD_IS_BROKEN, "without the size that was asked for");
}

LP_TEST(perf_record, a_sample_of_an_unknown_clock_is_broken)
{
    struct record record;

    make_sample(&record, PERF_RECORD_MISC_USER, 13);
    put_registers(&record);
    put_stack(&record, 64, 64);
    end(&record);
    cr_expect(result_of(&record) == PERF_RECORD_IS_BROKEN);
}

LP_TEST(perf_record, a_stack_longer_than_its_dump_is_broken)
{
    struct record record;

    make_sample(&record, PERF_RECORD_MISC_USER, 11);
    put_registers(&record);
    put_stack(&record, 64, 72);
    end(&record);
    cr_expect(result_of(&record) == PERF_RECORD_IS_BROKEN);
}

LP_TEST(perf_record, a_stack_size_beyond_all_bounds_is_broken)
{
    struct record record;

    make_sample(&record, PERF_RECORD_MISC_USER, 11);
    put_registers(&record);
    put_u64(&record, UINT64_MAX - 7);
    put_u64(&record, 0);
    end(&record);
    cr_expect(result_of(&record) == PERF_RECORD_IS_BROKEN);
}

static void make_map(struct record *record, uint16_t misc, uint32_t protection)
{
    begin(record, PERF_RECORD_MMAP2, misc);
    put_u32(record, 100);
    put_u32(record, 101);
    put_u64(record, 0x401000);
    put_u64(record, 0x2000);
    put_u64(record, 0x1000);
    if (misc & PERF_RECORD_MISC_MMAP_BUILD_ID) {
        put_u32(record, 4);
        put(record, "\xde\xad\xbe\xef................", 20);
    } else {
        put_u64(record, 8);
        put_u64(record, 4711);
        put_u64(record, 1);
    }
    put_u32(record, protection);
    put_u32(record, MAP_PRIVATE);
    put_text(record, "/usr/bin/app");
    end_with_trailer(record);
}

LP_TEST(perf_record, a_mapping)
{
    struct record record;
    char build_id[BUILD_ID_TEXT];

    make_map(&record, PERF_RECORD_MISC_MMAP_BUILD_ID, PROT_READ | PROT_EXEC);
    struct event event = decode(&record);
    cr_expect(event.kind == EVENT_MAP && event.pid == 100 && event.tid == 101);
    cr_expect(event.time_ns == 5000 && time_of(&record) == 5000);
    cr_expect(event.u.map.start == 0x401000 && event.u.map.size == 0x2000);
    cr_expect(event.u.map.file_offset == 0x1000);
    cr_expect_str_eq(event.u.map.path, "/usr/bin/app");
    build_id_format(&event.u.map.build_id, build_id);
    cr_expect_str_eq(build_id, "deadbeef");

    make_map(&record, 0, PROT_READ | PROT_EXEC);
    event = decode(&record);
    cr_expect(event.u.map.build_id.size == 0, "an inode is no build id");
    cr_expect_str_eq(event.u.map.path, "/usr/bin/app");

    make_map(&record, 0, PROT_READ);
    cr_expect(result_of(&record) == PERF_RECORD_IS_OTHER, "data is of no use");
}

LP_TEST(perf_record, a_name)
{
    struct record record;

    begin(&record, PERF_RECORD_COMM, PERF_RECORD_MISC_COMM_EXEC);
    put_u32(&record, 200);
    put_u32(&record, 201);
    put_text(&record, "fifteen letters");
    end_with_trailer(&record);
    struct event event = decode(&record);
    cr_expect(event.kind == EVENT_COMM && event.pid == 200 && event.tid == 201);
    cr_expect(event.u.comm.exec);
    cr_expect_str_eq(event.u.comm.name, "fifteen letters");
}

LP_TEST(perf_record, a_text_without_an_end_is_broken)
{
    struct record record;

    begin(&record, PERF_RECORD_COMM, 0);
    put_u32(&record, 200);
    put_u32(&record, 201);
    put(&record, "12345678", 8);
    end_with_trailer(&record);
    cr_expect(result_of(&record) == PERF_RECORD_IS_BROKEN);
}

static void make_task(struct record *record, uint32_t type)
{
    begin(record, type, 0);
    put_u32(record, 300);
    put_u32(record, 100);
    put_u32(record, 301);
    put_u32(record, 101);
    put_u64(record, 4999);
    end_with_trailer(record);
}

LP_TEST(perf_record, tasks_begin_and_end)
{
    struct record record;

    make_task(&record, PERF_RECORD_FORK);
    struct event event = decode(&record);
    cr_expect(event.kind == EVENT_FORK && event.pid == 300 && event.tid == 301);
    cr_expect(event.u.fork.parent_pid == 100 && event.u.fork.parent_tid == 101);
    make_task(&record, PERF_RECORD_EXIT);
    event = decode(&record);
    cr_expect(event.kind == EVENT_EXIT && event.pid == 300 && event.tid == 301);
}

static void make_lost(struct record *record)
{
    begin(record, PERF_RECORD_LOST, 0);
    put_u64(record, 11);
    put_u64(record, 42);
    end_with_trailer(record);
}

LP_TEST(perf_record, losses_and_throttling)
{
    struct record record;

    make_lost(&record);
    struct event event = decode(&record);
    cr_expect(event.kind == EVENT_LOST && event.u.lost.count == 42);

    begin(&record, PERF_RECORD_LOST_SAMPLES, 0);
    put_u64(&record, 43);
    end_with_trailer(&record);
    event = decode(&record);
    cr_expect(event.kind == EVENT_LOST && event.u.lost.count == 43);

    begin(&record, PERF_RECORD_THROTTLE, 0);
    put_u64(&record, 4998);
    put_u64(&record, 11);
    put_u64(&record, 11);
    end_with_trailer(&record);
    event = decode(&record);
    cr_expect(event.kind == EVENT_THROTTLE && event.u.throttle.begins && event.time_ns == 4998);
}

LP_TEST(perf_record, other_records_are_of_no_use)
{
    struct record record;

    begin(&record, PERF_RECORD_SWITCH, 0);
    end_with_trailer(&record);
    cr_expect(result_of(&record) == PERF_RECORD_IS_OTHER);
}

// A record cut at every multiple of 8, as sizes are: never an event, and nothing is read behind the end,
// which a sanitizer sees since each cut is a copy of its own.
static void expect_broken_when_cut(const struct record *record)
{
    for (size_t size = 0; size < record->size; size += 8) {
        uint8_t *copy = malloc(size + !size);
        struct event event;
        memcpy(copy, record->bytes, size);
        cr_expect(perf_record_decode(copy, size, &clocks, &event) == PERF_RECORD_IS_BROKEN,
                  "%zu of %zu bytes", size, record->size);
        free(copy);
    }
}

LP_TEST(perf_record, short_records_are_no_events)
{
    struct record record;

    make_sample(&record, PERF_RECORD_MISC_USER, 12);
    put_registers(&record);
    put_stack(&record, 64, 24);
    end(&record);
    expect_broken_when_cut(&record);
    make_task(&record, PERF_RECORD_FORK);
    expect_broken_when_cut(&record);
    make_lost(&record);
    expect_broken_when_cut(&record);
    make_map(&record, PERF_RECORD_MISC_MMAP_BUILD_ID, PROT_EXEC);
    expect_broken_when_cut(&record);
}

LP_TEST(perf_record, headers_too_short_for_a_time_have_none)
{
    struct perf_event_header header = {.type = PERF_RECORD_SAMPLE, .size = 32};

    cr_expect(perf_record_time_offset(&header) == 0);
    header.type = PERF_RECORD_COMM;
    header.size = 24;
    cr_expect(perf_record_time_offset(&header) == 0);
    header.size = 32;
    cr_expect(perf_record_time_offset(&header) == 16);
}
