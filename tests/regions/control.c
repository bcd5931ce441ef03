// Saves profiles of its own run. usage: control FILE: exits with the number of saves that did not fail as they should
#include <errno.h>
#include <lprof/lprof.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

static volatile unsigned sink;

__attribute__((noinline)) static void work(long n)
{
    for (long i = 0; i < n; i++)
        sink = sink * 1664525u + 1013904223u;
}

static void *save(void *path)
{
    return lprof_dump(path) == 0 ? NULL : path;
}

int main(int argc, char **argv)
{
    char path[4200];
    pthread_t thread;
    void *failed;
    int wrong = 0;

    for (int i = 0; i < 3; i++) {
        LPROF_REGION("part") work(50000000);
        snprintf(path, sizeof path, "%s.%d", argc > 1 ? argv[1] : "none", i);
        if (argc > 1 && lprof_dump(path) != 0)
            wrong++;
    }
    pthread_create(&thread, NULL, save, path);
    pthread_join(thread, &failed);
    wrong += argc > 1 && failed;
    // Where nothing can be written, that is said and the program goes on.
    if (argc > 1 && (lprof_dump("/nowhere/at/all") != -1 || errno != ENOENT))
        wrong++;
    if (argc > 1 && (lprof_dump("") != -1 || errno != ENOENT))
        wrong++;
    // More ends than beginnings, and more beginnings than ends.
    lprof_enable();
    lprof_enable();
    lprof_disable();
    lprof_disable();
    work(10000000);
    lprof_enable();
    lprof_reset();
    LPROF_REGION("after") work(100000000);
    lprof_disable();
    work(50000000);
    return wrong;
}
