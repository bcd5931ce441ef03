// Functions that are called in every way; each is called by each of the others a different number of times.
// Nothing is inlined, so that the callers are those of the source.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __clang__
#define APART __attribute__((noinline))
#else
#define APART __attribute__((noinline, noclone))
#endif

typedef int operation(int);

static volatile int sink;

APART int leaf(int n)
{
    return sink + n;
}

APART int directly(int n)
{
    int sum = leaf(n);

    for (int i = 0; i < 4; i++)
        sum += leaf(i);
    return sum + 1;
}

APART int at_the_end(int n)
{
    sink += n;
    return leaf(n + 1);
}

APART int recursive(int n)
{
    if (n < 2)
        return n;
    int before = recursive(n - 1);
    return before ^ recursive(n - 2) * 3;
}

APART int one(int n)
{
    return sink + n + 1;
}

APART int two(int n)
{
    return sink + n + 2;
}

#define MANY(name, number)                                                                         \
    APART int name(int n)                                                                          \
    {                                                                                              \
        return sink + n * number;                                                                  \
    }

MANY(many_0, 10)
MANY(many_1, 11)
MANY(many_2, 12)
MANY(many_3, 13)
MANY(many_4, 14)
MANY(many_5, 15)
MANY(many_6, 16)
MANY(many_7, 17)
MANY(many_8, 18)
MANY(many_9, 19)

// By a pointer in a register and one in memory.
APART int by_pointer(operation *f, operation *const *table, int i)
{
    return f(i) + table[i % 3](i) + 1;
}

APART int by_many_pointers(operation *const *table, int i)
{
    return table[i](i) + 1;
}

APART int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

APART void *run_thread(void *unused)
{
    operation *const table[] = {one, two, leaf};
    int sum = 0;

    for (int i = 0; i < 300; i++)
        sum += by_pointer(one, table, i);
    sink = sum;
    return unused;
}

static void run_threads(void)
{
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, run_thread, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

int main(void)
{
    operation *const table[] = {many_0, many_1, many_2, many_3, many_4,
                                many_5, many_6, many_7, many_8, many_9};
    int numbers[] = {3, 1, 2};
    int sum = recursive(10);

    for (int i = 0; i < 10; i++)
        sum += directly(i) + at_the_end(i);
    for (int i = 0; i < 30; i++)
        sum += by_many_pointers(table, i % 10);
    qsort(numbers, 3, sizeof *numbers, compare);
    run_threads();
    printf("%d\n", sum != 0);
    return 0;
}
