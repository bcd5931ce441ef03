// A function that is inlined at two places, one of which cannot be counted: a call leads into the function's middle.
#include <stdio.h>

#define NOINLINE __attribute__((noinline))

static inline __attribute__((always_inline)) int chosen_inlined(int n)
{
    int twice = n + n; // hits: 3
    return twice + 1;  // hits: 3
}

NOINLINE static int chosen_whole(int n)
{
    int sum = 0;                // hits: 1
    for (int i = 0; i < n; i++) // hits: 3
        sum += i;               // hits: 2
    return sum;                 // hits: 1
}

NOINLINE static int sure(int n)
{
    return chosen_inlined(n);
}

NOINLINE static int unsure(int n)
{
    int once = chosen_inlined(n);
    __asm__ volatile("sub $128, %%rsp\n\tcall 1f\n1:\tpop %%rax\n\tadd $128, %%rsp" ::: "rax");
    return once;
}

int main(void)
{
    int sum = chosen_whole(2);

    for (int i = 0; i < 3; i++)
        sum += sure(i);
    printf("%d\n", sum + unsure(7));
    return 0;
}
