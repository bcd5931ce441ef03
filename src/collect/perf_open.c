// Each retry takes away one thing that an older kernel (EINVAL) or a stricter one (EACCES) refuses;
// what was taken away stays away for all events, since they share rings and must agree.
#include "collect/perf_open.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/perf_event.h>

#include "base/cleanup.h"
#include "collect/perf_record.h"

#define PARANOID_FILE "/proc/sys/kernel/perf_event_paranoid"

void perf_open_init(struct perf_open *open, pid_t pid, bool children)
{
    *open = (struct perf_open){.pid = pid,
                               .children = children,
                               .counts_kernel = true,
                               .gives_build_ids = true,
                               .counts_lost = true,
                               .gives_page_sizes = true};
}

static struct perf_event_attr common_attr(const struct perf_open *open, uint64_t config)
{
    struct perf_event_attr attr = {
        .type = PERF_TYPE_SOFTWARE,
        .size = sizeof attr,
        .config = config,
        .sample_type = PERF_RECORD_SAMPLE_TYPE,
        .read_format = open->counts_lost ? PERF_FORMAT_LOST : 0,
        .disabled = 1,
        .inherit = 1,
        .inherit_thread = !open->children,
        .sample_id_all = 1,
        .use_clockid = 1,
        .clockid = CLOCK_MONOTONIC,
    };

    return attr;
}

static int try_open(const struct perf_open *open, struct perf_event_attr *attr, int cpu, int *ret)
{
    long fd = syscall(SYS_perf_event_open, attr, open->pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

    if (fd < 0)
        return errno;
    *ret = (int)fd;
    return 0;
}

int perf_open_tracker(struct perf_open *open, int cpu, uint32_t ring_bytes, int *ret)
{
    for (;;) {
        struct perf_event_attr attr = common_attr(open, PERF_COUNT_SW_DUMMY);
        attr.exclude_kernel = 1;
        attr.enable_on_exec = 1;
        attr.mmap = 1;
        attr.mmap2 = 1;
        attr.build_id = open->gives_build_ids;
        attr.comm = 1;
        attr.comm_exec = 1;
        attr.task = 1;
        attr.watermark = 1;
        attr.wakeup_watermark = ring_bytes / 4;
        int errnum = try_open(open, &attr, cpu, ret);
        if (errnum == EINVAL && open->counts_lost)
            open->counts_lost = false;
        else if (errnum == EINVAL && open->gives_build_ids)
            open->gives_build_ids = false;
        else
            return errnum;
    }
}

static int open_clock(struct perf_open *open, int cpu, const struct perf_open_clock *clock,
                      int *ret)
{
    for (;;) {
        struct perf_event_attr attr = common_attr(open, PERF_COUNT_SW_CPU_CLOCK);
        attr.sample_period = clock->period_ns;
        attr.sample_type |= PERF_RECORD_CLOCK_TYPE;
        attr.sample_regs_user = PERF_RECORD_REGISTERS;
        attr.sample_stack_user = clock->stack_bytes;
        attr.exclude_kernel = !open->counts_kernel;
        attr.enable_on_exec = clock->starts_on_exec;
        int errnum = try_open(open, &attr, cpu, ret);
        if (errnum != EACCES || !open->counts_kernel)
            return errnum;
        open->counts_kernel = false;
    }
}

static int open_faults(struct perf_open *open, int cpu, const struct perf_open_faults *faults,
                       int *ret)
{
    for (;;) {
        struct perf_event_attr attr = common_attr(
            open, faults->major ? PERF_COUNT_SW_PAGE_FAULTS_MAJ : PERF_COUNT_SW_PAGE_FAULTS_MIN);
        attr.sample_period = 1;
        attr.sample_type |= PERF_RECORD_FAULT_TYPE;
        if (!open->gives_page_sizes)
            attr.sample_type &= ~(uint64_t)PERF_SAMPLE_DATA_PAGE_SIZE;
        attr.sample_regs_user = PERF_RECORD_REGISTERS;
        attr.sample_stack_user = faults->stack_bytes;
        attr.exclude_kernel = !open->counts_kernel;
        attr.enable_on_exec = faults->starts_on_exec;
        int errnum = try_open(open, &attr, cpu, ret);
        if (errnum == EACCES && open->counts_kernel)
            open->counts_kernel = false;
        else if (errnum == EINVAL && open->gives_page_sizes)
            open->gives_page_sizes = false;
        else
            return errnum;
    }
}

// Records go to the tracker's ring; `fd` is closed on failure.
static int join_ring(int fd, int tracker, int *ret)
{
    if (ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, tracker) < 0) {
        int errnum = errno;
        close(fd);
        return errnum;
    }
    *ret = fd;
    return 0;
}

