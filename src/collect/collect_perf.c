// Sampling by the kernel's software clocks: the events of every CPU (perf_cpu.h), read as one
// stream.
//
// Rings are merged by time as they lie. All records older than the moment at which a drain began
// have been written when the heads are read after it, except those that another CPU is writing
// right then; nothing that depends on such a record can have happened yet, so taking the others
// first puts no effect before its cause. What is newer waits in its ring for the next drain.
#include "collect/collector.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "collect/cpu_list.h"
#include "collect/heap_ring.h"
#include "collect/order.h"
#include "collect/perf_cpu.h"
#include "collect/process_size.h"

#define RING_PAGES_MAX 2048
#define RING_PAGES_MIN 64
#define RINGS_BYTES_MAX (UINT64_C(256) << 20) // For all CPUs together.

// With less room than this, samples are made smaller.
#define RING_PAGES_FOR_LARGE_STACKS 256
#define STACK_BYTES_LARGE 16384
#define STACK_BYTES_SMALL 8192

// Page faults may come a hundred times as often as clocks tick; what is missing of a deep stack is taken
// from the thread's last whole one.
#define STACK_BYTES_FAULT 2048

#define HELD_NS_MAX UINT64_C(500000000)

// What the clocks do, in the order of time.
enum phase {
    PHASE_WAITING, // Nothing, until the delay is over.
    PHASE_FAST,    // The first samples come fast.
    PHASE_STEADY,
};

struct collector {
    struct perf_open open;
    struct perf_cpu *cpus; // [n_cpus]
    size_t n_cpus;
    size_t ring_bytes; // Of each CPU.
    uint32_t stack_bytes;
    enum phase phase;
    int phase_end; // A timer; -1 = the phase is steady from the start.
    bool is_boosted;
    struct order order;
    uint8_t *scratch;                 // [PERF_RING_RECORD_MAX]
    struct perf_open_count from_fast; // What the fast clocks had counted when they were closed.
    uint64_t reported_lost;           // By records of the kernel.
    uint64_t noticed_lost;            // Handed on at the end, since no record reported it.
    uint64_t throttled;
    bool memory;
    struct heap_ring *heap; // A source behind those of the CPUs; NULL = none.
    uint64_t held_since;    // A record of the heap is being written; 0 = none was.
    bool held;
};

// ---- opening

static void close_all(struct collector *collector)
{
    for (size_t i = 0; i < collector->n_cpus; i++)
        perf_cpu_close(&collector->cpus[i]);
}

static void destroy(struct collector *collector)
{
    if (!collector)
        return;
    close_all(collector);
    if (collector->phase_end >= 0)
        close(collector->phase_end);
    order_deinit(&collector->order);
    free(collector->scratch);
    free(collector->cpus);
    free(collector);
}

static void cleanup_collector(struct collector **collector)
{
    destroy(*collector);
}

static struct collector *create(const struct collector_options *options, pid_t pid)
{
    CLEANUP(cpu_list_deinit) struct cpu_list list = {0};
    struct collector *collector = mem_alloc(sizeof *collector);

    cpu_list_init_online(&list);
    perf_open_init(&collector->open, pid, options->children);
    collector->cpus = mem_alloc_array(list.n, sizeof *collector->cpus);
    collector->n_cpus = list.n;
    for (size_t i = 0; i < list.n; i++)
        perf_cpu_init(&collector->cpus[i], list.cpus[i]);
    collector->phase_end = -1;
    collector->memory = options->memory;
    collector->heap = options->heap;
    collector->scratch = mem_alloc(PERF_RING_RECORD_MAX);
    return collector;
}

// The program has its own limits already: it was forked before.
static void raise_file_limit(size_t n_cpus)
{
    struct rlimit limit;
    rlim_t needed = n_cpus * PERF_CPU_DESCRIPTORS + 64;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= needed)
        return;
    limit.rlim_cur = needed < limit.rlim_max ? needed : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static struct lprof_error *refused(int errnum)
{
    return perf_open_error(errnum, perf_open_paranoid());
}

static struct lprof_error *open_trackers(struct collector *collector, size_t ring_bytes)
{
    bool opened = false;

    for (size_t i = 0; i < collector->n_cpus; i++) {
        int errnum = perf_cpu_open_tracker(&collector->cpus[i], &collector->open, ring_bytes);
        if (errnum == EINVAL && !collector->open.children)
            return error_create(LPROF_ERROR_UNSUPPORTED,
                                "leaving out child processes needs Linux 5.13");
        if (errnum)
            return refused(errnum);
        opened = opened || collector->cpus[i].tracker >= 0;
    }
    return opened ? NULL : refused(ENODEV);
}

