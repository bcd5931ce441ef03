// Calls out of counted functions that take a known time. Lines tell it: "// called: MILLISECONDS".
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

static jmp_buf back;
static volatile int sink;

static void nap(int ms)
{
    struct timespec time = {.tv_nsec = ms * 1000000L};

    nanosleep(&time, NULL);
}

NOINLINE static void counted_direct(int rounds)
{
    for (int i = 0; i < rounds; i++) // called: 0
        nap(20);                     // called: 60
    sink = 1;                        // called: 0
}

NOINLINE static long counted_system_call(const struct timespec *time)
{
    long result = -1; // called: 0
    __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_nanosleep), "D"(time), "S"(0) : "rcx", "r11", "memory"); // called: 50
    return result; // called: 0
}

NOINLINE static int counted_leaf(int ms)
{
    nap(ms);   // called: 70
    return ms; // called: 0
}

// Every call is underway with all those around it: the line counts the whole time once.
NOINLINE static int counted_tree(int depth)
{
    if (depth == 0)                                           // called: 0
        return counted_leaf(10);                              // called: 40
    return counted_tree(depth - 1) + counted_tree(depth - 1); // called: 40
}

NOINLINE static int counted_outer(void)
{
    int ms = counted_leaf(30); // called: 30
    return ms + counted_tree(2); // called: 40
}

static int compare(const void *a, const void *b)
{
    nap(1);
    return *(const int *)a - *(const int *)b;
}

static volatile int numbers[] = {2, 1};

NOINLINE static void counted_sort(void)
{
    qsort((void *)numbers, 2, sizeof numbers[0], compare); // called: 1
}

NOINLINE static void counted_jump(void)
{
    longjmp(back, 1); // called: 0
}

// What comes after a longjmp is no part of the call that led to it.
static void not_counted(void)
{
    if (setjmp(back) == 0)
        counted_jump();
    nap(100);
    counted_sort();
}

int main(void)
{
    const struct timespec time = {.tv_nsec = 50000000};

    counted_direct(3);
    printf("%ld ", counted_system_call(&time));
    printf("%d\n", counted_outer());
    not_counted();
    return 0;
}
