// Programs that run programs, in all ways that the C library has. Each calls work() as often as it is told.
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

extern char **environ;
static volatile unsigned sink;

NOINLINE static void work(unsigned n)
{
    sink = sink * 3 + n;
}

static void many(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        work(i);
}

static int wait_for(pid_t pid)
{
    int status = 0;

    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

// Itself, so many times more.
static int again(char *program, unsigned rounds, char *n)
{
    char left[16];

    snprintf(left, sizeof left, "%u", rounds - 1);
    if (rounds > 1)
        execl(program, program, "self", left, n, (char *)NULL);
    return 6;
}

static int by_spawn(char *program, char *n)
{
    char leaf[] = "leaf";
    char *argv[] = {program, leaf, n, NULL};
    pid_t pid;

    return posix_spawn(&pid, program, NULL, NULL, argv, environ) ? 1 : wait_for(pid);
}

static int by_fork(char *program, char *n)
{
    char *name = strrchr(program, '/') + 1;
    pid_t pid = fork();

    if (pid)
        return wait_for(pid);
    // Found in the last of several folders.
    setenv("PATH", "/nowhere:/:.", 1);
    execlp(name, name, "leaf", n, (char *)NULL);
    _exit(1);
}

static int by_vfork(char *program, char *n)
{
    char leaf[] = "leaf";
    char nothing[] = "ONE=1";
    char *argv[] = {program, leaf, n, NULL};
    char *env[] = {nothing, NULL};
    pid_t pid = vfork();

    if (pid)
        return wait_for(pid);
    execve(program, argv, env);
    _exit(1);
}

static int by_shell(const char *program, const char *n)
{
    char command[4096];
    char line[64] = "";

    snprintf(command, sizeof command, "%s leaf %s", program, n);
    int first = WEXITSTATUS(system(command));
    FILE *pipe = popen(command, "r");
    if (!pipe || !fgets(line, sizeof line, pipe))
        return 1;
    fputs(line, stdout);
    return first + WEXITSTATUS(pclose(pipe));
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    char *n = argv[argc - 1];

    many((unsigned)atoi(n));
    if (strcmp(how, "self") == 0)
        return again(argv[0], (unsigned)atoi(argv[2]), n);
    if (strcmp(how, "leaf") == 0) {
        printf("leaf with %zu variables\n", (size_t)(environ[0] && !environ[1]));
        return 7;
    }
    fflush(stdout);
    int sum = by_spawn(argv[0], n) + by_fork(argv[0], n) + by_vfork(argv[0], n);
    sum += by_shell(argv[0], n);
    errno = 0;
    execl("/nowhere", "nowhere", (char *)NULL);
    printf("%d %s\n", sum, strerror(errno));
    return 8;
}
