// A library that is opened later. Its constructor counts, too.
static volatile int sink;
int constructed;

__attribute__((noinline)) int opened_work(int n)
{
    sink = n;
    return sink + 1;
}

__attribute__((constructor)) static void construct(void)
{
    constructed = opened_work(1);
}

int opened_many(int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++)
        sum += opened_work(i);
    return sum;
}
