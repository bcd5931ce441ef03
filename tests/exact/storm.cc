// Exceptions that pass through many functions, while a timer interrupts at 1 kHz and its handler walks the
// stack. usage: storm ROUNDS
//
// It does not where it interrupted libgcc_s: while that jumps to where an exception lands, its stack is not
// what its call frame information says, and programs that walk it crash by themselves.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <link.h>
#include <stdexcept>
#include <string>
#include <sys/time.h>
#include <ucontext.h>
#include <unwind.h>
#include <vector>

#define NOINLINE __attribute__((noinline))

static volatile sig_atomic_t ticks;
static volatile sig_atomic_t whole;
static unsigned long destroyed;
static char *main_start;

struct walk {
    int n;
    bool has_main;
};

static _Unwind_Reason_Code see(struct _Unwind_Context *context, void *to)
{
    walk *w = static_cast<walk *>(to);
    int before = 0;
    char *ip = reinterpret_cast<char *>(_Unwind_GetIPInfo(context, &before));

    w->has_main = w->has_main || (ip > main_start && ip < main_start + 4096);
    return ++w->n < 100 ? _URC_NO_REASON : _URC_END_OF_STACK;
}

static uintptr_t unwinder_start;
static uintptr_t unwinder_end;

static int find_unwinder(struct dl_phdr_info *info, size_t, void *)
{
    if (!strstr(info->dlpi_name, "libgcc_s"))
        return 0;
    unwinder_start = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t end = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
        if (info->dlpi_phdr[i].p_type == PT_LOAD && end > unwinder_end)
            unwinder_end = end;
    }
    return 1;
}

static void on_tick(int, siginfo_t *, void *context)
{
    const ucontext_t *interrupted = static_cast<const ucontext_t *>(context);
    uintptr_t pc = static_cast<uintptr_t>(interrupted->uc_mcontext.gregs[REG_RIP]);
    walk w = {0, false};

    if (pc >= unwinder_start && pc < unwinder_end)
        return;
    _Unwind_Backtrace(see, &w);
    ticks = ticks + 1;
    whole = whole + w.has_main;
}

struct guard {
    unsigned long *count;
    NOINLINE ~guard()
    {
        ++*count;
    }
};

NOINLINE static int leaf(int n)
{
    guard g = {&destroyed};

    if (n % 3 == 0)
        throw std::runtime_error("three");
    if (n % 5 == 0)
        throw n;
    return n & 7;
}

NOINLINE static int middle(int n, int depth)
{
    std::string text(static_cast<size_t>(20 + n % 30), 'x');
    guard g = {&destroyed};

    switch (n % 6) {
    case 0:
        return depth ? middle(n, depth - 1) + 1 : leaf(n);
    case 1:
        return leaf(n) + static_cast<int>(text.size());
    case 2:
        try {
            return depth ? middle(n + 1, depth - 1) : leaf(n + 1);
        } catch (int i) {
            return i % 11;
        }
    case 3:
        return leaf(n / 2) - 1;
    case 4:
        try {
            return leaf(n) + leaf(n + 1);
        } catch (const std::logic_error &) {
            return -1;
        }
    default:
        return depth ? middle(n - 1, depth - 1) : 4;
    }
}

NOINLINE static long run(int rounds)
{
    std::vector<long> sums(4);

    for (int i = 0; i < rounds; i++) {
        try {
            sums[0] += middle(i, i % 8);
        } catch (const std::exception &e) {
            sums[1] += static_cast<long>(strlen(e.what()));
        } catch (int n) {
            sums[2] += n;
        }
    }
    return sums[0] + 3 * sums[1] + 7 * sums[2];
}

int main(int argc, char **argv)
{
    struct itimerval often = {{0, 1000}, {0, 1000}};

    main_start = reinterpret_cast<char *>(&main);
    dl_iterate_phdr(find_unwinder, nullptr);
    struct sigaction action = {};
    action.sa_sigaction = on_tick;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigaction(SIGALRM, &action, nullptr);
    setitimer(ITIMER_REAL, &often, nullptr);
    long sum = run(argc > 1 ? atoi(argv[1]) : 1000);
    often = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &often, nullptr);
    printf("%ld %lu\n", sum, destroyed);
    fprintf(stderr, "%d %d\n", static_cast<int>(ticks), static_cast<int>(whole));
    return 6;
}
