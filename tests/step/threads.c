// Many threads in the same counted functions, some of which wait for each other inside them.
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))
enum { THREADS = 4, ROUNDS = 25 };

static int ends[2];

NOINLINE static int leaf(int n)
{
    if (n & 1)        // hits: 100
        return 3;     // hits: 48
    return 4;         // hits: 52
}

NOINLINE static void *work(void *context)
{
    int *sum = context;                   // hits: 4
    for (int i = 0; i < ROUNDS; i++)      // hits: 104
        *sum += leaf(i);                  // hits: 100
    return NULL;                          // hits: 4
}

NOINLINE static long receive(char *byte)
{
    long n;
    __asm__ volatile("syscall" : "=a"(n) : "a"(0), "D"(ends[0]), "S"(byte), "d"(1) : "rcx", "r11", "memory"); // hits: 1
    return n;                             // hits: 1
}

static void *send(void *context)
{
    usleep(50000);
    if (write(ends[1], "x", 1) != 1)
        return NULL;
    return context;
}

int main(void)
{
    pthread_t threads[THREADS];
    int sums[THREADS] = {0};
    int total = 0;
    char byte = 0;

    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, &sums[i]);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        total += sums[i];
    }
    if (pipe(ends) != 0)
        return 1;
    pthread_create(&threads[0], NULL, send, NULL);
    long n = receive(&byte);
    pthread_join(threads[0], NULL);
    printf("%d %ld %c\n", total, n, byte);
    return 0;
}
