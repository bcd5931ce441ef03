// What a region costs without lprof is read from the code of these.
#include <lprof/lprof.h>

int work(int n);
int leaf(int n);
int timed(int n);
int around(int n);

int leaf(int n)
{
    LPROF_REGION("leaf") n = n * 3 + 1;
    return n;
}

int timed(int n)
{
    LPROF_TIMED("timed");
    return n * 3 + 1;
}

int around(int n)
{
    LPROF_REGION("around") n = work(n) + 1;
    return n;
}
