// Regions with names that nobody should give. usage: names COUNT: so many names besides
#include <lprof/lprof.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile int sink;

static void nest(int depth)
{
    char name[32];

    snprintf(name, sizeof name, "level %d", depth);
    LPROF_REGION(name)
    {
        if (depth)
            nest(depth - 1);
        sink++;
    }
}

int main(int argc, char **argv)
{
    static char large[10001];
    char name[32];

    memset(large, 'x', sizeof large - 1);
    LPROF_REGION("") sink++;
    LPROF_REGION("odd \x01\x1b[31m\n\"\\ \xff \xc3\xa9") sink++;
    LPROF_REGION(large) sink++;
    for (int i = 0; argc > 1 && i < atoi(argv[1]); i++) {
        snprintf(name, sizeof name, "%d", i);
        LPROF_REGION(name) sink++;
    }
    nest(300);
    return 0;
}
