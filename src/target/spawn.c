// The gate is a socket rather than a pipe: a child that was killed while it waited must not raise
// SIGPIPE here. The failure pipe is closed by a successful exec, which is how we learn of it.
#include "target/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "target/exec.h"

#define GATE_GO 'x'
#define GATE_TRACE 't'

static struct lprof_error *cannot_start(const char *program)
{
    struct lprof_error *err = error_from_errno(errno, "%s: cannot be started", program);

    err->code = LPROF_ERROR_TARGET;
    return err;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

// ---- in the child

// What lprof says. The child ends when lprof has.
static char wait_at_gate(int gate)
{
    char byte;
    ssize_t n;

    do
        n = read(gate, &byte, 1);
    while (n < 0 && errno == EINTR);
    if (n != 1)
        _exit(125);
    return byte;
}

static _Noreturn void run_child(char *const argv[], const struct signals *signals,
                                const struct agent_link *agent, int gate, int failure)
{
    struct exec_failure why;

    signals_apply(signals);
    while (wait_at_gate(gate) == GATE_TRACE) {
        // Without Yama nothing forbids it, and the call fails.
        prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
        if (send(gate, "", 1, MSG_NOSIGNAL) != 1)
            _exit(125);
    }
    prctl(PR_SET_PTRACER, 0, 0, 0, 0);
    if (agent)
        agent_link_enter(agent);
    exec_program(argv, &why);
    size_t size = offsetof(struct exec_failure, path) + strlen(why.path) + 1;
    if (write(failure, &why, size) < 0)
        _exit(126); // Nobody listens any more.
    _exit(127);
}

// ---- in lprof

static void keep_exit_statuses(void)
{
    struct sigaction action;

    if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN) {
        action.sa_handler = SIG_DFL;
        sigaction(SIGCHLD, &action, NULL);
    }
}

struct lprof_error *spawn_start(char *const argv[], const struct signals *signals,
                                struct agent_link *agent, struct spawn *ret)
{
    int gate[2] = {-1, -1};
    int failure[2] = {-1, -1};
    struct lprof_error *err = NULL;
    pid_t pid = -1;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gate) == 0 &&
        pipe2(failure, O_CLOEXEC) == 0) {
        keep_exit_statuses();
        pid = fork();
    }
    if (pid == 0) {
        close(gate[1]); // Ours: while the child held it open, the end of lprof would not show.
        run_child(argv, signals, agent, gate[0], failure[1]);
    }
    if (pid < 0)
        err = cannot_start(argv[0]);
    close_fd(&gate[0]);
    close_fd(&failure[1]);
    if (agent)
        agent_link_forked(agent);
    if (err) {
        close_fd(&gate[1]);
        close_fd(&failure[0]);
        return err;
    }
    *ret = (struct spawn){.pid = pid,
                          .pidfd = (int)syscall(SYS_pidfd_open, pid, 0),
                          .gate = gate[1],
                          .failure = failure[0],
                          .program = argv[0]};
    return NULL;
}

struct lprof_error *spawn_allow_tracer(struct spawn *spawn)
{
    const char ask = GATE_TRACE;
    char answer;
    ssize_t n = send(spawn->gate, &ask, 1, MSG_NOSIGNAL);

    while (n == 1 && (n = read(spawn->gate, &answer, 1)) < 0 && errno == EINTR)
        n = 1;
    if (n == 1)
        return NULL;
    return error_create(LPROF_ERROR_TARGET, "%s: the process that was to run it ended early",
                        spawn->program);
}

static void reap(struct spawn *spawn)
{
    while (waitpid(spawn->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    spawn->pid = 0;
}

// Bytes of the failure that arrived before end of file; 0 when the program runs.
static size_t read_failure(int fd, struct exec_failure *ret)
{
    size_t size = 0;

    while (size < sizeof *ret) {
        ssize_t n = read(fd, (char *)ret + size, sizeof *ret - size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        size += (size_t)n;
    }
    return size;
}

struct lprof_error *spawn_release(struct spawn *spawn)
{
    struct exec_failure failure = {0};

    // A child that was killed at the gate is seen by spawn_wait().
    const char go = GATE_GO;
    if (send(spawn->gate, &go, 1, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET) {
        struct lprof_error *err = cannot_start(spawn->program);
        spawn_cancel(spawn);
        return err;
    }
    size_t size = read_failure(spawn->failure, &failure);
    close_fd(&spawn->gate);
    close_fd(&spawn->failure);
    if (size < sizeof failure.errnum)
        return NULL;
    failure.path[sizeof failure.path - 1] = '\0';
    reap(spawn);
    return exec_explain(spawn->program, &failure);
}

void spawn_cancel(struct spawn *spawn)
{
    if (!spawn->pid)
        return;
    close_fd(&spawn->gate);
    reap(spawn);
    spawn_deinit(spawn);
}

bool spawn_has_ended(const struct spawn *spawn)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t)spawn->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
           info.si_pid != 0;
}

struct lprof_error *spawn_wait(struct spawn *spawn, int *ret)
{
    int status;

    while (waitpid(spawn->pid, &status, 0) < 0) {
        if (errno == EINTR)
            continue;
        struct lprof_error *err = error_from_errno(errno, "%s: was lost", spawn->program);
        err->code = LPROF_ERROR_TARGET;
        return err;
    }
    spawn->pid = 0;
    *ret = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return NULL;
}

void spawn_deinit(struct spawn *spawn)
{
    if (!spawn->program)
        return;
    close_fd(&spawn->pidfd);
    close_fd(&spawn->gate);
    close_fd(&spawn->failure);
}

int spawn_exit_status(const struct lprof_error *err)
{
    return err->errnum == ENOENT ? 127 : 126;
}
