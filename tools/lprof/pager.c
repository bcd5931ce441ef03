#include "pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char *command(void)
{
    const char *wanted = getenv("LPROF_PAGER");

    if (!wanted)
        wanted = getenv("PAGER");
    if (!wanted)
        wanted = "less";
    return *wanted && strcmp(wanted, "cat") != 0 ? wanted : NULL;
}

// A plain word is run directly, so that a pager that is not there is noticed; the rest is for the
// shell.
static int spawn_pager(const char *pager, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, pid_t *ret)
{
    char *word = (char *)(uintptr_t)pager;
    char *direct[] = {word, NULL};
    char *shell[] = {"sh", "-c", word, NULL};
    bool plain = strcspn(pager, "|&;<>()$`\\\"' \t\n*?[#~=%") == strlen(pager);

    return posix_spawnp(ret, plain ? pager : "/bin/sh", actions, attributes, plain ? direct : shell,
                        environ);
}

// lprof ignores a broken pipe; the pager is to have the signal as every program has it.
static int spawn_reading(const char *pager, int input, pid_t *ret)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;

    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    int errnum = spawn_pager(pager, &actions, &attributes, ret);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return errnum;
}

bool pager_start(struct pager *ret)
{
    const char *pager = isatty(STDOUT_FILENO) ? command() : NULL;
    int ends[2];

    if (!pager || pipe2(ends, O_CLOEXEC) < 0)
        return false;
    setenv("LESS", "FRX", 0);
    setenv("LV", "-c", 0);
    int errnum = spawn_reading(pager, ends[0], &ret->pid);
    close(ends[0]);
    if (errnum) {
        close(ends[1]);
        return false;
    }
    // From here on Ctrl-C is a command to the pager.
    sigaction(SIGINT, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    ret->fd = ends[1];
    return true;
}

void pager_finish(struct pager *pager)
{
    close(pager->fd);
    while (waitpid(pager->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}
