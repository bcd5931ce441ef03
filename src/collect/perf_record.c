#include "collect/perf_record.h"

#include <string.h>
#include <sys/mman.h>

// Layout of a sample: header, identifier, ip, pid and tid, time, [address,] registers, stack[, page size].
#define SAMPLE_TIME_OFFSET 32
// Layout of every other record: header, its own fields, then pid and tid, time, identifier.
#define TRAILER_SIZE 24
#define TRAILER_TIME 16 // From the end.

#define KERNEL_BUILD_ID_SIZE 20

// The part of a record that has not been read.
struct cursor {
    const uint8_t *at;
    const uint8_t *end;
    bool broken;
};

static const uint8_t *take(struct cursor *cursor, size_t size)
{
    if ((size_t)(cursor->end - cursor->at) < size) {
        cursor->broken = true;
        return NULL;
    }
    const uint8_t *bytes = cursor->at;
    cursor->at += size;
    return bytes;
}

static uint64_t take_u64(struct cursor *cursor)
{
    const uint8_t *bytes = take(cursor, sizeof(uint64_t));
    uint64_t value = 0;

    if (bytes)
        memcpy(&value, bytes, sizeof value);
    return value;
}

static uint32_t take_u32(struct cursor *cursor)
{
    const uint8_t *bytes = take(cursor, sizeof(uint32_t));
    uint32_t value = 0;

    if (bytes)
        memcpy(&value, bytes, sizeof value);
    return value;
}

static void take_ids(struct cursor *cursor, struct event *event)
{
    event->pid = (pid_t)take_u32(cursor);
    event->tid = (pid_t)take_u32(cursor);
}

// A text that ends in a zero within the record.
static const char *take_text(struct cursor *cursor)
{
    const uint8_t *text = cursor->at;

    if (!memchr(text, '\0', (size_t)(cursor->end - text))) {
        cursor->broken = true;
        return "";
    }
    cursor->at = cursor->end;
    return (const char *)text;
}

// Takes pid, tid, time and id off the end.
static uint64_t take_trailer(struct cursor *cursor, struct event *event)
{
    if (cursor->end - cursor->at < TRAILER_SIZE) {
        cursor->broken = true;
        return 0;
    }
    cursor->end -= TRAILER_SIZE;
    struct cursor trailer = {.at = cursor->end, .end = cursor->end + TRAILER_SIZE};
    take_ids(&trailer, event);
    event->time_ns = take_u64(&trailer);
    return take_u64(&trailer);
}

static bool find_weight(const struct perf_record_clocks *clocks, uint64_t id, uint64_t *ret)
{
    for (size_t i = 0; i < clocks->n; i++) {
        if (clocks->id[i] == id) {
            *ret = clocks->weight_ns[i];
            return true;
        }
    }
    return false;
}

static void decode_registers(struct cursor *cursor, struct event_sample *sample)
{
    if (take_u64(cursor) == PERF_SAMPLE_REGS_ABI_NONE)
        return;
    for (size_t i = 0; i < EVENT_REG_COUNT; i++)
        sample->registers[i] = take_u64(cursor);
    sample->has_registers = true;
}

// The dump always has the size that was asked for; how much of it is stack stands behind it.
static void decode_stack(struct cursor *cursor, struct event_sample *sample)
{
    uint64_t dumped = take_u64(cursor);

    if (!dumped)
        return;
    const uint8_t *stack = take(cursor, dumped);
    uint64_t used = take_u64(cursor);
    if (!stack || used > dumped) {
        cursor->broken = true;
        return;
    }
    sample->stack = used ? stack : NULL;
    sample->stack_size = used;
}

static bool is_kernel_mode(uint16_t misc)
{
    uint16_t mode = misc & PERF_RECORD_MISC_CPUMODE_MASK;

    return mode == PERF_RECORD_MISC_KERNEL || mode == PERF_RECORD_MISC_HYPERVISOR ||
           mode == PERF_RECORD_MISC_GUEST_KERNEL;
}

static bool is_fault(const struct perf_record_clocks *clocks, uint64_t id)
{
    for (size_t i = 0; i < clocks->n_faults; i++) {
        if (clocks->fault_id[i] == id)
            return true;
    }
    return false;
}

static void decode_sample(struct cursor *cursor, uint16_t misc,
                          const struct perf_record_clocks *clocks, struct event *event)
{
    uint64_t id = take_u64(cursor);
    struct event_sample sample = {.in_kernel = is_kernel_mode(misc)};
    bool fault = is_fault(clocks, id);
    uint64_t addr = 0;

    if (!fault && !find_weight(clocks, id, &sample.weight_ns))
        cursor->broken = true;
    sample.ip = take_u64(cursor);
    take_ids(cursor, event);
    event->time_ns = take_u64(cursor);
    if (fault)
        addr = take_u64(cursor);
    decode_registers(cursor, &sample);
    decode_stack(cursor, &sample);
    event->kind = fault ? EVENT_FAULT : EVENT_SAMPLE;
    if (!fault) {
        event->u.sample = sample;
        return;
    }
    uint64_t page_bytes = clocks->has_page_sizes ? take_u64(cursor) : 0;
    event->u.fault = (struct event_fault){
        .at = sample, .addr = addr, .page_bytes = page_bytes ? page_bytes : clocks->page_bytes};
}

