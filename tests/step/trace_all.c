// `trace_all PROGRAM [ARG...]`: runs a program with all its children under ptrace(2), as strace -f does, and
// exits as it does.
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

// The signal that a stopped task is to be let go on with.
static int signal_of(int status)
{
    int signo = WSTOPSIG(status);

    return status >> 16 || signo == SIGTRAP || signo == SIGSTOP ? 0 : signo;
}

int main(int argc, char **argv)
{
    int status;

    if (argc < 2)
        return 2;
    pid_t program = fork();
    if (program == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    waitpid(program, &status, 0);
    ptrace(PTRACE_SETOPTIONS, program, NULL,
           PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
               PTRACE_O_EXITKILL);
    ptrace(PTRACE_CONT, program, NULL, NULL);
    for (pid_t tid; (tid = waitpid(-1, &status, __WALL)) > 0;) {
        if (tid == program && WIFEXITED(status))
            return WEXITSTATUS(status);
        if (tid == program && WIFSIGNALED(status))
            return 128 + WTERMSIG(status);
        if (WIFSTOPPED(status))
            ptrace(PTRACE_CONT, tid, NULL, (void *)(long)signal_of(status));
    }
    return 1;
}
