/**
 * @file
 * The pointers to hooks that the modules of this process have.
 */
#ifndef LPROF_REGIONS_HOOK_POINTERS_H
#define LPROF_REGIONS_HOOK_POINTERS_H

struct lprof_hooks;

/** Put the hooks into every module that is loaded now. */
void hook_pointers_set(const struct lprof_hooks *hooks);

#endif
