#include "collect/perf_ring.h"

#include <string.h>

#include "support/test.h"

#define RING_SIZE 64

// A ring in plain memory, written to as the kernel does.
struct fake {
    struct perf_event_mmap_page control;
    _Alignas(8) uint8_t data[RING_SIZE];
    _Alignas(8) uint8_t scratch[PERF_RING_RECORD_MAX];
    struct perf_ring ring;
};

static struct fake *fake_create(void)
{
    static struct fake fake;

    memset(&fake, 0, sizeof fake);
    perf_ring_init(&fake.ring, &fake.control, fake.data, RING_SIZE);
    return &fake;
}

// A record whose bytes behind the header are fill, fill + 1, ...
static void write_record(struct fake *fake, uint16_t size, uint8_t fill)
{
    struct perf_event_header header = {.type = PERF_RECORD_COMM, .size = size};
    uint64_t at = fake->control.data_head;

    memcpy(fake->data + at % RING_SIZE, &header, sizeof header);
    for (size_t i = sizeof header; i < size; i++)
        fake->data[(at + i) % RING_SIZE] = (uint8_t)(fill + i - sizeof header);
    fake->control.data_head += size;
}

static void expect_record(struct fake *fake, uint16_t size, uint8_t fill)
{
    struct perf_event_header header;
    uint64_t word;

    cr_assert(perf_ring_front(&fake->ring, &header));
    cr_assert(header.size == size);
    const uint8_t *record = perf_ring_record(&fake->ring, size, fake->scratch);
    for (size_t i = sizeof header; i < size; i++)
        cr_expect(record[i] == (uint8_t)(fill + i - sizeof header), "byte %zu", i);
    memcpy(&word, record + size - 8, sizeof word);
    cr_expect(perf_ring_word(&fake->ring, (size_t)size - 8) == word);
    perf_ring_pop(&fake->ring, size);
}

LP_TEST(perf_ring, records_come_in_order_after_a_refresh)
{
    struct fake *fake = fake_create();
    struct perf_event_header header;

    write_record(fake, 16, 1);
    write_record(fake, 24, 2);
    cr_expect(!perf_ring_front(&fake->ring, &header), "nothing is seen before a refresh");
    perf_ring_refresh(&fake->ring);
    write_record(fake, 16, 3);
    expect_record(fake, 16, 1);
    cr_expect(fake->control.data_tail == 16, "the kernel has its room back");
    expect_record(fake, 24, 2);
    cr_expect(!perf_ring_front(&fake->ring, &header), "what came later waits");
    perf_ring_refresh(&fake->ring);
    expect_record(fake, 16, 3);
}

LP_TEST(perf_ring, a_record_that_wraps_around_is_whole)
{
    struct fake *fake = fake_create();

    for (uint8_t round = 0; round < 40; round++) {
        write_record(fake, 40, round);
        perf_ring_refresh(&fake->ring);
        expect_record(fake, 40, round);
    }
    cr_expect(fake->control.data_tail == 1600);
    write_record(fake, RING_SIZE, 99);
    perf_ring_refresh(&fake->ring);
    expect_record(fake, RING_SIZE, 99);
}

static void expect_broken(uint16_t size)
{
    struct fake *fake = fake_create();
    struct perf_event_header header = {.size = size};

    write_record(fake, 16, 0);
    memcpy(fake->data, &header, sizeof header);
    perf_ring_refresh(&fake->ring);
    cr_expect(!perf_ring_front(&fake->ring, &header), "a size of %u", size);
    cr_expect(fake->ring.broken == 1);
    cr_expect(fake->control.data_tail == 16, "what makes no sense is dropped");
    write_record(fake, 24, 5);
    perf_ring_refresh(&fake->ring);
    expect_record(fake, 24, 5);
}

LP_TEST(perf_ring, sizes_that_make_no_sense_are_counted)
{
    expect_broken(0);
    expect_broken(4);
    expect_broken(12);
    expect_broken(24);
    expect_broken(65528);
}
