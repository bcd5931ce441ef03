// lprof.h as functions. Those that have the names of its own are known by their symbols alone.
#include "lprof/lprof.h"
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

EXPORT void call_enable(void) __asm__("lprof_enable");
EXPORT void call_disable(void) __asm__("lprof_disable");
EXPORT void call_reset(void) __asm__("lprof_reset");
EXPORT int call_dump(const char *path) __asm__("lprof_dump");

void call_enable(void)
{
    lprof_enable();
}

void call_disable(void)
{
    lprof_disable();
}

void call_reset(void)
{
    lprof_reset();
}

int call_dump(const char *path)
{
    return lprof_dump(path);
}
