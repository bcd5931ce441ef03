#include "target/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

#define SHELL "/bin/sh"
#define DEFAULT_PATH "/bin:/usr/bin"
#define HEAD_SIZE 256 // As much of a script's first line as the kernel reads.

// The first bytes of a file, with a zero behind them; their number.
static size_t read_head(const char *path, char head[HEAD_SIZE + 1])
{
    CLEANUP(cleanup_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = fd < 0 ? 0 : read(fd, head, HEAD_SIZE);
    size_t size = n > 0 ? (size_t)n : 0;

    head[size] = '\0';
    return size;
}

static bool is_elf(const char *head, size_t size)
{
    return size >= 4 && memcmp(head, "\177ELF", 4) == 0;
}

// ---- running

static void run_by_shell(const char *path, char *const argv[])
{
    size_t n = 0;

    while (argv[n])
        n++;
    CLEANUP(cleanup_free) char **shell_argv = mem_alloc_array(n + 2, sizeof *shell_argv);
    CLEANUP(cleanup_free) char *script = mem_strdup(path);
    CLEANUP(cleanup_free) char *shell = mem_strdup(SHELL);
    shell_argv[0] = shell;
    shell_argv[1] = script;
    memcpy(shell_argv + 2, argv + 1, (n - 1) * sizeof *argv);
    execve(SHELL, shell_argv, environ);
}

// Returns the errno of the attempt.
static int try_exec(const char *path, char *const argv[])
{
    char head[HEAD_SIZE + 1];

    execve(path, argv, environ);
    if (errno != ENOEXEC)
        return errno;
    if (is_elf(head, read_head(path, head)))
        return ENOEXEC;
    run_by_shell(path, argv);
    return errno;
}

// Whether the next folder of PATH gets its turn after this error, as in execvp(3).
static bool goes_on(int errnum)
{
    return errnum == ENOENT || errnum == EACCES || errnum == ENOTDIR || errnum == ESTALE ||
           errnum == ENODEV || errnum == ETIMEDOUT;
}

static bool is_there(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}

static void search_and_exec(const char *folders, char *const argv[], struct exec_failure *ret)
{
    struct exec_failure attempt;

    for (const char *folder = folders; folder; folder = strchr(folder, ':')) {
        folder += folder != folders;
        int length = (int)strcspn(folder, ":");
        int written = snprintf(attempt.path, sizeof attempt.path, "%.*s%s%s", length, folder,
                               length ? "/" : "", argv[0]);
        if (written >= (int)sizeof attempt.path)
            continue;
        attempt.errnum = try_exec(attempt.path, argv);
        if (!goes_on(attempt.errnum)) {
            *ret = attempt;
            return;
        }
        // What exists and could not be run tells more than what is not there.
        if (!ret->path[0] && is_there(attempt.path))
            *ret = attempt;
    }
}

void exec_program(char *const argv[], struct exec_failure *ret)
{
    *ret = (struct exec_failure){.errnum = ENOENT};
    if (!argv[0][0])
        return;
    if (strchr(argv[0], '/')) {
        snprintf(ret->path, sizeof ret->path, "%s", argv[0]);
        ret->errnum = try_exec(argv[0], argv);
        return;
    }
    const char *folders = getenv("PATH");
    search_and_exec(folders ? folders : DEFAULT_PATH, argv, ret);
}

char *exec_find(const char *program)
{
    const char *folders = getenv("PATH");
    struct stat st;

    if (!*program || strchr(program, '/'))
        return *program ? mem_strdup(program) : NULL;
    folders = folders ? folders : DEFAULT_PATH;
    for (const char *folder = folders; folder; folder = strchr(folder, ':')) {
        folder += folder != folders;
        int length = (int)strcspn(folder, ":");
        CLEANUP(cleanup_free)
        char *path = mem_printf("%.*s%s%s", length, folder, length ? "/" : "", program);
        if (access(path, X_OK) == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode))
            return take_ptr(&path);
    }
    return NULL;
}

// ---- explaining

LPROF_PRINTF(2, 3) static struct lprof_error *failed(int errnum, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    CLEANUP(cleanup_free) char *message = mem_vprintf(format, args);
    va_end(args);
    struct lprof_error *err = error_create(LPROF_ERROR_TARGET, "%s", message);
    err->errnum = errnum;
    return err;
}

static struct lprof_error *explain_not_found(const char *program)
{
    struct lprof_error *err = failed(ENOENT, "%s: not found", program[0] ? program : "''");

    if (!strchr(program, '/') && program[0] && access(program, X_OK) == 0)
        err = error_hint(err, "it is in this folder: ./%s", program);
    return err;
}

// The file is there, but what the kernel needs to run it is not.
static struct lprof_error *explain_interpreter(const char *program, const char *path)
{
    char head[HEAD_SIZE + 1];
    size_t size = read_head(path, head);

    if (is_elf(head, size))
        return error_hint(
            failed(ENOENT, "%s: the program loader that it names is missing", program),
            "was it built for another system? file %s", path);
    if (strncmp(head, "#!", 2) != 0)
        return explain_not_found(program);
    char *name = head + 2 + strspn(head + 2, " \t");
    name[strcspn(name, " \t\n")] = '\0';
    size_t length = strlen(name);
    bool windows = length && name[length - 1] == '\r';
    if (windows)
        name[length - 1] = '\0';
    struct lprof_error *err = failed(ENOENT, "%s: its interpreter %s is missing", program, name);
    if (windows)
        return error_hint(err, "its lines end as on Windows: sed -i 's/\\r$//' %s", path);
    return error_hint(err, "install it, or correct the first line of %s", path);
}

static struct lprof_error *explain_denied(const char *program, const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return failed(EACCES, "%s: permission denied", program);
    if (S_ISDIR(st.st_mode))
        return failed(EACCES, "%s: is a folder", program);
    struct lprof_error *err = failed(EACCES, "%s: permission denied", program);
    if (S_ISREG(st.st_mode) && !(st.st_mode & 0111))
        err = error_hint(err, "it may not be executed: chmod +x %s", path);
    return err;
}

// ELF class, byte order, and machine: the same in every program of one kind of machine.
static bool is_for_this_machine(const char *head, size_t size)
{
    char own[HEAD_SIZE + 1];

    return size >= 20 && read_head("/proc/self/exe", own) >= 20 &&
           memcmp(head + 4, own + 4, 2) == 0 && memcmp(head + 18, own + 18, 2) == 0;
}

static struct lprof_error *explain_no_program(const char *program, const char *path)
{
    char head[HEAD_SIZE + 1];
    size_t size = read_head(path, head);

    if (is_elf(head, size) && !is_for_this_machine(head, size))
        return error_hint(failed(ENOEXEC, "%s: is built for another machine", program),
                          "see what it is: file %s", path);
    return error_hint(failed(ENOEXEC, "%s: is an ELF file, but not one that can be run", program),
                      "see what it is: file %s", path);
}

struct lprof_error *exec_explain(const char *program, const struct exec_failure *failure)
{
    switch (failure->errnum) {
    case ENOENT:
        return failure->path[0] && is_there(failure->path)
                   ? explain_interpreter(program, failure->path)
                   : explain_not_found(program);
    case EACCES:
        return explain_denied(program, failure->path);
    case ENOEXEC:
        return explain_no_program(program, failure->path);
    default:
        return failed(failure->errnum, "%s: cannot be run: %s", program, strerror(failure->errnum));
    }
}
