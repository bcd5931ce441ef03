// They run in strange places, as in a child that shares its parent's memory, so that all is on the stack.
// system(3) and popen(3) take the environment from where it is: it is another one meanwhile.
#include "preload/heap_exec.h"

#include <alloca.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "preload/heap_environment.h"
#include "preload/interposer.h"
#include "preload/next.h"

#define EXPORT __attribute__((visibility("default")))

typedef int spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                  const posix_spawnattr_t *attributes, char *const *argv, char *const *envp);

static int (*next_execve)(const char *, char *const *, char *const *);
static int (*next_execvpe)(const char *, char *const *, char *const *);
static int (*next_fexecve)(int, char *const *, char *const *);
static spawn *next_spawn;
static spawn *next_spawnp;
static int (*next_system)(const char *);
static FILE *(*next_popen)(const char *, const char *);

void heap_exec_init(void)
{
    next_find(&next_execve, "execve");
    next_find(&next_execvpe, "execvpe");
    next_find(&next_fexecve, "fexecve");
    next_find(&next_spawn, "posix_spawn");
    next_find(&next_spawnp, "posix_spawnp");
    next_find(&next_system, "system");
    next_find(&next_popen, "popen");
}

// What runs before this library's constructor comes first.
static char **environment_for(char *const *environment, struct heap_environment *room)
{
    interposer_is_ready();
    return heap_environment_for(environment, room);
}

EXPORT int execve(const char *path, char *const *argv, char *const *envp)
{
    struct heap_environment room;
    char **all = environment_for(envp, &room);

    return next_execve(path, argv, all);
}

EXPORT int execvpe(const char *file, char *const *argv, char *const *envp)
{
    struct heap_environment room;
    char **all = environment_for(envp, &room);

    return next_execvpe(file, argv, all);
}

EXPORT int execv(const char *path, char *const *argv)
{
    return execve(path, argv, environ);
}

EXPORT int execvp(const char *file, char *const *argv)
{
    return execvpe(file, argv, environ);
}

EXPORT int fexecve(int fd, char *const *argv, char *const *envp)
{
    struct heap_environment room;
    char **all = environment_for(envp, &room);

    return next_fexecve(fd, argv, all);
}

// ---- arguments one by one

// With the NULL behind them.
static size_t count_arguments(const char *first, va_list *rest)
{
    size_t n = 1;

    for (const char *argument = first; argument; argument = va_arg(*rest, const char *))
        n++;
    return n;
}

// Whatever stands behind them comes next.
static void read_arguments(const char *first, va_list *rest, char **ret)
{
    const char *argument = first;

    for (; argument; argument = va_arg(*rest, const char *))
        *ret++ = (char *)(size_t)argument;
    *ret = NULL;
}

EXPORT int execl(const char *path, const char *first, ...)
{
    va_list rest;

    va_start(rest, first);
    char **argv = alloca(count_arguments(first, &rest) * sizeof *argv);
    va_end(rest);
    va_start(rest, first);
    read_arguments(first, &rest, argv);
    va_end(rest);
    return execve(path, argv, environ);
}

EXPORT int execlp(const char *file, const char *first, ...)
{
    va_list rest;

    va_start(rest, first);
    char **argv = alloca(count_arguments(first, &rest) * sizeof *argv);
    va_end(rest);
    va_start(rest, first);
    read_arguments(first, &rest, argv);
    va_end(rest);
    return execvpe(file, argv, environ);
}

EXPORT int execle(const char *path, const char *first, ...)
{
    va_list rest;

    va_start(rest, first);
    char **argv = alloca(count_arguments(first, &rest) * sizeof *argv);
    va_end(rest);
    va_start(rest, first);
    read_arguments(first, &rest, argv);
    char *const *envp = va_arg(rest, char *const *);
    va_end(rest);
    return execve(path, argv, envp);
}

// ---- children

EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const *argv, char *const *envp)
{
    struct heap_environment room;
    char **all = environment_for(envp, &room);

    return next_spawn(pid, path, actions, attributes, argv, all);
}

EXPORT int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const *argv, char *const *envp)
{
    struct heap_environment room;
    char **all = environment_for(envp, &room);

    return next_spawnp(pid, file, actions, attributes, argv, all);
}

EXPORT int system(const char *command)
{
    struct heap_environment room;
    char **before = environ;

    environ = environment_for(before, &room);
    int status = next_system(command);
    environ = before;
    return status;
}

EXPORT FILE *popen(const char *command, const char *mode)
{
    struct heap_environment room;
    char **before = environ;

    environ = environment_for(before, &room);
    FILE *file = next_popen(command, mode);
    environ = before;
    return file;
}
