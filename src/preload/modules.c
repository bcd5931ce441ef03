#include "preload/modules.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

// What glibc finds without a lock, from 2.35 on.
#ifdef DLFO_STRUCT_HAS_EH_DBASE
static int (*find_object)(void *, struct dl_find_object *);

void modules_init(void)
{
    void *found = dlsym(RTLD_DEFAULT, "_dl_find_object");

    memcpy(&find_object, &found, sizeof found);
}

const uint8_t *modules_call_frames(uint64_t addr)
{
    struct dl_find_object object;

    if (!find_object || find_object((void *)(uintptr_t)addr, &object))
        return NULL;
    return object.dlfo_eh_frame;
}
#else
void modules_init(void)
{
}

const uint8_t *modules_call_frames(uint64_t addr)
{
    (void)addr;
    return NULL;
}
#endif
