#include "load.h"

#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "profile/merge.h"
#include "profile/pprof.h"

struct lprof_error *load_merged(char *const *paths, size_t n, struct profile **ret)
{
    struct profile *all = NULL;
    struct lprof_error *err = pprof_load(paths[0], &all);

    for (size_t i = 1; i < n && !err; i++) {
        struct profile *one;
        err = pprof_load(paths[i], &one);
        if (err)
            break;
        merge_into(all, one);
        profile_destroy(one);
    }
    if (err) {
        profile_destroy(all);
        return err;
    }
    *ret = all;
    return NULL;
}

static bool is_newer(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

char *load_newest(void)
{
    struct timespec newest_time = {0};
    const char *newest = NULL;
    struct stat st;
    glob_t found;

    if (glob("*.lprof", 0, NULL, &found) != 0)
        return NULL;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        if (stat(found.gl_pathv[i], &st) < 0 || !S_ISREG(st.st_mode))
            continue;
        if (!newest || is_newer(&st.st_mtim, &newest_time)) {
            newest = found.gl_pathv[i];
            newest_time = st.st_mtim;
        }
    }
    char *copy = newest ? mem_strdup(newest) : NULL;
    globfree(&found);
    return copy;
}
