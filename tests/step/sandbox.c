// Shuts itself in, as browsers and servers do: system calls that it does not need kill it.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ALLOW(number)                                                                              \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int shut_in(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(SYS_write),
        ALLOW(SYS_exit_group),
        ALLOW(SYS_getppid),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};

    // Nobody of its user may look into it any more either.
    if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

__attribute__((noinline)) static long counted_inside(int n)
{
    long sum = 0;               // hits: 2
    for (int i = 0; i < n; i++) // hits: 12
        sum += getppid() > 0;   // hits: 10
    return sum;                 // hits: 2
}

int main(void)
{
    char text[] = "0\n";

    long sum = counted_inside(5);
    if (shut_in() < 0)
        return 77;
    sum += counted_inside(5);
    text[0] = (char)(text[0] + (sum == 10));
    if (write(1, text, 2) != 2)
        return 1;
    syscall(SYS_exit_group, 0);
    return 1;
}
