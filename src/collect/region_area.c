// The program may write anything to this memory at any time: what is checked and then used is a copy.
//
// A sample's region is the innermost one whose mark lies in its copy of the stack. If there is none, the mark
// may lie behind the end of the copy, or of the part of the stack that was in memory: then what was open at the
// time of the sample is looked up, first among what is open now, then among what was closed since.
#include "collect/region_area.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <uthash.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "collect/tick_rate.h"
#include "event/region_wire.h"

static_assert(EVENT_BUCKETS == REGION_WIRE_BUCKETS, "buckets are handed on as they are");

// Readings of the clocks that are compared lie so far apart.
#define BETWEEN_NS UINT64_C(20000000)

// Nothing is measured there.
#define PAUSED UINT32_MAX

// Which block a thread had last.
struct region_thread {
    pid_t tid;
    uint32_t block;
    uint64_t ended; // 0 = it runs [ticks].
    UT_hash_handle hh;
};

struct region_area {
    int fd;
    char *path;
    struct region_wire *wire;      // NULL = not mapped.
    struct region_thread *threads; // A uthash table.
    struct event_sink sink;
    struct tick_reading last;
    struct tick_reading middle; // At most BETWEEN_NS before that ...
    struct tick_reading first;  // ... and as long before this, from which times are measured.
    uint32_t told;              // Contexts below this number, 0 included.
    bool told_others;
    uint32_t resets;
    uint64_t reset; // [ticks]
    uint64_t left_out;
    uint64_t left_out_ns;
    uint64_t unsure;
};

// ---- making it

static void cleanup_area(struct region_area **area)
{
    region_area_destroy(*area);
}

struct lprof_error *region_area_create(const struct region_area_options *options,
                                       struct region_area **ret)
{
    CLEANUP(cleanup_area) struct region_area *area = mem_alloc(sizeof *area);
    const size_t size = sizeof(struct region_wire);

    area->fd = memfd_create("lprof_regions", MFD_CLOEXEC);
    void *memory = MAP_FAILED;
    if (area->fd >= 0 && ftruncate(area->fd, (off_t)size) == 0)
        memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, area->fd, 0);
    if (memory == MAP_FAILED)
        return error_from_errno(errno, "memory to tell of regions");
    area->wire = memory;
    madvise(memory, size, MADV_DONTDUMP);
    area->path = mem_printf("/proc/%d/fd/%d", getpid(), area->fd);
    area->told = 1;
    area->wire->header = (struct region_wire_header){.version = REGION_WIRE_VERSION,
                                                     .children = options->children,
                                                     .reader_pid = getpid(),
                                                     .prints = options->prints,
                                                     .ns_per_tick = tick_rate_ns(),
                                                     .contexts = 1};
    region_area_look(area);
    *ret = take_ptr(&area);
    return NULL;
}

void region_area_destroy(struct region_area *area)
{
    struct region_thread *thread;
    struct region_thread *next;

    if (!area)
        return;
    HASH_ITER(hh, area->threads, thread, next)
    {
        HASH_DEL(area->threads, thread);
        free(thread);
    }
    if (area->wire) {
        __atomic_store_n(&area->wire->header.closed, 1, __ATOMIC_RELAXED);
        munmap(area->wire, sizeof *area->wire);
    }
    if (area->fd >= 0)
        close(area->fd);
    free(area->path);
    free(area);
}

const char *region_area_path(const struct region_area *area)
{
    return area->path;
}

void region_area_set_first(struct region_area *area, pid_t pid)
{
    area->wire->header.first_pid = pid;
}

// ---- clocks

void region_area_look(struct region_area *area)
{
    area->last = tick_rate_read();
    if (!area->wire->header.ns_per_tick)
        area->last.ticks = area->last.ns;
    if (!area->first.ns)
        area->first = area->middle = area->last;
    if (area->last.ns - area->middle.ns < BETWEEN_NS)
        return;
    area->first = area->middle;
    area->middle = area->last;
}

// The two clocks drift apart by less than what matters, in the time between two readings.
static uint64_t ticks_at(const struct region_area *area, uint64_t time_ns)
{
    uint64_t rate = area->wire->header.ns_per_tick;
    double ticks_per_ns = rate ? 4294967296.0 / (double)rate : 1;

    if (!rate)
        return time_ns;
    if (area->last.ns - area->first.ns >= BETWEEN_NS)
        ticks_per_ns = (double)(area->last.ticks - area->first.ticks) /
                       (double)(area->last.ns - area->first.ns);
    double ticks = (double)(int64_t)(area->last.ns - time_ns) * ticks_per_ns;
    return area->last.ticks - (uint64_t)(int64_t)ticks;
}

// ---- the blocks

