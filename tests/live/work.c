// Work of known shape for the live tests: `work WHAT MILLISECONDS [N]`.
//   busy MS        computes for so much CPU time
//   threads MS N   N threads that compute for so much CPU time each
//   children MS N  N processes, one after the other, that compute for so much each
//   exec MS        computes, then runs itself again to compute as long
//   kernel MS      so much CPU time mostly in system calls
//   sleep MS       sleeps
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double cpu_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static void compute(double ms)
{
    volatile double x = 1;

    for (double end = cpu_ms() + ms; cpu_ms() < end;) {
        for (int i = 0; i < 20000; i++)
            x = x * 1.0000001 + 1e-9;
    }
}

static void *thread(void *ms)
{
    compute(*(double *)ms);
    return NULL;
}

static void run_threads(double ms, int n)
{
    pthread_t threads[64];

    for (int i = 0; i < n; i++)
        pthread_create(&threads[i], NULL, thread, &ms);
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
}

static void run_children(double ms, int n)
{
    for (int i = 0; i < n; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            compute(ms);
            _exit(0);
        }
        waitpid(pid, NULL, 0);
    }
}

static void call_kernel(double ms)
{
    static char buffer[1 << 16];
    int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

    for (double end = cpu_ms() + ms; cpu_ms() < end;) {
        for (int i = 0; i < 50; i++) {
            if (read(fd, buffer, sizeof buffer) < 0)
                exit(1);
        }
    }
    close(fd);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    const char *what = argv[1];
    double ms = atof(argv[2]);
    int n = argc > 3 ? atoi(argv[3]) : 1;
    if (strcmp(what, "busy") == 0)
        compute(ms);
    else if (strcmp(what, "threads") == 0)
        run_threads(ms, n);
    else if (strcmp(what, "children") == 0)
        run_children(ms, n);
    else if (strcmp(what, "kernel") == 0)
        call_kernel(ms);
    else if (strcmp(what, "sleep") == 0)
        usleep((useconds_t)(ms * 1000));
    else if (strcmp(what, "exec") == 0) {
        compute(ms);
        execl("/proc/self/exe", argv[0], "busy", argv[2], NULL);
    } else
        return 2;
    return 0;
}