int perf_open_clock(struct perf_open *open, int cpu, int tracker,
                    const struct perf_open_clock *clock, int *ret)
{
    int fd = -1;
    int errnum = open_clock(open, cpu, clock, &fd);

    return errnum ? errnum : join_ring(fd, tracker, ret);
}

int perf_open_faults(struct perf_open *open, int cpu, int tracker,
                     const struct perf_open_faults *faults, int *ret)
{
    int fd = -1;
    int errnum = open_faults(open, cpu, faults, &fd);

    return errnum ? errnum : join_ring(fd, tracker, ret);
}

struct perf_open_count perf_open_read(const struct perf_open *open, int fd)
{
    uint64_t words[2] = {0};
    size_t size = open->counts_lost ? sizeof words : sizeof *words;

    if (read(fd, words, size) != (ssize_t)size)
        return (struct perf_open_count){0};
    return (struct perf_open_count){.value = words[0], .lost = words[1]};
}

uint64_t perf_open_id(int fd)
{
    uint64_t id = 0;

    // Fails for no event of ours; 0 is no event's id.
    return ioctl(fd, PERF_EVENT_IOC_ID, &id) < 0 ? 0 : id;
}

int perf_open_paranoid(void)
{
    CLEANUP(cleanup_fclose) FILE *in = fopen(PARANOID_FILE, "re");
    int value;

    return in && fscanf(in, "%d", &value) == 1 ? value : 2;
}

static struct lprof_error *with_errnum(struct lprof_error *err, int errnum)
{
    err->errnum = errnum;
    return err;
}

struct lprof_error *perf_open_error(int errnum, int paranoid)
{
    struct lprof_error *err;

    switch (errnum) {
    case EACCES:
        err = error_create(LPROF_ERROR_PERMISSION,
                           "this system forbids sampling: kernel.perf_event_paranoid is %d",
                           paranoid);
        return with_errnum(error_hint(err, "sysctl kernel.perf_event_paranoid=1"), errnum);
    case EPERM:
        err = error_create(LPROF_ERROR_PERMISSION,
                           "perf_event_open is forbidden here, as containers do by seccomp");
        return with_errnum(error_hint(err, "start the container with --cap-add PERFMON, or with "
                                           "--security-opt seccomp=unconfined"),
                           errnum);
    case ENOSYS:
        err = error_create(LPROF_ERROR_UNSUPPORTED, "this kernel has no perf events");
        return with_errnum(
            error_hint(err,
                       "use a kernel with CONFIG_PERF_EVENTS, outside of a sandbox that hides it"),
            errnum);
    case ENOENT:
    case ENODEV:
    case EOPNOTSUPP:
        err = error_create(LPROF_ERROR_UNSUPPORTED, "this kernel has no event cpu-clock");
        return with_errnum(error_hint(err, "use a kernel with CONFIG_PERF_EVENTS"), errnum);
    case EMFILE:
        err = error_from_errno(errnum, "perf_event_open");
        return error_hint(err, "raise the limit: ulimit -n 65536");
    default:
        return error_from_errno(errnum, "perf_event_open");
    }
}
