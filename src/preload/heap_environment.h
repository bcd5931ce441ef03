/**
 * @file
 * The environment as lprof set it for this library, and as the program and those that it runs are to see it.
 * Nothing here allocates or takes a lock.
 */
#ifndef LPROF_PRELOAD_HEAP_ENVIRONMENT_H
#define LPROF_PRELOAD_HEAP_ENVIRONMENT_H

#include <stdbool.h>

#define HEAP_ENVIRONMENT_MAX 1000
#define HEAP_ENVIRONMENT_PRELOAD_MAX 2048

/** Room for an environment. */
struct heap_environment {
    char *variables[HEAP_ENVIRONMENT_MAX + 3];
    char preload[HEAP_ENVIRONMENT_PRELOAD_MAX];
};

/**
 * Take lprof's variable out of the program's environment, and this library out of LD_PRELOAD.
 *
 * @param children Other programs that it runs are told of, too.
 */
void heap_environment_take(bool children);

/**
 * The environment for another program: that given, and what lprof had set if the program is to be told of.
 *
 * @param room Must live as long as what is returned.
 */
char **heap_environment_for(char *const *environment, struct heap_environment *room);

#endif
