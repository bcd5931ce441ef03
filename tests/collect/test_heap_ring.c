#include "collect/heap_ring.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "event/heap_wire.h"
#include "support/test.h"

// A ring, and what a program sees of it.
struct ends {
    struct heap_ring *ring;
    struct heap_wire_header *header;
    uint8_t *bytes;
};

static struct ends begin(bool full)
{
    struct ends ends = {0};
    size_t size = HEAP_WIRE_HEADER_BYTES + HEAP_WIRE_RING_BYTES;

    cr_assert_null(heap_ring_create(full, true, &ends.ring));
    int fd = open(heap_ring_path(ends.ring), O_RDWR);
    cr_assert(fd >= 0);
    void *place = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    cr_assert(place != MAP_FAILED);
    close(fd);
    ends.header = place;
    ends.bytes = (uint8_t *)place + HEAP_WIRE_HEADER_BYTES;
    return ends;
}

static void end(struct ends *ends)
{
    heap_ring_destroy(ends->ring);
    munmap(ends->header, HEAP_WIRE_HEADER_BYTES + HEAP_WIRE_RING_BYTES);
}

// Room for a record of this size, as a program takes it.
static struct heap_wire_record *take(struct ends *ends, uint64_t size)
{
    uint64_t at = ends->header->head;

    ends->header->head += size;
    return (struct heap_wire_record *)(void *)(ends->bytes + at % HEAP_WIRE_RING_BYTES);
}

static void put_free(struct ends *ends, uint64_t time_ns, uint64_t addr)
{
    *take(ends, 128) = (struct heap_wire_record){
        .size = 128, .kind = HEAP_WIRE_FREE, .time_ns = time_ns, .pid = 7, .tid = 8, .addr = addr};
}

LP_TEST(heap_ring, records_come_in_their_order)
{
    struct ends ends = begin(false);
    struct event event;
    uint64_t time_ns = 0;

    cr_expect(!heap_ring_front(ends.ring, &time_ns));
    struct heap_wire_record *alloc = take(&ends, 256);
    put_free(&ends, 2000, 0x30);
    cr_expect(!heap_ring_front(ends.ring, &time_ns), "the first is not complete");
    *alloc =
        (struct heap_wire_record){.kind = HEAP_WIRE_ALLOC,
                                  .time_ns = 1000,
                                  .pid = 7,
                                  .tid = 7,
                                  .addr = 0x30,
                                  .bytes = 64,
                                  .registers = {[HEAP_WIRE_IP] = 0x401136, [HEAP_WIRE_R15] = 15},
                                  .stack_bytes = 16};
    alloc->stack[1] = 0xab;
    alloc->size = 256;
    cr_expect(heap_ring_front(ends.ring, &time_ns) && time_ns == 1000);
    cr_assert(heap_ring_decode(ends.ring, &event) && event.kind == EVENT_ALLOC);
    cr_expect(event.pid == 7 && event.u.alloc.addr == 0x30 && event.u.alloc.bytes == 64);
    cr_expect(event.u.alloc.interval == HEAP_RING_INTERVAL_BYTES);
    cr_expect(event.u.alloc.at.ip == 0x401136);
    cr_expect(event.u.alloc.at.registers[EVENT_REG_R15] == 15);
    cr_expect(event.u.alloc.at.stack_size == 16 && event.u.alloc.at.stack[1] == 0xab);
    heap_ring_pop(ends.ring);
    cr_assert(heap_ring_decode(ends.ring, &event) && event.kind == EVENT_FREE);
    cr_expect(event.tid == 8 && event.u.free.addr == 0x30 && !event.u.free.temporary);
    heap_ring_pop(ends.ring);
    cr_expect(!heap_ring_front(ends.ring, &time_ns));
    cr_expect(ends.header->tail == ends.header->head);
    end(&ends);
}

// Records without time, as programs write them that tell of everything.
static void put_short(struct ends *ends, enum heap_wire_kind kind, uint64_t addr, uint64_t stack_id)
{
    const uint32_t size = sizeof(struct heap_wire_short);
    const struct heap_wire_short record = {.size = size,
                                           .kind = kind,
                                           .pid = 7,
                                           .tid = 9,
                                           .addr = addr,
                                           .bytes = 24,
                                           .stack_id = stack_id,
                                           .rounds = HEAP_WIRE_LIVE};

    memcpy(take(ends, size), &record, size);
}

