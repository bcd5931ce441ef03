#include "target/libraries.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

// Start "loader --list program" with its output going to `out`; 0 when that cannot be done.
static pid_t start(const char *loader, const char *program, int out)
{
    CLEANUP(cleanup_free) char *name = mem_strdup(loader);
    CLEANUP(cleanup_free) char *option = mem_strdup("--list");
    CLEANUP(cleanup_free) char *file = mem_strdup(program);
    char *const argv[] = {name, option, file, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return 0;
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    int failed = posix_spawn(&pid, loader, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed ? 0 : pid;
}

// "libm.so.6 => /lib/libm.so.6 (0x7f...)"; the vDSO and the loader itself have no arrow.
static void read_line(char *line, struct libraries *ret)
{
    char *path = strstr(line, "=> /");
    char *end = path ? strstr(path, " (0x") : NULL;

    if (!end)
        return;
    *end = '\0';
    ret->paths = mem_grow(ret->paths, &ret->capacity, ret->n, sizeof *ret->paths);
    ret->paths[ret->n++] = mem_strdup(path + 3);
}

// Takes the descriptor.
static void read_lines(int fd, struct libraries *ret)
{
    CLEANUP(cleanup_fclose) FILE *in = fdopen(fd, "r");
    CLEANUP(cleanup_free) char *line = NULL;
    size_t room = 0;

    if (!in)
        close(fd);
    while (in && getline(&line, &room, in) > 0)
        read_line(line, ret);
}

void libraries_find(const char *loader, const char *program, struct libraries *ret)
{
    int ends[2];

    *ret = (struct libraries){0};
    if (pipe2(ends, O_CLOEXEC) < 0)
        return;
    pid_t pid = start(loader, program, ends[1]);
    close(ends[1]);
    read_lines(ends[0], ret);
    while (pid && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

void libraries_deinit(struct libraries *libraries)
{
    for (size_t i = 0; i < libraries->n; i++)
        free(libraries->paths[i]);
    free(libraries->paths);
    *libraries = (struct libraries){0};
}
