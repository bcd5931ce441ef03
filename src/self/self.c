// The program is run again, by lprof, in the place of this process: so everything is measured in the one way
// that there is. LPROF_REGIONS in the environment tells that lprof runs it; LPROF_SELF, that it was asked to.
#include "lprof/self.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROFILED "LPROF_REGIONS"
#define STARTED "LPROF_SELF"
#define COMMAND "lprof"

enum { WORDS_MOST = 256, PATH_MOST = 4096 };

static char **own_argv;

// What lprof is started with.
struct words {
    char *items[WORDS_MOST];
    size_t n;
};

static void add(struct words *words, char *word)
{
    if (word && words->n + 1 < WORDS_MOST)
        words->items[words->n++] = word;
}

static void add_options(struct words *words)
{
    const char *options = secure_getenv("LPROF_OPTIONS");
    char *copy = options ? strdup(options) : NULL;
    char *rest = copy;

    for (char *word = copy ? strtok_r(copy, " \t", &rest) : NULL; word;
         word = strtok_r(NULL, " \t", &rest))
        add(words, word);
}

// How the program was called, if that leads to it from here; else where it is.
static char *own_name(void)
{
    static char path[PATH_MOST];
    struct stat called;
    struct stat real;

    if (own_argv[0] && strchr(own_argv[0], '/') && stat(own_argv[0], &called) == 0 &&
        stat("/proc/self/exe", &real) == 0 && called.st_ino == real.st_ino &&
        called.st_dev == real.st_dev)
        return own_argv[0];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
    return size > 0 ? path : NULL;
}

static int add_program(struct words *words)
{
    size_t n = 0;

    add(words, strdup("--"));
    char *name = own_name();
    while (own_argv[n])
        n++;
    if (!name || words->n + n + 1 >= WORDS_MOST)
        return 0;
    add(words, name);
    for (size_t i = 1; i < n; i++)
        add(words, own_argv[i]);
    return 1;
}

// ---- where lprof is

// In the build tree it stands beside this library; installed, in a folder beside that of this library.
static void run_beside(char **argv)
{
    static const char *const folders[] = {"", "../bin/", "../../bin/"};
    char path[2 * PATH_MOST];
    Dl_info own;

    if (!dladdr(&own_argv, &own) || !own.dli_fname)
        return;
    const char *slash = strrchr(own.dli_fname, '/');
    int folder = slash ? (int)(slash + 1 - own.dli_fname) : 0;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        int size = snprintf(path, sizeof path, "%.*s%s" COMMAND, folder, own.dli_fname, folders[i]);
        if (folder && size > 0 && (size_t)size < sizeof path)
            execv(path, argv);
    }
}

static void run(char **argv)
{
    int flushed = fflush(NULL); // The program starts anew; what it has written stays.

    (void)flushed;
    run_beside(argv);
    execv(LPROF_COMMAND, argv);
    execvp(COMMAND, argv);
}

// Does not return when lprof runs.
static int start(void)
{
    struct words words = {0};
    const char *print = secure_getenv("LPROF_PRINT");
    const char *output = secure_getenv("LPROF_OUTPUT");

    add(&words, strdup(COMMAND));
    if (!print || !*print) {
        add(&words, strdup("record"));
    } else {
        add(&words, strdup("--view"));
        add(&words, strdup(strcmp(print, "1") == 0 ? "summary" : print));
    }
    if (output && *output) {
        add(&words, strdup("-o"));
        add(&words, strdup(output));
    }
    add_options(&words);
    if (!add_program(&words)) {
        errno = E2BIG;
        return -1;
    }
    setenv(STARTED, "1", 1);
    run(words.items);
    int errnum = errno;
    unsetenv(STARTED);
    errno = errnum;
    return -1;
}

// ---- turning it on

static int is_on(const char *value)
{
    static const char *const off[] = {"", "0", "n", "no", "f", "false", "off"};

    for (size_t i = 0; value && i < sizeof off / sizeof *off; i++)
        if (strcasecmp(value, off[i]) == 0)
            return 0;
    return value != NULL;
}

__attribute__((visibility("default"))) int lprof_profile_self(void)
{
    if (secure_getenv(PROFILED) || secure_getenv(STARTED))
        return 0;
    if (!own_argv) {
        errno = ENOSYS;
        return -1;
    }
    return start();
}

__attribute__((constructor)) static void look_at_environment(int argc, char **argv, char **envp)
{
    (void)argc;
    (void)envp;
    own_argv = argv;
    if (is_on(secure_getenv("LPROF")) && lprof_profile_self() != 0)
        fprintf(stderr, "lprof: the program is not profiled: lprof cannot be run: %s\n",
                strerror(errno));
}