static void put_time(struct ends *ends, uint64_t time_ns)
{
    const uint32_t size = 16;
    const struct heap_wire_record record = {
        .size = size, .kind = HEAP_WIRE_TIME, .time_ns = time_ns};

    memcpy(take(ends, size), &record, size);
}

LP_TEST(heap_ring, records_without_time_have_the_last_one)
{
    struct ends ends = begin(true);
    struct event event;
    uint64_t time_ns = 0;

    uint64_t tick = ends.header->tick;
    cr_expect(!heap_ring_front(ends.ring, &time_ns));
    cr_expect(ends.header->tick != tick, "time is asked for");
    put_time(&ends, 500);
    put_short(&ends, HEAP_WIRE_SHORT_ALLOC, 0x30, 77);
    put_time(&ends, 400);
    put_short(&ends, HEAP_WIRE_SHORT_FREE, 0x30, 0);
    cr_expect(heap_ring_front(ends.ring, &time_ns) && time_ns == 500);
    cr_assert(heap_ring_decode(ends.ring, &event) && event.kind == EVENT_ALLOC);
    cr_expect(event.pid == 7 && event.tid == 9 && event.time_ns == 500);
    cr_expect(event.u.alloc.addr == 0x30 && event.u.alloc.bytes == 24);
    cr_expect(event.u.alloc.stack_id == 77 && !event.u.alloc.interval && !event.u.alloc.at.stack);
    heap_ring_pop(ends.ring);
    cr_expect(heap_ring_front(ends.ring, &time_ns) && time_ns == 500, "it never goes back");
    cr_assert(heap_ring_decode(ends.ring, &event) && event.kind == EVENT_FREE);
    cr_expect(event.u.free.addr == 0x30 && event.tid == 9 && event.u.free.temporary);
    heap_ring_pop(ends.ring);
    put_time(&ends, 600);
    cr_expect(!heap_ring_front(ends.ring, &time_ns), "a time is nothing by itself");
    cr_expect(ends.header->tail == ends.header->head);
    end(&ends);
}

LP_TEST(heap_ring, what_was_taken_is_told_of_no_more)
{
    struct ends ends = begin(true);
    struct event event;
    uint64_t time_ns;

    put_short(&ends, HEAP_WIRE_SHORT_ALLOC, 0x30, 77);
    struct heap_wire_short *record = (struct heap_wire_short *)(void *)ends.bytes;
    record->rounds = UINT64_C(5) << HEAP_WIRE_TAG_SHIFT | 3 * HEAP_WIRE_ROUND;
    cr_assert(heap_ring_front(ends.ring, &time_ns));
    cr_assert(heap_ring_decode(ends.ring, &event) && event.kind == EVENT_ALLOC);
    cr_expect(event.u.alloc.rounds == 3 && event.u.alloc.gone);
    cr_expect(record->rounds & HEAP_WIRE_TAKEN);
    heap_ring_pop(ends.ring);
    put_short(&ends, HEAP_WIRE_SHORT_ALLOC, 0x40, 77);
    cr_assert(heap_ring_decode(ends.ring, &event) && event.u.alloc.addr == 0x40);
    cr_expect(!event.u.alloc.rounds && !event.u.alloc.gone);
    heap_ring_pop(ends.ring);
    end(&ends);
}

// A mapping is exact also where allocations are sampled.
LP_TEST(heap_ring, mappings)
{
    struct ends ends = begin(false);
    struct event event;

    *take(&ends, 128) = (struct heap_wire_record){
        .size = 128, .kind = HEAP_WIRE_MAP, .pid = 7, .addr = 0x1000, .bytes = 4096};
    *take(&ends, 128) = (struct heap_wire_record){
        .size = 128, .kind = HEAP_WIRE_UNMAP, .pid = 7, .addr = 0x1000, .bytes = 8192};
    cr_assert(heap_ring_decode(ends.ring, &event) && event.kind == EVENT_ALLOC);
    cr_expect(event.u.alloc.mapped && !event.u.alloc.interval && event.u.alloc.bytes == 4096);
    heap_ring_pop(ends.ring);
    cr_assert(heap_ring_decode(ends.ring, &event) && event.kind == EVENT_FREE);
    cr_expect(event.u.free.mapped_bytes == 8192 && !event.u.free.temporary);
    end(&ends);
}