static uint32_t count_blocks(const struct region_area *area)
{
    uint32_t n = __atomic_load_n(&area->wire->header.blocks, __ATOMIC_ACQUIRE);

    return n < REGION_WIRE_BLOCKS ? n : REGION_WIRE_BLOCKS;
}

static bool owns(const struct region_wire_block *block, pid_t tid)
{
    return __atomic_load_n(&block->owner, __ATOMIC_ACQUIRE) == (uint64_t)tid;
}

// The last block of a thread; NULL when it has none.
static struct region_thread *find_thread(struct region_area *area, pid_t tid)
{
    const struct region_wire_block *blocks = area->wire->blocks;
    struct region_thread *thread;
    uint32_t n = count_blocks(area);

    HASH_FIND(hh, area->threads, &tid, sizeof tid, thread);
    if (thread && owns(&blocks[thread->block], tid))
        return thread;
    for (uint32_t i = 0; i < n; i++) {
        if (!owns(&blocks[i], tid))
            continue;
        if (!thread) {
            thread = mem_alloc(sizeof *thread);
            thread->tid = tid;
            HASH_ADD(hh, area->threads, tid, sizeof thread->tid, thread);
        }
        thread->block = i;
        thread->ended = 0;
        break;
    }
    // What a thread left is there until another one takes its block.
    return thread;
}

// A thread ended, or runs another program now.
static void end_thread(struct region_area *area, const struct event *event)
{
    struct region_thread *thread = find_thread(area, event->tid);

    if (thread)
        thread->ended = ticks_at(area, event->time_ns);
}

// ---- the region of a sample

// One of the last `room` spans; false when it has been written over.
static bool read_span(const struct region_wire_span *spans, const uint64_t *n, uint64_t room,
                      uint64_t number, struct region_wire_span *ret)
{
    *ret = spans[number % room];
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return __atomic_load_n(n, __ATOMIC_ACQUIRE) < number + room;
}

enum found { FOUND_NONE, FOUND, FOUND_TOO_LATE };

// The innermost of the spans of a thread that were at a time.
static enum found find_span(const struct region_wire_span *spans, const uint64_t *count,
                            uint64_t room, pid_t tid, uint64_t at, struct region_wire_span *ret)
{
    uint64_t n = __atomic_load_n(count, __ATOMIC_ACQUIRE);
    enum found found = FOUND_NONE;
    struct region_wire_span span;

    for (uint64_t i = n; i-- > 0;) {
        if (n - i > room || !read_span(spans, count, room, i, &span))
            return found == FOUND ? FOUND : FOUND_TOO_LATE;
        // They are in the order of their ends: what ended before is of no more interest.
        if (span.end < at)
            break;
        if (span.tid == (uint32_t)tid && span.start <= at &&
            (found != FOUND || span.start > ret->start)) {
            *ret = span;
            found = FOUND;
        }
    }
    return found;
}

static bool was_paused(struct region_area *area, const struct region_wire_block *block, pid_t tid,
                       uint64_t at)
{
    uint64_t since = __atomic_load_n(&block->paused, __ATOMIC_ACQUIRE);
    struct region_wire_span span;

    if (since && since <= at && owns(block, tid))
        return true;
    enum found found =
        find_span(block->pauses, &block->n_pauses, REGION_WIRE_PAUSES, tid, at, &span);
    area->unsure += found == FOUND_TOO_LATE;
    return found == FOUND;
}

// What is open since before.
static void find_open(const struct region_wire_block *block, uint64_t at,
                      struct region_wire_span *ret)
{
    uint32_t depth = __atomic_load_n(&block->depth, __ATOMIC_ACQUIRE);

    for (uint32_t i = 0; i < depth && i < REGION_WIRE_DEPTH; i++) {
        const struct region_wire_open open = block->open[i];
        if (open.key && open.start <= at && open.start >= ret->start)
            *ret = (struct region_wire_span){.start = open.start, .context = open.context};
    }
}

static enum found find_in_block(const struct region_wire_block *block, pid_t tid, uint64_t at,
                                uint32_t *ret)
{
    struct region_wire_span open = {0};
    struct region_wire_span closed = {0};

    if (owns(block, tid))
        find_open(block, at, &open);
    enum found found =
        find_span(block->closed, &block->n_closed, REGION_WIRE_CLOSED, tid, at, &closed);
    *ret = found == FOUND && closed.start >= open.start ? closed.context : open.context;
    return found;
}

static uint32_t find_on_stack(const struct event_sample *sample)
{
    uint64_t sp = sample->registers[EVENT_REG_SP];
    uint64_t words[2];
    uint32_t context = 0;
    uint32_t deepest = 0;

    for (size_t i = -sp % 8; i + sizeof words <= sample->stack_size; i += 8) {
        memcpy(words, sample->stack + i, sizeof words);
        uint32_t depth = (uint32_t)(words[1] >> 32);
        if ((words[0] ^ REGION_WIRE_MARK) != sp + i || (context && depth <= deepest))
            continue;
        context = (uint32_t)words[1];
        deepest = depth;
    }
    return context;
}

