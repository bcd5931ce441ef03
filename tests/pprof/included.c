/* About half of the time of mix() is in lines of included.inc. */
#include <stdint.h>
#include <stdio.h>

__attribute__((noinline)) static uint64_t mix(uint64_t x)
{
    for (long i = 0; i < 50000000; i++)
        x = x / 3 + 88172645463325252u;
    for (long i = 0; i < 50000000; i++) {
#include "included.inc"
    }
    return x;
}

int main(void)
{
    printf("%llu\n", (unsigned long long)mix(1));
    return 0;
}
