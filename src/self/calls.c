// lprof.h as functions. It has inline ones of the same names, which get others here: where nothing is
// optimised the compiler keeps both.
#define lprof_enable inline_enable
#define lprof_disable inline_disable
#define lprof_reset inline_reset
#define lprof_dump inline_dump
#include "lprof/lprof.h"
#undef lprof_enable
#undef lprof_disable
#undef lprof_reset
#undef lprof_dump
#include "lprof/self.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT void lprof_region_begin(const char *name)
{
    const struct lprof_hooks *hooks = lprof_hooks_;

    if (hooks && name)
        hooks->begin(name);
}

EXPORT void lprof_region_end(void)
{
    const struct lprof_hooks *hooks = lprof_hooks_;

    if (hooks)
        hooks->end();
}

EXPORT void lprof_enable(void);
EXPORT void lprof_disable(void);
EXPORT void lprof_reset(void);
EXPORT int lprof_dump(const char *path);

void lprof_enable(void)
{
    inline_enable();
}

void lprof_disable(void)
{
    inline_disable();
}

void lprof_reset(void)
{
    inline_reset();
}

int lprof_dump(const char *path)
{
    return inline_dump(path);
}