// Whether the stack surely goes on behind its copy, whose size is one of those that are asked for then.
static bool is_cut(const struct event_sample *sample)
{
    size_t size = sample->stack_size;

    return !sample->stack || (size >= 2048 && (size & (size - 1)) == 0);
}

static uint32_t find_region(struct region_area *area, const struct event *event,
                            const struct event_sample *sample)
{
    const struct region_thread *thread = find_thread(area, event->tid);
    uint32_t context = 0;

    if (!thread)
        return 0;
    const struct region_wire_block *block = &area->wire->blocks[thread->block];
    uint64_t at = ticks_at(area, event->time_ns);
    if (was_paused(area, block, event->tid, at))
        return PAUSED;
    if (sample->has_registers && sample->stack)
        context = find_on_stack(sample);
    if (context && !area->wire->header.scopeless)
        return context < REGION_WIRE_CONTEXTS ? context : 0;
    uint32_t other = 0;
    enum found found = find_in_block(block, event->tid, at, &other);
    area->unsure += found == FOUND_TOO_LATE && is_cut(sample);
    context = other ? other : context;
    return context < REGION_WIRE_CONTEXTS ? context : 0;
}

// ---- handing on

static void tell_context(struct region_area *area, uint32_t number)
{
    const struct region_wire_context *context = &area->wire->contexts[number];
    char name[REGION_WIRE_NAME_MAX + 1];
    uint32_t parent = context->parent;

    memcpy(name, context->name, REGION_WIRE_NAME_MAX);
    name[REGION_WIRE_NAME_MAX] = '\0';
    const struct event event = {
        .kind = EVENT_REGION,
        .time_ns = area->last.ns,
        .u.region = {.number = number, .parent = parent < number ? parent : 0, .name = name}};
    area->sink.receive(area->sink.context, &event);
}

static void tell_up_to(struct region_area *area, uint32_t number)
{
    if (number == REGION_WIRE_OTHERS) {
        if (!area->told_others)
            tell_context(area, number);
        area->told_others = true;
        return;
    }
    for (; area->told <= number; area->told++)
        tell_context(area, area->told);
}

static const struct event_sample *sample_of(const struct event *event)
{
    switch (event->kind) {
    case EVENT_SAMPLE:
        return &event->u.sample;
    case EVENT_FAULT:
        return &event->u.fault.at;
    case EVENT_ALLOC:
        return &event->u.alloc.at;
    default:
        return NULL;
    }
}

static bool is_forgotten(const struct region_area *area, const struct event *event)
{
    return area->reset && ticks_at(area, event->time_ns) < area->reset;
}

static void leave_out(struct region_area *area, const struct event *event)
{
    if (event->kind != EVENT_SAMPLE)
        return;
    area->left_out++;
    area->left_out_ns += event->u.sample.weight_ns;
}

static void receive(void *context, const struct event *event)
{
    struct region_area *area = context;
    const struct event_sample *sample = sample_of(event);
    struct event inside = *event;

    if (event->kind == EVENT_EXIT || (event->kind == EVENT_COMM && event->u.comm.exec))
        end_thread(area, event);
    if (sample && is_forgotten(area, event)) {
        leave_out(area, event);
        return;
    }
    if (sample) {
        inside.region = find_region(area, event, sample);
        if (inside.region == PAUSED) {
            leave_out(area, event);
            return;
        }
        tell_up_to(area, inside.region);
    } else if (inside.region)
        tell_up_to(area, inside.region < REGION_WIRE_CONTEXTS ? inside.region : 0);
    area->sink.receive(area->sink.context, &inside);
}

struct event_sink region_area_sink(struct region_area *area, const struct event_sink *sink)
{
    area->sink = *sink;
    return (struct event_sink){receive, area};
}

// ---- the calls

static void add_times(const struct region_wire_times *times, struct event_entered *sum,
                      uint64_t *buckets)
{
    uint64_t min_ns = times->min_ns;
    uint64_t calls = times->calls;

    if (!calls || !min_ns)
        return;
    if (!sum->calls || min_ns - 1 < sum->min_ns)
        sum->min_ns = min_ns - 1;
    if (times->max_ns > sum->max_ns)
        sum->max_ns = times->max_ns;
    sum->calls += calls;
    sum->total_ns += times->total_ns;
    for (size_t i = 0; i < REGION_WIRE_BUCKETS; i++)
        buckets[i] += times->buckets[i];
}

// When the thread of a block ended, else the last look at the clocks.
static uint64_t end_of(const struct region_area *area, uint32_t block)
{
    const struct region_thread *thread;
    pid_t tid = (pid_t)area->wire->blocks[block].owner;

    HASH_FIND(hh, area->threads, &tid, sizeof tid, thread);
    return thread && thread->ended && thread->block == block ? thread->ended : area->last.ticks;
}

