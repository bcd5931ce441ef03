#include "doctor/debian_package.h"

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
#include "base/path.h"

// Start "dpkg-query -S path" with its output going to `out`; 0 when there is no such program.
static pid_t start(const char *path, int out)
{
    CLEANUP(cleanup_free) char *name = mem_strdup("dpkg-query");
    CLEANUP(cleanup_free) char *option = mem_strdup("-S");
    CLEANUP(cleanup_free) char *file = mem_strdup(path);
    char *const argv[] = {name, option, file, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return 0;
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    int failed = posix_spawnp(&pid, name, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed ? 0 : pid;
}

// The line is "package:architecture: path"; several packages are set apart by commas.
static char *first_package(int fd)
{
    CLEANUP(cleanup_fclose) FILE *stream = fdopen(fd, "r");
    char line[512];

    if (!stream) {
        close(fd);
        return NULL;
    }
    if (!fgets(line, sizeof line, stream))
        return NULL;
    line[strcspn(line, ":,\n")] = '\0';
    // A file that was moved aside is told in another way: "diversion by ...".
    return line[0] && !strchr(line, ' ') ? mem_strdup(line) : NULL;
}

static char *ask(const char *path)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return NULL;
    pid_t pid = start(path, ends[1]);
    close(ends[1]);
    char *package = first_package(ends[0]);
    while (pid && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    return package;
}

char *debian_package_of(const char *path)
{
    CLEANUP(cleanup_free) char *real = realpath(path, NULL);

    if (!real)
        return NULL;
    char *package = ask(real);
    // Packages from before /lib became a link to /usr/lib know the old name.
    if (!package && path_is_below(real, "/usr"))
        package = ask(real + strlen("/usr"));
    return package;
}

char *debian_package_debug(const char *package)
{
    return mem_printf("%s-%s", package, strcmp(package, "libc6") == 0 ? "dbg" : "dbgsym");
}
