/**
 * @file
 * The kernel's records, as our events ask for them, decoded into events.
 *
 * Every event is opened with sample_id_all and with at least PERF_RECORD_SAMPLE_TYPE, so that all
 * records of a ring end in the same way.
 *
 * @source perf_event_open(2), "PERF_RECORD_*"
 */
#ifndef LPROF_COLLECT_PERF_RECORD_H
#define LPROF_COLLECT_PERF_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/perf_event.h>

#include "event/event.h"

/** What every event's sample_type has. */
#define PERF_RECORD_SAMPLE_TYPE                                                                    \
    (PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME)

/** What a clock's has besides. */
#define PERF_RECORD_CLOCK_TYPE (PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER)

/** What a page fault's has besides: all that a clock's has. */
#define PERF_RECORD_FAULT_TYPE                                                                     \
    (PERF_RECORD_CLOCK_TYPE | PERF_SAMPLE_ADDR | PERF_SAMPLE_DATA_PAGE_SIZE)

/** The registers to ask for: AX to IP and R8 to R15, whose bits are in the order of event_register.
 */
#define PERF_RECORD_REGISTERS UINT64_C(0xff01ff)

/** Most clocks that write to one ring. */
#define PERF_RECORD_CLOCKS 4

/** Events of page faults that write to one ring. */
#define PERF_RECORD_FAULTS 2

/** What writes samples to a ring: which id ticks for how long, and which are page faults. */
struct perf_record_clocks {
    uint64_t id[PERF_RECORD_CLOCKS];
    uint64_t weight_ns[PERF_RECORD_CLOCKS];
    size_t n;
    uint64_t fault_id[PERF_RECORD_FAULTS];
    size_t n_faults;
    uint64_t page_bytes; ///< Size of a page that the kernel does not tell.
    bool has_page_sizes; ///< Page faults tell it.
};

enum perf_record_result {
    PERF_RECORD_IS_EVENT,
    PERF_RECORD_IS_OTHER,  ///< Sound, but of no use to us.
    PERF_RECORD_IS_BROKEN, ///< Shorter than it says, or of an unknown event.
};

/** Where the time lies in a record with this header, a multiple of 8; 0 when it is too short for
 * one. */
size_t perf_record_time_offset(const struct perf_event_header *header);

/**
 * Decode a record.
 *
 * @param record [size], 8-byte aligned.
 * @param[out] ret Borrows from `record`. Untouched unless PERF_RECORD_IS_EVENT.
 */
enum perf_record_result perf_record_decode(const uint8_t *record, size_t size,
                                           const struct perf_record_clocks *clocks,
                                           struct event *ret);

#endif