static uint64_t duration_ns(const struct region_area *area, uint64_t start, uint64_t end)
{
    return end > start ? region_wire_ns(area->wire->header.ns_per_tick, end - start) : 0;
}

static void add_call(struct event_entered *sum, uint64_t *buckets, uint64_t ns, bool nested)
{
    sum->min_ns = !sum->calls || ns < sum->min_ns ? ns : sum->min_ns;
    sum->max_ns = ns > sum->max_ns ? ns : sum->max_ns;
    sum->total_ns += nested ? 0 : ns;
    sum->calls++;
    buckets[region_wire_bucket(ns)]++;
}

// Calls that have not come to their end.
static void add_open(const struct region_area *area, uint32_t number, uint32_t index,
                     struct event_entered *sum, uint64_t *buckets)
{
    const struct region_wire_block *block = &area->wire->blocks[index];
    uint32_t depth = block->depth;

    for (uint32_t i = 0; i < depth && i < REGION_WIRE_DEPTH; i++) {
        const struct region_wire_open open = block->open[i];
        if (open.key && open.context == number && !open.inherited)
            add_call(sum, buckets, duration_ns(area, open.start, end_of(area, index)), open.nested);
    }
}

static void tell_calls(struct region_area *area, uint32_t number)
{
    CLEANUP(cleanup_free)
    uint64_t *buckets = mem_alloc_array(REGION_WIRE_BUCKETS, sizeof *buckets);
    struct event event = {.kind = EVENT_ENTERED,
                          .time_ns = area->last.ns,
                          .u.entered = {.number = number, .buckets = buckets}};
    uint32_t n = count_blocks(area);

    for (uint32_t i = 0; i < n; i++) {
        add_times(&area->wire->blocks[i].times[number], &event.u.entered, buckets);
        add_open(area, number, i, &event.u.entered, buckets);
    }
    if (event.u.entered.calls)
        area->sink.receive(area->sink.context, &event);
}

static uint32_t count_contexts(const struct region_area *area)
{
    uint32_t n = __atomic_load_n(&area->wire->header.contexts, __ATOMIC_ACQUIRE);

    return n < REGION_WIRE_OTHERS ? n : REGION_WIRE_OTHERS;
}

void region_area_tell(struct region_area *area, const struct event_sink *sink)
{
    uint32_t n = count_contexts(area);

    area->sink = *sink;
    tell_up_to(area, n - 1);
    for (uint32_t i = 1; i < n; i++)
        tell_calls(area, i);
    if (area->wire->header.contexts_lost) {
        tell_up_to(area, REGION_WIRE_OTHERS);
        tell_calls(area, REGION_WIRE_OTHERS);
    }
}

// ---- what the program asks for

const char *region_area_asked(const struct region_area *area)
{
    const struct region_wire_header *header = &area->wire->header;

    if (__atomic_load_n(&header->request, __ATOMIC_ACQUIRE) != REGION_WIRE_ASKED)
        return NULL;
    return header->path;
}

void region_area_answer(struct region_area *area, int errnum)
{
    area->wire->header.answer = errnum;
    __atomic_store_n(&area->wire->header.request, REGION_WIRE_ANSWERED, __ATOMIC_RELEASE);
}

bool region_area_forget(struct region_area *area)
{
    uint32_t resets = __atomic_load_n(&area->wire->header.resets, __ATOMIC_ACQUIRE);

    if (resets == area->resets)
        return false;
    area->resets = resets;
    area->reset = __atomic_load_n(&area->wire->header.reset, __ATOMIC_ACQUIRE);
    return true;
}

// ---- totals

static uint32_t count_open(const struct region_wire_block *block)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < block->depth && i < REGION_WIRE_DEPTH; i++)
        n += block->open[i].key && !block->open[i].inherited;
    return n;
}

struct region_area_totals region_area_totals(const struct region_area *area)
{
    const struct region_wire_header *header = &area->wire->header;
    struct region_area_totals totals = {
        .started = header->started,
        .left_out = area->left_out,
        .left_out_ns = area->left_out_ns,
        .unsure = area->unsure,
        .lost = header->contexts_lost,
        .cut = header->names_cut,
        .open = header->left_open,
        .threads_lost = header->blocks_lost,
        .too_early = header->too_early,
    };
    uint32_t n = count_blocks(area);

    for (uint32_t i = 0; i < n; i++) {
        const struct region_wire_block *block = &area->wire->blocks[i];
        totals.unbalanced += block->unbalanced;
        totals.too_deep += block->too_deep;
        totals.ended_late += block->ended_late;
        totals.open += count_open(block);
    }
    return totals;
}