static int map_rings(struct collector *collector, size_t pages)
{
    for (size_t i = 0; i < collector->n_cpus; i++) {
        struct perf_cpu *events = &collector->cpus[i];
        int errnum = events->tracker < 0 ? 0 : perf_ring_map(&events->ring, events->tracker, pages);
        if (errnum)
            return errnum;
    }
    return 0;
}

static struct lprof_error *no_memory_for_rings(int errnum)
{
    struct lprof_error *err = error_from_errno(
        errnum, "cannot lock %d pages of memory for each CPU's samples", RING_PAGES_MIN);

    if (errnum == EPERM)
        err->code = LPROF_ERROR_PERMISSION;
    return error_hint(err, "sysctl kernel.perf_event_mlock_kb=4096, or raise ulimit -l");
}

// The watermark is a property of the tracker, so trackers are opened anew for each size that is
// tried.
static struct lprof_error *open_rings(struct collector *collector)
{
    size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
    size_t pages = RING_PAGES_MAX;

    while (pages > RING_PAGES_MIN && collector->n_cpus * pages * page_size > RINGS_BYTES_MAX)
        pages /= 2;
    for (;; pages /= 2) {
        struct lprof_error *err = open_trackers(collector, pages * page_size);
        if (err)
            return err;
        int errnum = map_rings(collector, pages);
        if (!errnum)
            break;
        close_all(collector);
        if ((errnum != EPERM && errnum != ENOMEM) || pages <= RING_PAGES_MIN)
            return no_memory_for_rings(errnum);
    }
    collector->ring_bytes = pages * page_size;
    collector->stack_bytes =
        pages < RING_PAGES_FOR_LARGE_STACKS ? STACK_BYTES_SMALL : STACK_BYTES_LARGE;
    return NULL;
}

static struct lprof_error *open_faults(struct collector *collector)
{
    bool starts_on_exec = collector->phase != PHASE_WAITING;

    for (size_t i = 0; i < collector->n_cpus; i++) {
        int errnum = perf_cpu_open_faults(&collector->cpus[i], &collector->open, STACK_BYTES_FAULT,
                                          starts_on_exec);
        if (errnum)
            return refused(errnum);
    }
    return NULL;
}

static struct lprof_error *open_clocks(struct collector *collector, uint32_t rate_hz)
{
    bool starts_on_exec = collector->phase != PHASE_WAITING;

    for (size_t i = 0; i < collector->n_cpus; i++) {
        int errnum = perf_cpu_open_clocks(&collector->cpus[i], &collector->open, rate_hz,
                                          collector->stack_bytes, starts_on_exec);
        if (errnum)
            return refused(errnum);
    }
    return NULL;
}

static bool end_phase_in(const struct collector *collector, int64_t ns)
{
    struct itimerspec once = {.it_value = {ns / 1000000000, ns % 1000000000}};

    return timerfd_settime(collector->phase_end, 0, &once, NULL) == 0;
}

static void choose_phase(struct collector *collector, const struct collector_options *options)
{
    collector->is_boosted = options->rate_hz && perf_clock_boost(options->rate_hz) > 0;
    if (options->delay_ns > 0)
        collector->phase = PHASE_WAITING;
    else
        collector->phase = collector->is_boosted ? PHASE_FAST : PHASE_STEADY;
}

static struct lprof_error *start_phase_timer(struct collector *collector, int64_t delay_ns)
{
    if (collector->phase == PHASE_STEADY)
        return NULL;
    collector->phase_end = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (collector->phase_end < 0 ||
        !end_phase_in(collector, delay_ns > 0 ? delay_ns : PERF_CLOCK_BOOST_NS))
        return error_from_errno(errno, "timerfd");
    return NULL;
}

static struct lprof_error *open_collector(const struct collector_options *options, pid_t pid,
                                          struct collector **ret)
{
    CLEANUP(cleanup_collector) struct collector *collector = create(options, pid);

    raise_file_limit(collector->n_cpus);
    choose_phase(collector, options);
    struct lprof_error *err = open_rings(collector);
    if (!err && options->rate_hz)
        err = open_clocks(collector, options->rate_hz);
    if (!err && options->memory)
        err = open_faults(collector);
    if (!err)
        err = start_phase_timer(collector, options->delay_ns);
    if (err)
        return err;
    *ret = take_ptr(&collector);
    return NULL;
}

