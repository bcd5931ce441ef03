/**
 * @file
 * The functions that stand behind those of this library.
 */
#ifndef LPROF_PRELOAD_NEXT_H
#define LPROF_PRELOAD_NEXT_H

#include <dlfcn.h>
#include <string.h>

/** Find a function and put it where `to`, a pointer to such a function, points to; NULL when there is none. */
static inline void next_find(void *to, const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);

    memcpy(to, &found, sizeof found);
}

#endif
