// Ways that control takes past returns: recursion, longjmp, signals, forks. Lines tell their own hits.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

static jmp_buf back;
static volatile sig_atomic_t handled;
static volatile int sink;
static volatile int rounds[] = {5, 7};

NOINLINE static void jump(int n)
{
    sink = n;         // hits: 15
    if (n == 0)       // hits: 15
        longjmp(back, 1); // hits: 5
    jump(n - 1);      // hits: 10
    sink = 99;        // hits: 0
}

NOINLINE static int jumps(int rounds)
{
    volatile int landed = 0;         // hits: 1
    for (volatile int i = 0; i < rounds; i++) { // hits: 6
        if (setjmp(back) == 0)       // hits: 5
            jump(2);                 // hits: 5
        else
            landed++;                // hits: 5
    }
    return landed;                   // hits: 1
}

static void on_signal(int signo)
{
    handled += signo == SIGUSR1;
}

NOINLINE static int interrupted(int rounds)
{
    int sum = 0;                         // hits: 1
    for (int i = 0; i < rounds; i++) {   // hits: 8
        raise(SIGUSR1);                  // hits: 7
        sum += handled;                  // hits: 7
    }
    return sum;                          // hits: 1
}

NOINLINE static void fill(char *bytes, size_t size)
{
    memset(bytes, 1, size);              // hits: 2
    __asm__ volatile("rep stosb" : "+D"(bytes), "+c"(size) : "a"(2) : "memory"); // hits: 2
}

NOINLINE static int child_work(int n)
{
    int sum = 0;                 // hits: 3
    for (int i = 0; i < n; i++)  // hits: 18
        sum += i;                // hits: 15
    return sum;                  // hits: 3
}

NOINLINE static long flags(void)
{
    long flags;
    __asm__ volatile("pushf; pop %0" : "=r"(flags)); // hits: 1
    return flags & 0x100;                            // hits: 1
}

int main(void)
{
    char bytes[300];
    int status;

    signal(SIGUSR1, on_signal);
    printf("%d", jumps(rounds[0]));
    printf(" %d", interrupted(rounds[1]));
    fill(bytes, sizeof bytes);
    fill(bytes, 1);
    printf(" %d %ld\n", bytes[0], flags());
    fflush(stdout);
    for (int i = 0; i < 2; i++)
        if (fork() == 0)
            _exit(child_work(rounds[0]));
    for (int i = 0; i < 2; i++) {
        wait(&status);
        printf("%d ", WEXITSTATUS(status));
    }
    printf("%d\n", child_work(rounds[0]));
    return 0;
}
