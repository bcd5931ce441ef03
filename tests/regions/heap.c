// Allocates in a region, in one inside of it, and outside, in amounts that are known.
//
// usage: heap ROUNDS: in each round 1000 bytes outside, 3000 in "a", 6000 in "a/b", of which half is freed
#include <lprof/lprof.h>
#include <stdlib.h>
#include <string.h>

static void *take(size_t size)
{
    char *memory = malloc(size);

    memset(memory, 1, size);
    return memory;
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 1;

    for (long i = 0; i < rounds; i++) {
        void *outside = take(1000);
        LPROF_REGION("a")
        {
            void *kept = take(3000);
            LPROF_REGION("b")
            {
                free(take(3000));
                kept = take(3000);
            }
            (void)kept;
        }
        (void)outside;
    }
    return 0;
}
