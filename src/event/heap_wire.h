/**
 * @file
 * What a profiled program tells lprof of its heap: a ring of records in memory that both share.
 *
 * Writers are all threads of all processes; each takes room by moving `head`, fills its record, and stores
 * the record's size last. The reader takes records from `tail` on, clears them and then moves `tail`. The ring
 * is mapped twice in a row, so that a record never has a seam.
 *
 * Where every allocation is told of, the stack of a thread has a number, and goes with the number's first
 * record alone. Records without a time have that of the last one before them that has one.
 */
#ifndef LPROF_EVENT_HEAP_WIRE_H
#define LPROF_EVENT_HEAP_WIRE_H

#include <stdint.h>

/** In the environment of the program: "PATH", a file to map. */
#define HEAP_WIRE_VARIABLE "LPROF_HEAP"

#define HEAP_WIRE_VERSION 2

/** The library that is loaded into the program. */
#define HEAP_WIRE_LIBRARY "lprof-heap.so"

/** Size of the header in front of the ring, and of the ring. */
#define HEAP_WIRE_HEADER_BYTES 4096
#define HEAP_WIRE_RING_BYTES (UINT64_C(4) << 20)

/** What a program maps of it; all of it is resident from the start, so that it causes no faults. */
#define HEAP_WIRE_MAPPED_BYTES (HEAP_WIRE_HEADER_BYTES + 2 * HEAP_WIRE_RING_BYTES)

/** Records start at multiples of this. */
#define HEAP_WIRE_UNIT 8

/** Most stack of a record: of a sample, and of one that is told of once. */
#define HEAP_WIRE_STACK_MAX 8192
#define HEAP_WIRE_STACK_ONCE_MAX 65536

struct heap_wire_header {
    uint32_t version;
    uint32_t full;           ///< Tell of every allocation, waiting for room; else sample them.
    uint64_t interval_bytes; ///< Mean number of bytes between two samples.
    int32_t first_pid;       ///< The first process to run; others are told of only with `children`.
    uint32_t children;
    uint32_t closed; ///< Nobody reads any more.
    uint32_t padding;
    uint64_t own_bytes;         ///< Memory of the first process that is lprof's, besides this.
    _Alignas(64) uint64_t head; ///< Bytes taken by writers since the start.
    _Alignas(64) uint64_t tail; ///< Bytes given back by the reader.
    _Alignas(64) uint64_t lost; ///< Records that found no room.
    uint64_t started;           ///< Processes that joined.
    uint64_t passed_by;         ///< Of these, those whose executable has an allocator of its own.
    uint64_t tick;              ///< Changed by the reader when it wants to know the time.
};

/** Numbers that hardly stand anywhere else, so that records can be found again. */
enum heap_wire_kind {
    HEAP_WIRE_ALLOC = 0x6c70a110,
    HEAP_WIRE_FREE = 0x6c70f4ee,
    HEAP_WIRE_SHORT_ALLOC = 0x6c70a111,
    HEAP_WIRE_SHORT_FREE = 0x6c70f4ef,
    HEAP_WIRE_MAP = 0x6c70a3a9,   ///< As an allocation; what is freed of it may be a part.
    HEAP_WIRE_UNMAP = 0x6c70f3a9, ///< As a free, of all mappings in so many bytes.
    HEAP_WIRE_TIME = 0x6c7071e0,
};

/** Registers of a record, enough to unwind its stack. */
enum heap_wire_register {
    HEAP_WIRE_IP,
    HEAP_WIRE_SP,
    HEAP_WIRE_BP,
    HEAP_WIRE_BX,
    HEAP_WIRE_R12,
    HEAP_WIRE_R13,
    HEAP_WIRE_R14,
    HEAP_WIRE_R15,
    HEAP_WIRE_REGISTERS
};

/** HEAP_WIRE_TIME is no more than the first three. */
struct heap_wire_record {
    uint32_t size; ///< Of the record, a multiple of the unit; 0 = not written yet.
    uint32_t kind;
    uint64_t time_ns; ///< CLOCK_MONOTONIC.
    int32_t pid;
    int32_t tid;
    uint64_t addr;
    uint64_t bytes; ///< Asked for; of a free: 1 = nothing was allocated since it was.
    uint64_t
        stack_id; ///< Of an allocation alone, as is what follows: number of the stack from now on; 0 = it has none.
    uint64_t registers[HEAP_WIRE_REGISTERS];
    uint32_t stack_bytes;
    uint32_t padding;
    uint8_t stack[]; ///< From the stack pointer up.
};

/**
 * Of an allocation without time: what its thread goes on to do there is told in the record itself, while it is the
 * last of the ring and was not taken by the reader. Set by both with compare-and-exchange.
 */
enum heap_wire_rounds {
    HEAP_WIRE_LIVE = 1,      ///< It is allocated.
    HEAP_WIRE_ROUND = 2,     ///< Added each time that it was freed; the same is allocated again next.
    HEAP_WIRE_TAG_SHIFT = 32 ///< What tells this record from others that lay in its place, up to bit 62.
};

#define HEAP_WIRE_TAKEN (UINT64_C(1) << 63)
#define HEAP_WIRE_ROUNDS_MASK (UINT64_C(0xffffffff))

/** A record without time and stack. */
struct heap_wire_short {
    uint32_t size;
    uint32_t kind;
    int32_t pid;
    int32_t tid;
    uint64_t addr;
    uint64_t bytes;    ///< As above.
    uint64_t stack_id; ///< Of an allocation alone, as is what follows.
    uint64_t rounds;   ///< Values of enum heap_wire_rounds.
};

#endif
