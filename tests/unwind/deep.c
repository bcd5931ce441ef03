// Recursion, callbacks from libc's qsort, alloca and a realigned stack; no frame pointers.
#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile unsigned sink;

static int compare(const void *a, const void *b)
{
    int x = *(const int *)a;
    int y = *(const int *)b;

    return (x > y) - (x < y);
}

__attribute__((noinline)) static unsigned fold(unsigned n, unsigned x)
{
    char *room = alloca(n % 64 + 16);

    memset(room, (int)x, n % 64 + 16);
    for (int i = 0; i < 50; i++)
        x = x * 33 + (unsigned char)room[i % 16];
    return n ? fold(n - 1, x) + 1 : x;
}

__attribute__((noinline)) static double aligned(int n)
{
    _Alignas(64) volatile double v[16] = {0};

    for (int i = 0; i < n; i++)
        v[i % 16] += i * 0.5;
    sink += fold(20, (unsigned)n);
    return v[3];
}

int main(void)
{
    static int numbers[20000];
    unsigned random = 1;

    for (int round = 0; round < 250; round++) {
        for (size_t i = 0; i < 20000; i++)
            numbers[i] = (int)(random = random * 1664525 + 1013904223);
        qsort(numbers, 20000, sizeof numbers[0], compare);
        sink += (unsigned)aligned(20000) + fold(30, (unsigned)numbers[7]);
    }
    printf("%u\n", sink);
    return 0;
}
