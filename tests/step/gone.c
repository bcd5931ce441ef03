// A function that the linker discards, and a marked one.
#include <stdio.h>

#include <lprof/lprof.h>

__attribute__((noinline)) int never_called(int n)
{
    return n * 2;
}

LPROF_FUNC int marked(int n)
{
    return n * 3;
}

int main(void)
{
    printf("%d\n", marked(3));
    return 5;
}
