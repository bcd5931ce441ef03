// A function that saves and restores many registers: on its first line and on its last, one after the other.
#include <stdio.h>

#define OPAQUE __attribute__((noipa))

static volatile int step = 1;

OPAQUE static int next(int n)
{
    return n + step;
}

OPAQUE static int counted_saves(int a, int b, int c, int d, int e, int f)
{
    int sum = next(a);
    sum += next(b) * a;
    sum += next(c) * b;
    sum += next(d) * c;
    sum += next(e) * d;
    return sum + next(f) * e;
}

int main(void)
{
    printf("%d\n", counted_saves(1, 2, 3, 4, 5, step));
    return 0;
}
