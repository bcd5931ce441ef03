// One is what the loader calls for debuggers, when libraries were mapped and before their constructors run
// (_dl_debug_state). It does nothing, so all that it needs is a call of the agent. The other one is
// execve(2), which the agent does itself.
//
// Both may run in strange places: with the loader's lock held; in a child that shares its parent's memory,
// on a small stack. So nothing is allocated, and errno is that of the C library's function.
#include "agent/hooks.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/commands.h"
#include "agent/environment.h"
#include "agent/line.h"
#include "agent/sandbox.h"
#include "agent/thread_counters.h"

enum { PRELOAD_MAX = 2048, VARIABLES_MAX = 1000 };

static const char *lprof;

// A line to lprof; -1 when there is none to be had.
static int call_lprof(void)
{
    struct agent_area *area = thread_counters_area();
    int socket = sandbox_has_changed() ? -1 : line_connect(lprof);

    if (socket < 0 && area)
        __atomic_fetch_add(&area->unheard, 1, __ATOMIC_RELAXED);
    return socket;
}

// ---- libraries

static void on_libraries(void)
{
    struct agent_hello hello = {0};

    if (_r_debug.r_state != RT_CONSISTENT)
        return;
    int socket = call_lprof();
    if (socket < 0)
        return;
    if (line_greet(socket, &hello, AGENT_LIBRARIES))
        commands_serve(socket, -1);
    line_close(socket);
}

// ---- exec

// Whether lprof wants to see another program.
static bool is_wanted(const char *path)
{
    struct agent_hello hello = {0};
    char answer = AGENT_NO;
    int socket = call_lprof();

    if (socket < 0)
        return false;
    if (line_greet(socket, &hello, AGENT_EXECS) && line_tell(socket, path, strlen(path) + 1))
        line_hear(socket, &answer, 1);
    line_close(socket);
    return answer == AGENT_YES;
}

static long execute(const char *path, char *const *argv, char *const *envp)
{
    return syscall(SYS_execve, path, argv, envp);
}

static long execute_with_agent(const char *path, char *const *argv, char *const *envp)
{
    char preload[PRELOAD_MAX];
    char *all[VARIABLES_MAX + 3];

    if (environment_make(envp, all, preload, sizeof preload)) {
        long result = execute(path, argv, all);
        // Without the agent's variables it may fit.
        if (errno != E2BIG)
            return result;
    }
    return execute(path, argv, envp);
}

static int on_exec(const char *path, char *const *argv, char *const *envp)
{
    int before = errno;
    // Search paths are tried by running what may not be there.
    bool there = path && syscall(SYS_faccessat, AT_FDCWD, path, X_OK) == 0;

    errno = before;
    if (there && environment_count(envp) < VARIABLES_MAX && is_wanted(path))
        return (int)execute_with_agent(path, argv, envp);
    return (int)execute(path, argv, envp);
}

// ---- finding

static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};

static bool make_hook(struct agent_hook *hook, const uint8_t *code, uintptr_t function)
{
    int64_t distance = (int64_t)(function - ((uintptr_t)code + AGENT_HOOK_SIZE));
    int32_t operand = (int32_t)distance;

    if (operand != distance)
        return false;
    hook->addr = (uintptr_t)code;
    memcpy(hook->original, code, sizeof hook->original);
    hook->bytes[0] = 0xe9; // jmp
    memcpy(hook->bytes + 1, &operand, sizeof operand);
    return true;
}

// What compilers put between functions.
static bool is_padding(const uint8_t *code, size_t size)
{
    static const uint8_t bytes[] = {0x66, 0x2e, 0x0f, 0x1f, 0x40, 0x44,
                                    0x80, 0x84, 0x00, 0x90, 0xcc};

    for (size_t i = 0; i < size; i++)
        if (!memchr(bytes, code[i], sizeof bytes))
            return false;
    return true;
}

// A function that only returns, and room behind it.
static const uint8_t *find_debug_state(void)
{
    const uint8_t *code = (const uint8_t *)(uintptr_t)_r_debug.r_brk;

    if (!code)
        return NULL;
    size_t before = memcmp(code, endbr64, sizeof endbr64) == 0 ? sizeof endbr64 : 0;
    size_t size = before + 1;
    bool empty = code[before] == 0xc3; // ret
    return empty && (size >= AGENT_HOOK_SIZE || is_padding(code + size, AGENT_HOOK_SIZE - size))
               ? code
               : NULL;
}

static const uint8_t *find_exec(void)
{
    static const uint8_t wanted[] = {0xb8, SYS_execve, 0, 0, 0, 0x0f, 0x05}; // mov eax; syscall
    // The C library's own, past libraries that stand before it with one that has no version.
    const uint8_t *code = dlvsym(RTLD_NEXT, "execve", "GLIBC_2.2.5");

    if (!code)
        code = dlsym(RTLD_NEXT, "execve");
    if (code && memcmp(code, endbr64, sizeof endbr64) == 0)
        code += sizeof endbr64;
    return code && memcmp(code, wanted, sizeof wanted) == 0 ? code : NULL;
}

void hooks_find(const char *address, struct agent_hello *ret)
{
    const uint8_t *debug_state = find_debug_state();
    const uint8_t *exec = find_exec();

    if (!*address)
        return;
    lprof = address;
    sandbox_start();
    if (debug_state &&
        make_hook(&ret->hooks[ret->hook_count], debug_state, (uintptr_t)on_libraries))
        ret->hook_count++;
    if (exec && make_hook(&ret->hooks[ret->hook_count], exec, (uintptr_t)on_exec))
        ret->hook_count++;
}