// ---- running

static size_t poll_fds(const struct collector *collector, struct pollfd *fds, size_t room)
{
    size_t n = 0;

    for (size_t i = 0; i < collector->n_cpus; i++) {
        if (collector->cpus[i].tracker < 0)
            continue;
        if (n < room)
            fds[n] = (struct pollfd){.fd = collector->cpus[i].tracker, .events = POLLIN};
        n++;
    }
    if (collector->phase_end >= 0) {
        if (n < room)
            fds[n] = (struct pollfd){.fd = collector->phase_end, .events = POLLIN};
        n++;
    }
    return n;
}

// The beginning is over. One CPU after the other, so that no thread is without clocks for longer
// than the change takes on its own CPU.
static void hand_over(struct collector *collector)
{
    for (size_t i = 0; i < collector->n_cpus; i++)
        perf_cpu_hand_over(&collector->cpus[i]);
    for (size_t i = 0; i < collector->n_cpus; i++)
        perf_cpu_close_fast(&collector->cpus[i], &collector->open, &collector->from_fast);
}

// The delay is over.
static void start_clocks(struct collector *collector)
{
    for (size_t i = 0; i < collector->n_cpus; i++)
        perf_cpu_start(&collector->cpus[i]);
}

static void next_phase_when_due(struct collector *collector)
{
    uint64_t expirations;

    // The timer stays open when it never expires again, so the caller's list of descriptors stays
    // valid.
    if (collector->phase_end < 0 ||
        read(collector->phase_end, &expirations, sizeof expirations) != sizeof expirations)
        return;
    if (collector->phase == PHASE_FAST) {
        hand_over(collector);
        collector->phase = PHASE_STEADY;
        return;
    }
    start_clocks(collector);
    collector->phase = collector->is_boosted ? PHASE_FAST : PHASE_STEADY;
    if (collector->is_boosted)
        end_phase_in(collector, PERF_CLOCK_BOOST_NS);
}

// The first samples are to come fast, those of the program.
static void started(struct collector *collector)
{
    if (collector->phase == PHASE_FAST && collector->phase_end >= 0)
        end_phase_in(collector, PERF_CLOCK_BOOST_NS);
}

static uint64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

// A record that is being written may be older than all others: nothing is handed on before it. Who has
// not written it after so long was killed.
static void wait_for_record(struct collector *collector, uint64_t limit_ns)
{
    uint64_t now = monotonic_ns();
    bool last = limit_ns == UINT64_MAX;

    if (!collector->held_since)
        collector->held_since = now;
    if (!last && now - collector->held_since < HELD_NS_MAX) {
        collector->held = true;
        return;
    }
    heap_ring_pass_over(collector->heap);
}

static void push_heap(struct collector *collector, uint64_t limit_ns)
{
    uint64_t time_ns;

    if (!collector->heap)
        return;
    if (heap_ring_is_pending(collector->heap))
        wait_for_record(collector, limit_ns);
    if (heap_ring_front(collector->heap, &time_ns) && time_ns < limit_ns)
        order_push(&collector->order, time_ns, collector->n_cpus);
}

static void push_front(struct collector *collector, size_t source, uint64_t limit_ns)
{
    if (source == collector->n_cpus) {
        push_heap(collector, limit_ns);
        return;
    }
    struct perf_ring *ring = &collector->cpus[source].ring;
    struct perf_event_header header;

    if (!ring->control || !perf_ring_front(ring, &header))
        return;
    // A record too short for a time is found broken when it is decoded.
    size_t offset = perf_record_time_offset(&header);
    uint64_t time_ns = offset ? perf_ring_word(ring, offset) : 0;
    if (time_ns < limit_ns)
        order_push(&collector->order, time_ns, source);
}

static void note_event(struct collector *collector, const struct event *event)
{
    if (event->kind == EVENT_LOST)
        collector->reported_lost += event->u.lost.count;
    else if (event->kind == EVENT_THROTTLE)
        collector->throttled += event->u.throttle.begins;
}

// A forked child's beginning is reported by its parent, also when it is not to be followed.
static bool is_followed(const struct collector *collector, const struct event *event)
{
    return collector->open.children || event->kind == EVENT_LOST ||
           event->pid == collector->open.pid;
}

