#include "ingest/space.h"

#include <string.h>

#include "support/test.h"

static void map(struct space *space, pid_t pid, uint64_t start, uint64_t end, uint64_t file_offset,
                uint32_t module)
{
    space_map(space, pid, &(struct space_mapping){start, end, file_offset, module});
}

// The module at an address and the offset in it; module 0 = nothing is mapped.
static void expect_at(const struct space *space, pid_t pid, uint64_t addr, uint32_t module,
                      uint64_t file_offset)
{
    const struct space_mapping *found = space_find(space, pid, addr);

    cr_assert((found != NULL) == (module != 0), "%lx", (unsigned long)addr);
    if (!found)
        return;
    cr_expect(found->module == module, "%lx", (unsigned long)addr);
    cr_expect(addr - found->start + found->file_offset == file_offset, "%lx", (unsigned long)addr);
}

LP_TEST(space, ranges_are_half_open)
{
    struct space space;

    space_init(&space);
    expect_at(&space, 1, 0x1000, 0, 0);
    map(&space, 1, 0x1000, 0x2000, 0x500, 7);
    map(&space, 1, 0x3000, 0x3000, 0, 8); // empty
    expect_at(&space, 1, 0xfff, 0, 0);
    expect_at(&space, 1, 0x1000, 7, 0x500);
    expect_at(&space, 1, 0x1fff, 7, 0x14ff);
    expect_at(&space, 1, 0x2000, 0, 0);
    expect_at(&space, 1, 0x3000, 0, 0);
    expect_at(&space, 2, 0x1000, 0, 0);
    space_deinit(&space);
}

LP_TEST(space, a_new_mapping_splits_the_old_one)
{
    struct space space;

    space_init(&space);
    map(&space, 1, 0x1000, 0x9000, 0, 1);
    map(&space, 1, 0x3000, 0x4000, 0x100, 2);
    expect_at(&space, 1, 0x2fff, 1, 0x1fff);
    expect_at(&space, 1, 0x3000, 2, 0x100);
    expect_at(&space, 1, 0x4000, 1, 0x3000);
    expect_at(&space, 1, 0x8fff, 1, 0x7fff);
    space_deinit(&space);
}

// Against the plainest model there is: one cell per address.
LP_TEST(space, any_sequence_of_mappings_equals_a_map_of_cells)
{
    enum { CELLS = 64 };
    uint32_t modules[CELLS] = {0};
    uint64_t offsets[CELLS] = {0};
    uint64_t state = 88172645463325252;
    struct space space;

    space_init(&space);
    for (uint32_t i = 1; i < 2000; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        uint64_t start = state % CELLS;
        uint64_t end = start + (state >> 20) % (CELLS - start + 1);

        map(&space, 1, start, end, 1000 * i, i);
        for (uint64_t cell = start; cell < end; cell++) {
            modules[cell] = i;
            offsets[cell] = 1000 * i + cell - start;
        }
        for (uint64_t cell = 0; cell < CELLS; cell++)
            expect_at(&space, 1, cell, modules[cell], offsets[cell]);
    }
    space_deinit(&space);
}

LP_TEST(space, a_fork_copies_and_then_goes_its_own_way)
{
    struct space space;

    space_init(&space);
    map(&space, 1, 0x1000, 0x2000, 0, 1);
    map(&space, 2, 0x8000, 0x9000, 0, 9); // an older process 2
    space_fork(&space, 1, 2);
    expect_at(&space, 2, 0x1000, 1, 0);
    expect_at(&space, 2, 0x8000, 0, 0);
    map(&space, 2, 0x1000, 0x1800, 0, 2);
    expect_at(&space, 1, 0x1000, 1, 0);
    expect_at(&space, 2, 0x1000, 2, 0);
    expect_at(&space, 2, 0x1800, 1, 0x800);
    space_fork(&space, 1, 1); // a thread
    expect_at(&space, 1, 0x1000, 1, 0);
    space_drop(&space, 1);
    space_drop(&space, 1);
    expect_at(&space, 1, 0x1000, 0, 0);
    expect_at(&space, 2, 0x1800, 1, 0x800);
    space_deinit(&space);
}
