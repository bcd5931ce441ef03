// Every kind of C function that can be marked. All marked functions are named marked_*.
#include <lprof/lprof.h>
#include <stdio.h>

LPROF_FUNC static int marked_static(int n)
{
    return n * 3 + 1;
}

LPROF_FUNC static inline int marked_inline(int n)
{
    return n * 5 + 1;
}

LPROF_FUNC int marked_global(int n);
LPROF_FUNC int marked_global(int n)
{
    return n * 7 + 1;
}

LPROF_FUNC inline int marked_extern_inline(int n)
{
    return n * 9 + 1;
}
extern int marked_extern_inline(int n);

static int plain(int n)
{
    return n * 11 + 1;
}

int main(int argc, char **argv)
{
    (void)argv;
    printf("%d\n", marked_static(argc) + marked_inline(argc) + marked_global(argc) +
                       marked_extern_inline(argc) + plain(argc));
    return 0;
}
