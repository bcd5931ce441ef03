// The counters of a thread lie in blocks of the agent's (event/agent_wire.h), to one of which its GS base points.
// So counting elsewhere takes no more than to change that.
#include "regions/counters.h"

#include <dlfcn.h>
#include <stddef.h>

#include "event/agent_wire.h"
#include "event/region_wire.h"

#define THREAD_LOCAL static __thread __attribute__((tls_model("initial-exec")))

enum { PLACES = 256 }; // A power of two.

struct place {
    void *block; // NULL = none.
    uint32_t context;
};

uint8_t counters_found;
static void *(*own_block)(void);
static void *(*take)(uint64_t);
static void (*use)(void *);
static void (*reset)(void);

THREAD_LOCAL void *outside; // The block of the thread itself.
THREAD_LOCAL struct place places[PLACES];
THREAD_LOCAL uint32_t current;

void counters_start(void)
{
    take = (void *(*)(uint64_t))(uintptr_t)dlsym(RTLD_DEFAULT, "lprof_agent_take");
    use = (void (*)(void *))(uintptr_t)dlsym(RTLD_DEFAULT, "lprof_agent_use");
    reset = (void (*)(void))(uintptr_t)dlsym(RTLD_DEFAULT, "lprof_agent_reset");
    own_block = (void *(*)(void))(uintptr_t)dlsym(RTLD_DEFAULT, "lprof_agent_block");
    counters_found = take && use && reset && own_block && own_block();
}

// What finds no place has no block.
static void *block_of(uint32_t context)
{
    if (!context)
        return outside;
    for (uint32_t i = 0; i < PLACES; i++) {
        struct place *place = &places[(context + i) % PLACES];
        if (!place->block) {
            place->context = context;
            place->block = take(context == COUNTERS_PAUSED ? AGENT_REGION_PAUSED : context);
        }
        if (place->context == context)
            return place->block;
    }
    return NULL;
}

void counters_switch(uint32_t context)
{
    if (context == current)
        return;
    if (!outside)
        outside = own_block();
    void *block = block_of(context);
    // Without one, what is counted stays with the region around.
    if (!block)
        return;
    current = context;
    use(block);
}

void counters_forked(void)
{
    outside = NULL;
    current = 0;
    for (size_t i = 0; i < PLACES; i++)
        places[i].block = NULL;
}

void counters_reset(void)
{
    if (counters_found)
        reset();
}