static void decode_build_id(struct cursor *cursor, struct build_id *build_id)
{
    uint32_t size = take_u32(cursor) & 0xff; // Three reserved bytes follow.
    const uint8_t *bytes = take(cursor, KERNEL_BUILD_ID_SIZE);

    if (!bytes || size > KERNEL_BUILD_ID_SIZE)
        return;
    build_id->size = (uint8_t)size;
    memcpy(build_id->bytes, bytes, size);
}

// False for a mapping that cannot be executed.
static bool decode_mmap2(struct cursor *cursor, uint16_t misc, struct event *event)
{
    struct event_map *map = &event->u.map;

    event->kind = EVENT_MAP;
    take_ids(cursor, event);
    map->start = take_u64(cursor);
    map->size = take_u64(cursor);
    map->file_offset = take_u64(cursor);
    if (misc & PERF_RECORD_MISC_MMAP_BUILD_ID)
        decode_build_id(cursor, &map->build_id);
    else
        take(cursor, 24); // Device, inode and its generation.
    uint32_t protection = take_u32(cursor);
    take_u32(cursor); // Flags.
    map->path = take_text(cursor);
    return protection & PROT_EXEC;
}

static void decode_comm(struct cursor *cursor, uint16_t misc, struct event *event)
{
    event->kind = EVENT_COMM;
    take_ids(cursor, event);
    event->u.comm.name = take_text(cursor);
    event->u.comm.exec = misc & PERF_RECORD_MISC_COMM_EXEC;
}

static void decode_task(struct cursor *cursor, uint32_t type, struct event *event)
{
    pid_t pid = (pid_t)take_u32(cursor);
    pid_t parent_pid = (pid_t)take_u32(cursor);
    pid_t tid = (pid_t)take_u32(cursor);
    pid_t parent_tid = (pid_t)take_u32(cursor);

    event->kind = type == PERF_RECORD_FORK ? EVENT_FORK : EVENT_EXIT;
    event->pid = pid;
    event->tid = tid;
    event->time_ns = take_u64(cursor);
    if (type == PERF_RECORD_FORK)
        event->u.fork = (struct event_fork){.parent_pid = parent_pid, .parent_tid = parent_tid};
}

static void decode_lost(struct cursor *cursor, uint32_t type, struct event *event)
{
    event->kind = EVENT_LOST;
    if (type == PERF_RECORD_LOST)
        take_u64(cursor); // Id.
    event->u.lost.count = take_u64(cursor);
}

static void decode_throttle(struct cursor *cursor, uint32_t type, struct event *event)
{
    event->kind = EVENT_THROTTLE;
    event->u.throttle.begins = type == PERF_RECORD_THROTTLE;
    event->time_ns = take_u64(cursor);
}

// False when the record is of no use.
static bool decode_other(struct cursor *cursor, const struct perf_event_header *header,
                         struct event *event)
{
    take_trailer(cursor, event);
    switch (header->type) {
    case PERF_RECORD_MMAP2:
        return decode_mmap2(cursor, header->misc, event);
    case PERF_RECORD_COMM:
        decode_comm(cursor, header->misc, event);
        return true;
    case PERF_RECORD_FORK:
    case PERF_RECORD_EXIT:
        decode_task(cursor, header->type, event);
        return true;
    case PERF_RECORD_LOST:
    case PERF_RECORD_LOST_SAMPLES:
        decode_lost(cursor, header->type, event);
        return true;
    case PERF_RECORD_THROTTLE:
    case PERF_RECORD_UNTHROTTLE:
        decode_throttle(cursor, header->type, event);
        return true;
    default:
        return false;
    }
}

enum perf_record_result perf_record_decode(const uint8_t *record, size_t size,
                                           const struct perf_record_clocks *clocks,
                                           struct event *ret)
{
    struct perf_event_header header;
    struct event event = {0};
    bool useful = true;

    if (size < sizeof header)
        return PERF_RECORD_IS_BROKEN;
    memcpy(&header, record, sizeof header);
    struct cursor cursor = {.at = record + sizeof header, .end = record + size};
    if (header.type == PERF_RECORD_SAMPLE)
        decode_sample(&cursor, header.misc, clocks, &event);
    else
        useful = decode_other(&cursor, &header, &event);
    if (cursor.broken)
        return PERF_RECORD_IS_BROKEN;
    if (!useful)
        return PERF_RECORD_IS_OTHER;
    *ret = event;
    return PERF_RECORD_IS_EVENT;
}

size_t perf_record_time_offset(const struct perf_event_header *header)
{
    if (header->type == PERF_RECORD_SAMPLE)
        return header->size >= SAMPLE_TIME_OFFSET + 8 ? SAMPLE_TIME_OFFSET : 0;
    return header->size >= sizeof *header + TRAILER_SIZE ? header->size - (size_t)TRAILER_TIME : 0;
}
