#include "collect/tick_rate.h"

#include <cpuid.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// The counter runs at the same rate in all states of the CPU.
static bool is_steady(void)
{
    const unsigned power = 0x80000007;
    const unsigned invariant = 1U << 8;
    unsigned a;
    unsigned b;
    unsigned c;
    unsigned d = 0;

    return __get_cpuid(power, &a, &b, &c, &d) && (d & invariant);
}

static uint64_t read_rate(const struct perf_event_mmap_page *page)
{
    if (!page->cap_user_time || !page->time_mult || page->time_shift > 32)
        return 0;
    return (uint64_t)page->time_mult << (32 - page->time_shift);
}

uint64_t tick_rate_ns(void)
{
    struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
                                   .size = sizeof attr,
                                   .config = PERF_COUNT_SW_DUMMY,
                                   .exclude_kernel = 1,
                                   .exclude_hv = 1};
    size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
    uint64_t rate = 0;

    if (!is_steady())
        return 0;
    int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0)
        return 0;
    void *page = mmap(NULL, page_size, PROT_READ, MAP_SHARED, fd, 0);
    if (page != MAP_FAILED) {
        rate = read_rate(page);
        munmap(page, page_size);
    }
    close(fd);
    return rate;
}
