// Programs that become others: exec, vfork, a library loaded while it runs, and inlined code.
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

NOINLINE static int counted_work(int n)
{
    int sum = 0;                // hits: 6
    for (int i = 0; i < n; i++) // hits: 30
        sum += i;               // hits: 24
    return sum;                 // hits: 6
}

static inline __attribute__((always_inline)) int counted_inlined(int n)
{
    int twice = n + n; // hits: 4
    return twice + 1;  // hits: 4
}

// Its own lines are not counted: only what is inlined into it was chosen.
NOINLINE static int host(int n)
{
    int a = counted_inlined(n);
    int b = counted_inlined(a);
    return a + b;
}

static int run(char *self, const char *role, int use_vfork)
{
    int status = -1;
    pid_t child = use_vfork ? vfork() : fork();

    if (child == 0) {
        execl(self, self, role, (char *)NULL);
        _exit(127);
    }
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

static int load(const char *self)
{
    char path[4096];
    int sum = 0;

    snprintf(path, sizeof path, "%.*s/libstep_plugin.so", (int)(strrchr(self, '/') - self), self);
    for (int i = 0; i < 2; i++) {
        void *plugin = dlopen(path, RTLD_NOW);
        int (*work)(int) = plugin ? (int (*)(int))dlsym(plugin, "plugin_work") : NULL;
        sum += work ? work(4) : -1;
        if (plugin)
            dlclose(plugin);
    }
    return sum;
}

static void *run_thread(void *self)
{
    // The thread goes on as the process.
    execl(self, (char *)self, "leaf", (char *)NULL);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;

    if (argc > 1 && strcmp(argv[1], "leaf") == 0)
        return counted_work(4);
    if (argc > 1 && strcmp(argv[1], "thread") == 0) {
        pthread_create(&thread, NULL, run_thread, argv[0]);
        pthread_join(thread, NULL);
        return 1;
    }
    printf("%d", counted_work(4));
    printf(" %d %d", host(3), host(5));
    fflush(stdout);
    printf(" %d", run(argv[0], "leaf", 0));
    printf(" %d", run(argv[0], "leaf", 1));
    printf(" %d", run(argv[0], "thread", 0));
    printf(" %d", load(argv[0]));
    printf(" %d\n", counted_work(4));
    fflush(stdout);
    execl(argv[0], argv[0], "leaf", (char *)NULL);
    return 1;
}