static void hand_on(struct collector *collector, struct perf_cpu *events,
                    const struct event_sink *sink)
{
    struct perf_event_header header;
    struct event event;

    if (!perf_ring_front(&events->ring, &header))
        return;
    const uint8_t *record = perf_ring_record(&events->ring, header.size, collector->scratch);
    switch (perf_record_decode(record, header.size, &events->clocks, &event)) {
    case PERF_RECORD_IS_EVENT:
        note_event(collector, &event);
        if (is_followed(collector, &event))
            sink->receive(sink->context, &event);
        break;
    case PERF_RECORD_IS_BROKEN:
        events->ring.broken++;
        break;
    case PERF_RECORD_IS_OTHER:
        break;
    }
    perf_ring_pop(&events->ring, header.size);
}

static void hand_on_heap(const struct collector *collector, const struct event_sink *sink)
{
    struct event event;

    if (heap_ring_decode(collector->heap, &event))
        sink->receive(sink->context, &event);
    heap_ring_pop(collector->heap);
}

// What the clocks have counted, and all that was lost. The kernel reports a loss with the next record
// that fits into the ring, which may never come; the events know better, where the kernel has them count.
static struct perf_open_count count_all(const struct collector *collector)
{
    struct perf_open_count sum = collector->from_fast;
    uint64_t broken = 0;

    for (size_t i = 0; i < collector->n_cpus; i++) {
        perf_cpu_count(&collector->cpus[i], &collector->open, &sum);
        broken += collector->cpus[i].ring.broken;
    }
    if (sum.lost < collector->reported_lost)
        sum.lost = collector->reported_lost;
    sum.lost += broken;
    return sum;
}

static void hand_on_rest_of_lost(struct collector *collector, const struct event_sink *sink)
{
    uint64_t rest = count_all(collector).lost - collector->reported_lost - collector->noticed_lost;
    struct event event = {.kind = EVENT_LOST, .time_ns = monotonic_ns(), .u.lost.count = rest};

    collector->noticed_lost += rest;
    if (rest)
        sink->receive(sink->context, &event);
}

// What of the program's memory is lprof's.
static uint64_t own_bytes(const struct collector *collector, uint64_t all)
{
    struct heap_ring_totals totals = {0};

    if (collector->heap)
        totals = heap_ring_totals(collector->heap);
    return totals.started && all > totals.own_bytes ? totals.own_bytes : 0;
}

static void drain(struct collector *collector, const struct event_sink *sink, bool last)
{
    uint64_t limit_ns = last ? UINT64_MAX : monotonic_ns();
    struct event size = {.kind = EVENT_RESIDENT, .pid = collector->open.pid, .time_ns = limit_ns};
    bool has_size = collector->memory && process_size(collector->open.pid, &size.u.resident.bytes);
    struct order_item item;

    next_phase_when_due(collector);
    for (size_t i = 0; i < collector->n_cpus; i++) {
        if (collector->cpus[i].ring.control)
            perf_ring_refresh(&collector->cpus[i].ring);
    }
    collector->order.n = 0;
    collector->held = false;
    for (size_t i = 0; i <= collector->n_cpus; i++)
        push_front(collector, i, limit_ns);
    while (!collector->held && order_pop(&collector->order, &item)) {
        if (item.source == collector->n_cpus)
            hand_on_heap(collector, sink);
        else
            hand_on(collector, &collector->cpus[item.source], sink);
        push_front(collector, item.source, limit_ns);
    }
    // What the process was when the drain began, behind the faults before it.
    if (has_size && !collector->held) {
        size.u.resident.bytes -= own_bytes(collector, size.u.resident.bytes);
        sink->receive(sink->context, &size);
    }
    if (!collector->held)
        collector->held_since = 0;
    if (last)
        hand_on_rest_of_lost(collector, sink);
}

static void totals(const struct collector *collector, struct collector_totals *ret)
{
    struct perf_open_count sum = count_all(collector);

    *ret = (struct collector_totals){
        .counted_ns = sum.value / PERF_CLOCKS,
        .counts_kernel = collector->open.counts_kernel,
        .lost = sum.lost,
        .throttled = collector->throttled,
        .stack_bytes = collector->stack_bytes,
        .ring_bytes = collector->ring_bytes,
    };
}

const struct collector_ops collect_perf = {
    .name = "perf",
    .open = open_collector,
    .poll_fds = poll_fds,
    .started = started,
    .drain = drain,
    .totals = totals,
    .destroy = destroy,
};