LP_TEST(heap_ring, it_goes_round_and_leaves_nothing_behind)
{
    struct ends ends = begin(true);
    struct event event;
    uint64_t time_ns;

    for (uint64_t i = 0; i < 3 * HEAP_WIRE_RING_BYTES / 128; i++) {
        cr_assert(!heap_ring_front(ends.ring, &time_ns), "what was there is gone");
        put_free(&ends, i, i);
        cr_assert(heap_ring_decode(ends.ring, &event) && event.u.free.addr == i);
        heap_ring_pop(ends.ring);
    }
    end(&ends);
}

LP_TEST(heap_ring, what_makes_no_sense_is_passed_over)
{
    struct ends ends = begin(true);
    struct event event;
    uint64_t time_ns;

    take(&ends, 8)->size = 63;             // No multiple of the unit: one is passed over.
    take(&ends, 8)->size = UINT32_MAX - 7; // Longer than the ring.
    take(&ends, 64)->size = 64;            // Of no kind.
    struct heap_wire_record *short_one = take(&ends, 32);
    short_one->size = 32; // Shorter than a record.
    short_one->kind = HEAP_WIRE_SHORT_ALLOC;
    struct heap_wire_record *wrong = take(&ends, 128);
    wrong->size = 128;
    wrong->kind = HEAP_WIRE_ALLOC;
    wrong->stack_bytes = 4096; // More than the record.
    struct heap_wire_record *unknown = take(&ends, 128);
    unknown->size = 128;
    unknown->kind = 77;
    for (int i = 0; i < 6; i++) {
        cr_assert(heap_ring_front(ends.ring, &time_ns), "record %d", i);
        cr_expect(!heap_ring_decode(ends.ring, &event), "record %d", i);
        heap_ring_pop(ends.ring);
    }
    cr_expect(ends.header->head == ends.header->tail);
    ends.header->head = ends.header->tail + 2 * HEAP_WIRE_RING_BYTES;
    cr_expect(!heap_ring_front(ends.ring, &time_ns), "more than there is room for");
    cr_expect(heap_ring_is_pending(ends.ring));
    heap_ring_pass_over(ends.ring);
    cr_expect(heap_ring_totals(ends.ring).lost == 1);
    cr_expect(!heap_ring_is_pending(ends.ring));
    end(&ends);
}

LP_TEST(heap_ring, a_record_whose_writer_was_killed_is_passed_over)
{
    struct ends ends = begin(true);
    uint64_t time_ns = 0;

    cr_expect(!heap_ring_is_pending(ends.ring));
    take(&ends, 512);
    put_free(&ends, 2000, 0x30);
    cr_expect(heap_ring_is_pending(ends.ring) && !heap_ring_front(ends.ring, &time_ns));
    heap_ring_pass_over(ends.ring);
    cr_expect(!heap_ring_is_pending(ends.ring) && heap_ring_front(ends.ring, &time_ns));
    cr_expect(time_ns == 2000 && heap_ring_totals(ends.ring).lost == 1);
    end(&ends);
}

LP_TEST(heap_ring, programs_are_told_when_nobody_reads)
{
    struct ends ends = begin(false);

    ends.header->lost = 3;
    ends.header->started = 2;
    struct heap_ring_totals totals = heap_ring_totals(ends.ring);
    cr_expect(totals.lost == 3 && totals.started == 2 && !totals.full);
    cr_expect(!ends.header->closed);
    heap_ring_destroy(ends.ring);
    cr_expect(ends.header->closed);
    munmap(ends.header, HEAP_WIRE_HEADER_BYTES + HEAP_WIRE_RING_BYTES);
}
