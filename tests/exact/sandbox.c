// Shuts itself in so that every system call that this program itself does not need ends it; then starts
// threads, opens a library. usage: sandbox LIBRARY
#include <dlfcn.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FORBID(number)                                                                             \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),                                             \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

static volatile int sink;

__attribute__((noinline)) static void work(int n)
{
    sink = n;
}

static void *run(void *context)
{
    for (int i = 0; i < 100; i++)
        work(i);
    return context;
}

static void shut_in(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        FORBID(SYS_socket),
        FORBID(SYS_connect),
        FORBID(SYS_sendto),
        FORBID(SYS_recvmsg),
        FORBID(SYS_kill),
        FORBID(SYS_gettid),
        FORBID(SYS_arch_prctl),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        exit(77);
}

int main(int argc, char **argv)
{
    pthread_t thread;

    (void)argc;
    shut_in();
    for (int i = 0; i < 50; i++) {
        pthread_create(&thread, NULL, run, NULL);
        pthread_join(thread, NULL);
    }
    void *library = dlopen(argv[1], RTLD_NOW);
    int (*many)(int) = library ? (int (*)(int))dlsym(library, "opened_many") : NULL;
    printf("%d\n", many ? many(10) : -1);
    fflush(stdout);
    return sink == 99 ? 11 : 12;
}
