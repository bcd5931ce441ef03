// Opens libraries, again and again, in threads and in children. usage: opens LIBRARY OTHER ROUNDS
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALLS = 100, THREADS = 4 };

static const char *library;
static int rounds;

static int use(const char *path, int close)
{
    void *opened = dlopen(path, RTLD_NOW);

    if (!opened) {
        puts(dlerror());
        exit(1);
    }
    int (*many)(int) = (int (*)(int))dlsym(opened, "opened_many");
    int sum = many(CALLS);
    if (close)
        dlclose(opened);
    return sum;
}

static void *run(void *context)
{
    for (int i = 0; i < rounds; i++)
        use(library, 1);
    return context;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    int status = 0;
    int sum = 0;

    library = argv[1];
    rounds = argc > 3 ? atoi(argv[3]) : 1;
    for (int i = 0; i < rounds; i++) {
        sum += use(library, 1);
        // Another place next time.
        if (i % 5 == 0)
            mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    pid_t child = fork();
    if (!child)
        _exit(use(argv[2], 0) == use(argv[2], 0) ? 3 : 4);
    waitpid(child, &status, 0);
    sum += use(argv[2], 0);
    sum += use(library, 0);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, run, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("%d %d\n", sum, WEXITSTATUS(status));
    return 9;
}
