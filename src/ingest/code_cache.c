// A table with one place for each address, modulo its size: a newer address takes the place of an older
// one. Entries of an older epoch are empty, so that forgetting everything costs nothing.
#include "ingest/code_cache.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

// At 1 kHz about 19 in 20 look-ups of a C++ program are found in it.
enum { CACHE_SIZE = 4096 };

struct code_cache_entry {
    uint64_t run_addr;
    uint64_t epoch; // 0 = empty
    struct unwind_code code;
    pid_t pid;
    bool has_location;
    uint32_t location; // As that of a call.
};

void code_cache_init(struct code_cache *cache, struct profile *profile, const struct space *space,
                     struct module_table *modules)
{
    *cache =
        (struct code_cache){.profile = profile, .space = space, .modules = modules, .epoch = 1};
    cache->entries = mem_alloc_array(CACHE_SIZE, sizeof *cache->entries);
}

void code_cache_deinit(struct code_cache *cache)
{
    free(cache->entries);
}

void code_cache_forget(struct code_cache *cache)
{
    cache->epoch++;
}

static struct unwind_code look_up(const struct code_cache *cache, uint64_t run_addr)
{
    const struct space_mapping *mapping = space_find(cache->space, cache->pid, run_addr);

    if (!mapping)
        return (struct unwind_code){0};
    return (struct unwind_code){
        .executable = true,
        .row = module_table_unwind_row(cache->modules, cache->profile, mapping, run_addr),
    };
}

// The entry of an address of `cache->pid`, filled but for its location.
static struct code_cache_entry *entry_of(struct code_cache *cache, uint64_t run_addr)
{
    struct code_cache_entry *entry = &cache->entries[run_addr % CACHE_SIZE];

    if (entry->run_addr != run_addr || entry->epoch != cache->epoch || entry->pid != cache->pid)
        *entry = (struct code_cache_entry){
            .run_addr = run_addr,
            .epoch = cache->epoch,
            .code = look_up(cache, run_addr),
            .pid = cache->pid,
        };
    return entry;
}

static struct unwind_code find(void *context, uint64_t run_addr)
{
    return entry_of(context, run_addr)->code;
}

struct unwind_lookup code_cache_lookup(struct code_cache *cache, pid_t pid)
{
    cache->pid = pid;
    return (struct unwind_lookup){find, cache};
}

static uint32_t new_location(const struct code_cache *cache, uint64_t run_addr,
                             enum profile_address_kind kind)
{
    const struct space_mapping *mapping = space_find(cache->space, cache->pid, run_addr);

    if (!mapping)
        return 0;
    return module_table_location(cache->modules, cache->profile, mapping, run_addr, kind);
}

uint32_t code_cache_location(struct code_cache *cache, pid_t pid, uint64_t run_addr, bool is_call)
{
    cache->pid = pid;
    if (!is_call)
        return new_location(cache, run_addr, PROFILE_ADDRESS_EXACT);
    struct code_cache_entry *entry = entry_of(cache, run_addr);
    if (!entry->has_location) {
        entry->location = new_location(cache, run_addr, PROFILE_ADDRESS_CALL);
        entry->has_location = true;
    }
    return entry->location;
}
