#include "ingest/code_cache.h"

#include "support/test.h"

enum { START = 0x10000, SIZE = 0x1000 };

struct world {
    struct profile *profile;
    struct space space;
    struct module_table modules;
    struct code_cache cache;
};

static void set_up(struct world *world)
{
    world->profile = profile_create();
    space_init(&world->space);
    module_table_init(&world->modules);
    code_cache_init(&world->cache, world->profile, &world->space, &world->modules);
}

static void tear_down(struct world *world)
{
    code_cache_deinit(&world->cache);
    module_table_deinit(&world->modules);
    space_deinit(&world->space);
    profile_destroy(world->profile);
}

static void map_code(struct world *world, pid_t pid)
{
    const struct event_map map = {.start = START, .size = SIZE, .path = "//anon"};

    space_map(&world->space, pid,
              &(struct space_mapping){.start = START,
                                      .end = START + SIZE,
                                      .module = module_table_add(&world->modules, pid, &map)});
}

static bool is_executable(struct world *world, pid_t pid, uint64_t addr)
{
    struct unwind_lookup lookup = code_cache_lookup(&world->cache, pid);

    return lookup.find(lookup.context, addr).executable;
}

LP_TEST(code_cache, tells_processes_apart)
{
    struct world world;

    set_up(&world);
    map_code(&world, 7);
    for (int again = 0; again < 2; again++) {
        cr_expect(is_executable(&world, 7, START + 8));
        cr_expect(!is_executable(&world, 8, START + 8));
    }
    tear_down(&world);
}

LP_TEST(code_cache, tells_addresses_in_one_place_apart)
{
    struct world world;

    set_up(&world);
    map_code(&world, 7);
    for (uint64_t addr = START + 8; addr < START + ((uint64_t)1 << 24); addr += 1 << 12)
        cr_expect(is_executable(&world, 7, addr) == (addr < START + SIZE), "%lx",
                  (unsigned long)addr);
    cr_expect(is_executable(&world, 7, START + 8));
    tear_down(&world);
}

LP_TEST(code_cache, forgets)
{
    struct world world;

    set_up(&world);
    cr_expect(!is_executable(&world, 7, START));
    map_code(&world, 7);
    code_cache_forget(&world.cache);
    cr_expect(is_executable(&world, 7, START));
    space_drop(&world.space, 7);
    code_cache_forget(&world.cache);
    cr_expect(!is_executable(&world, 7, START));
    tear_down(&world);
}

LP_TEST(code_cache, keeps_one_location_for_each_kind_of_frame)
{
    struct world world;

    set_up(&world);
    map_code(&world, 7);
    uint32_t call = code_cache_location(&world.cache, 7, START + 8, true);
    uint32_t exact = code_cache_location(&world.cache, 7, START + 8, false);
    cr_assert(call && exact && call != exact);
    cr_expect(world.profile->locations[call - 1].kind == PROFILE_ADDRESS_CALL);
    cr_expect(world.profile->locations[exact - 1].kind == PROFILE_ADDRESS_EXACT);
    cr_expect(code_cache_location(&world.cache, 7, START + 8, true) == call);
    cr_expect(!code_cache_location(&world.cache, 8, START + 8, true));
    cr_expect(!code_cache_location(&world.cache, 7, START + SIZE, true));
    tear_down(&world);
}
