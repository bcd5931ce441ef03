// Runs long enough to be interrupted, in a function that is counted.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

__attribute__((noinline)) static unsigned work(unsigned sum)
{
    for (int i = 0; i < 50; i++)
        sum = sum * 31 + (unsigned)i;
    return sum;
}

static int traced(void)
{
    char line[256];
    int by = -1;
    FILE *status = fopen("/proc/self/status", "r");

    while (status && fgets(line, sizeof line, status))
        sscanf(line, "TracerPid: %d", &by);
    if (status)
        fclose(status);
    return by;
}

int main(int argc, char **argv)
{
    unsigned sum = 1;

    // With an argument: long asleep, with breakpoints in it.
    if (argc > 1) {
        sum = work(sum);
        usleep(1500000);
    }
    (void)argv;
    for (int i = 0; i < 300; i++) {
        sum = work(sum);
        usleep(5000);
    }
    printf("%u %d\n", sum, traced());
    return 7;
}
