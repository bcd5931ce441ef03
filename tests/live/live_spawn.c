// Starting programs: what they inherit, what they return, and what is said when they cannot be run.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/tally.h"
#include "target/spawn.h"

static struct tally tally;

static struct spawn start(char *const argv[])
{
    struct signals signals;
    struct spawn spawn = {0};

    signals_save(&signals);
    struct lprof_error *err = spawn_start(argv, &signals, NULL, &spawn);
    if (err) {
        printf("%s\n", err->message);
        exit(1);
    }
    return spawn;
}

// The exit status of a program, or -1 with the error printed.
static int run(char *const argv[])
{
    struct spawn spawn = start(argv);
    struct lprof_error *err = spawn_release(&spawn);
    int status = -1;

    if (!err)
        err = spawn_wait(&spawn, &status);
    if (err)
        printf("%s\n", err->message);
    error_destroy(err);
    spawn_deinit(&spawn);
    return status;
}

static int run_shell(char *script)
{
    return run((char *[]){"sh", "-c", script, NULL});
}

static void check_failure(char *program, int status, const char *message)
{
    struct spawn spawn = start((char *[]){program, NULL});
    struct lprof_error *err = spawn_release(&spawn);

    TALLY(&tally, err != NULL, "%s should not run", program);
    if (err) {
        TALLY(&tally, strcmp(err->message, message) == 0, "'%s' is not '%s'", err->message,
              message);
        TALLY(&tally, spawn_exit_status(err) == status, "%s: exit status %d", program,
              spawn_exit_status(err));
    }
    TALLY(&tally, spawn.pid == 0, "%s: the child is reaped", program);
    error_destroy(err);
    spawn_deinit(&spawn);
}

static void write_file(const char *path, const char *bytes, size_t size, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

    TALLY(&tally, write(fd, bytes, size) == (ssize_t)size, "%s: %s", path, strerror(errno));
    fchmod(fd, mode);
    close(fd);
}

static void check_exit_statuses(void)
{
    TALLY(&tally, run((char *[]){"true", NULL}) == 0, "true");
    TALLY(&tally, run_shell("exit 3") == 3, "exit 3");
    TALLY(&tally, run_shell("kill -TERM $$") == 128 + SIGTERM, "killed by TERM");
    TALLY(&tally, run_shell("kill -SEGV $$") == 128 + SIGSEGV, "killed by SEGV");
    signal(SIGCHLD, SIG_IGN);
    TALLY(&tally, run_shell("exit 4") == 4, "exit 4 with SIGCHLD ignored");
}

static void check_scripts(void)
{
    write_file("text", "exit 5\n", 7, 0755);
    TALLY(&tally, run((char *[]){"./text", NULL}) == 5, "text without #! runs through sh");
    write_file("args", "test \"$1 $2\" = 'a b'\n", 21, 0755);
    TALLY(&tally, run((char *[]){"./args", "a", "b", NULL}) == 0, "a script keeps its arguments");
    write_file("bang", "#!/bin/sh\nexit 6\n", 17, 0755);
    setenv("PATH", "/nowhere:.:/bin:/usr/bin", 1);
    TALLY(&tally, run((char *[]){"bang", NULL}) == 6, "a script found in PATH");
    setenv("PATH", "/bin:/usr/bin", 1);
}

static void check_failures(void)
{
    char elf[64] = "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\xf3\0";

    check_failure("no-such-program", 127, "no-such-program: not found");
    check_failure("./no-such-program", 127, "./no-such-program: not found");
    check_failure("", 127, "'': not found");
    check_failure("./", 126, "./: is a folder");
    write_file("data", "x", 1, 0644);
    check_failure("./data", 126, "./data: permission denied");
    write_file("elf", elf, sizeof elf, 0755);
    check_failure("./elf", 126, "./elf: is built for another machine");
    write_file("bad", "#!/no/such/sh\n", 14, 0755);
    check_failure("./bad", 127, "./bad: its interpreter /no/such/sh is missing");
}

// Ignored, blocked and caught signals of this process, as /proc tells them, must not reach the
// program.
static void check_signals(void)
{
    struct signals saved;
    struct spawn spawn;
    sigset_t blocked;
    int status = -1;
    char *argv[] = {
        "sh", "-c",
        "grep -q '^SigBlk:.0*$' /proc/self/status && grep -q '^SigIgn:.0*$' /proc/self/status",
        NULL};

    signal(SIGCHLD, SIG_DFL);
    signals_save(&saved);
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    error_destroy(spawn_start(argv, &saved, NULL, &spawn));
    error_destroy(spawn_release(&spawn));
    error_destroy(spawn_wait(&spawn, &status));
    spawn_deinit(&spawn);
    TALLY(&tally, status == 0, "signals are as at the start");
    TALLY(&tally, signal(SIGINT, SIG_DFL) == SIG_IGN, "ours stay as they are");

    // What was ignored when lprof started stays ignored, as under nohup.
    sigaddset(&saved.ignored, SIGHUP);
    argv[2] = "kill -HUP $$; exit 7";
    error_destroy(spawn_start(argv, &saved, NULL, &spawn));
    error_destroy(spawn_release(&spawn));
    error_destroy(spawn_wait(&spawn, &status));
    spawn_deinit(&spawn);
    TALLY(&tally, status == 7, "an ignored HUP stays ignored: %d", status);
}

// The program has the descriptors that it would have without us.
static void check_descriptors(void)
{
    char *script =
        "ls -1 /proc/self/fd | wc -l >count; test $(cat count) = ${EXPECTED:-$(cat count)}";
    char expected[16] = "";

    TALLY(&tally, system(script) == 0, "descriptors of a shell");
    FILE *in = fopen("count", "re");
    TALLY(&tally, in && fgets(expected, sizeof expected, in), "their number");
    if (in)
        fclose(in);
    setenv("EXPECTED", expected, 1);
    TALLY(&tally, run_shell(script) == 0, "no descriptor leaks");
}

static void check_gate(void)
{
    char *argv[] = {"sh", "-c", "touch ran", NULL};
    struct spawn spawn = start(argv);

    TALLY(&tally, !spawn_has_ended(&spawn), "the child waits");
    spawn_cancel(&spawn);
    TALLY(&tally, access("ran", F_OK) < 0, "a cancelled child runs nothing");
    TALLY(&tally, spawn.pid == 0, "a cancelled child is reaped");

    // The death of lprof looks like this to the child.
    spawn = start(argv);
    close(spawn.gate);
    spawn.gate = -1;
    waitpid(spawn.pid, NULL, 0);
    spawn_deinit(&spawn);
    TALLY(&tally, access("ran", F_OK) < 0, "without lprof nothing runs");

    spawn = start(argv);
    kill(spawn.pid, SIGKILL);
    struct lprof_error *err = spawn_release(&spawn);
    int status = -1;
    TALLY(&tally, err == NULL, "a killed child is no failure of exec");
    error_destroy(err);
    error_destroy(spawn_wait(&spawn, &status));
    spawn_deinit(&spawn);
    TALLY(&tally, status == 128 + SIGKILL, "killed at the gate: %d", status);
}

int main(void)
{
    char folder[] = "/tmp/live_spawn.XXXXXX";
    char command[64];

    if (!mkdtemp(folder) || chdir(folder) < 0)
        return 1;
    check_exit_statuses();
    check_scripts();
    check_failures();
    check_signals();
    check_descriptors();
    check_gate();
    snprintf(command, sizeof command, "rm -r %s", folder);
    if (system(command) != 0)
        return 1;
    return tally_result(&tally);
}
