#include "collect/perf_cpu.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

void perf_cpu_init(struct perf_cpu *events, int cpu)
{
    *events = (struct perf_cpu){
        .cpu = cpu, .tracker = -1, .fast = {-1, -1}, .slow = {-1, -1}, .faults = {-1, -1}};
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_pair(int fds[PERF_CLOCKS])
{
    for (size_t i = 0; i < PERF_CLOCKS; i++)
        close_fd(&fds[i]);
}

void perf_cpu_close(struct perf_cpu *events)
{
    close_pair(events->fast);
    close_pair(events->slow);
    for (size_t i = 0; i < PERF_RECORD_FAULTS; i++)
        close_fd(&events->faults[i]);
    perf_ring_unmap(&events->ring);
    close_fd(&events->tracker);
}

int perf_cpu_open_tracker(struct perf_cpu *events, struct perf_open *open, size_t ring_bytes)
{
    int errnum = perf_open_tracker(open, events->cpu, (uint32_t)ring_bytes, &events->tracker);

    return errnum == ENODEV ? 0 : errnum;
}

// Opens both clocks of a pair, and makes them known to the ring.
static int open_pair(struct perf_cpu *events, struct perf_open *open, uint32_t rate_hz,
                     struct perf_open_clock clock, int ret[PERF_CLOCKS])
{
    uint64_t periods[PERF_CLOCKS];
    struct perf_record_clocks *clocks = &events->clocks;

    perf_clock_periods(rate_hz, periods);
    for (size_t i = 0; i < PERF_CLOCKS; i++) {
        clock.period_ns = periods[i];
        int errnum = perf_open_clock(open, events->cpu, events->tracker, &clock, &ret[i]);
        if (errnum)
            return errnum;
        clocks->id[clocks->n] = perf_open_id(ret[i]);
        clocks->weight_ns[clocks->n++] = perf_clock_weight(periods[i]);
    }
    return 0;
}

int perf_cpu_open_clocks(struct perf_cpu *events, struct perf_open *open, uint32_t rate_hz,
                         uint32_t stack_bytes, bool starts_on_exec)
{
    uint32_t boost = perf_clock_boost(rate_hz);
    struct perf_open_clock clock = {.stack_bytes = stack_bytes,
                                    .starts_on_exec = starts_on_exec && !boost};

    if (events->tracker < 0)
        return 0;
    int errnum = open_pair(events, open, rate_hz, clock, events->slow);
    if (errnum || !boost)
        return errnum;
    clock.starts_on_exec = starts_on_exec;
    return open_pair(events, open, boost, clock, events->fast);
}

int perf_cpu_open_faults(struct perf_cpu *events, struct perf_open *open, uint32_t stack_bytes,
                         bool starts_on_exec)
{
    struct perf_open_faults faults = {.stack_bytes = stack_bytes, .starts_on_exec = starts_on_exec};
    struct perf_record_clocks *known = &events->clocks;

    for (size_t i = 0; i < PERF_RECORD_FAULTS && events->tracker >= 0; i++) {
        faults.major = i == 1;
        int errnum =
            perf_open_faults(open, events->cpu, events->tracker, &faults, &events->faults[i]);
        if (errnum)
            return errnum;
        known->fault_id[known->n_faults++] = perf_open_id(events->faults[i]);
    }
    known->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    known->has_page_sizes = open->gives_page_sizes;
    return 0;
}

static void control_pair(const int fds[PERF_CLOCKS], unsigned long request)
{
    for (size_t i = 0; i < PERF_CLOCKS; i++) {
        if (fds[i] >= 0)
            ioctl(fds[i], request, 0);
    }
}

void perf_cpu_start(struct perf_cpu *events)
{
    control_pair(events->fast[0] >= 0 ? events->fast : events->slow, PERF_EVENT_IOC_ENABLE);
    for (size_t i = 0; i < PERF_RECORD_FAULTS; i++) {
        if (events->faults[i] >= 0)
            ioctl(events->faults[i], PERF_EVENT_IOC_ENABLE, 0);
    }
}

void perf_cpu_hand_over(struct perf_cpu *events)
{
    control_pair(events->fast, PERF_EVENT_IOC_DISABLE);
    control_pair(events->slow, PERF_EVENT_IOC_ENABLE);
}

static void add_count(const struct perf_open *open, int fd, struct perf_open_count *sum)
{
    if (fd < 0)
        return;
    struct perf_open_count count = perf_open_read(open, fd);
    sum->value += count.value;
    sum->lost += count.lost;
}

void perf_cpu_count(const struct perf_cpu *events, const struct perf_open *open,
                    struct perf_open_count *sum)
{
    for (size_t i = 0; i < PERF_CLOCKS; i++) {
        add_count(open, events->fast[i], sum);
        add_count(open, events->slow[i], sum);
    }
    add_count(open, events->tracker, sum); // A dummy counts nothing, but it may lose records.
    for (size_t i = 0; i < PERF_RECORD_FAULTS; i++) {
        if (events->faults[i] >= 0)
            sum->lost += perf_open_read(open, events->faults[i]).lost;
    }
}

void perf_cpu_close_fast(struct perf_cpu *events, const struct perf_open *open,
                         struct perf_open_count *sum)
{
    for (size_t i = 0; i < PERF_CLOCKS; i++)
        add_count(open, events->fast[i], sum);
    close_pair(events->fast);
}
