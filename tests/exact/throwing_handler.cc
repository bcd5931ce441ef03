// A handler of signals throws out of the very instruction that was interrupted, into code of the same
// function and of its callers. Build with -fnon-call-exceptions. The output says what was caught and
// destroyed, in order, and which functions a handler saw on the stack.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <execinfo.h>
#include <stdexcept>

#define NOINLINE __attribute__((noinline))

struct fault {
    int signo;
};

struct held {
    const char *name;
    NOINLINE explicit held(const char *what) : name(what)
    {
    }
    NOINLINE ~held()
    {
        printf(" ~%s", name);
    }
};

static volatile bool shows_stack;
static volatile int zero;
static int *volatile nowhere;
static unsigned long sum;

// The functions from the interrupted one up to main().
static void show_stack()
{
    void *frames[64];
    int n = backtrace(frames, 64);

    for (int i = 2; i < n; i++) { // This one and the handler before.
        Dl_info info;
        const char *name = dladdr(frames[i], &info) && info.dli_sname ? info.dli_sname : "?";
        printf(" %s", name);
        if (strcmp(name, "main") == 0)
            break;
    }
}

static void on_fault(int signo)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, signo);
    sigprocmask(SIG_UNBLOCK, &set, nullptr);
    if (shows_stack)
        show_stack();
    throw fault{signo};
}

extern "C" NOINLINE int catches_itself(int n)
{
    int result = n;

    try {
        held first("first");
        result += n % 2 ? *nowhere : 100 / zero;
    } catch (const fault &f) {
        result += f.signo;
    }
    return result;
}

extern "C" NOINLINE int only_cleans(int n)
{
    held one("one");
    int before = n * 3;

    {
        held two("two");
        before += *nowhere;
    }
    return before + n;
}

extern "C" NOINLINE int wrong_type(int n)
{
    try {
        return only_cleans(n) + *nowhere;
    } catch (const std::runtime_error &) {
        return -1;
    } catch (int) {
        return -2;
    }
}

extern "C" NOINLINE int nested(int n)
{
    try {
        try {
            return n > 2 ? wrong_type(n) : *nowhere;
        } catch (const fault &) {
            held inner("inner");
            throw std::runtime_error("again");
        }
    } catch (const std::exception &e) {
        return (int)strlen(e.what());
    }
}

extern "C" NOINLINE int passes(int n) noexcept(false)
{
    for (int i = 0; i < n; i++)
        sum += (unsigned long)i;
    return 100 / zero;
}

extern "C" NOINLINE int catches_all(int n)
{
    try {
        return passes(n);
    } catch (...) {
        return n;
    }
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 50;
    long results = 0;

    for (int signo : {SIGSEGV, SIGFPE})
        signal(signo, on_fault);
    for (int i = 0; i < rounds; i++) {
        shows_stack = i % 7 == 0;
        results += catches_itself(i) + nested(i) + catches_all(i);
        puts("");
    }
    printf("%ld %lu\n", results, sum);
    return 5;
}
