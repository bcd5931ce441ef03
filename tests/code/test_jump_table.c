/*
 * Dispatch code as GCC and Clang write it, with its table in memory behind.
 */
#include "code/jump_table.h"

#include <string.h>

#include "support/test.h"

#define CODE 0x1000
#define DATA 0x2000

struct memory {
    uint8_t bytes[128];
    size_t size;
};

static bool read_memory(void *context, uint64_t addr, void *ret, size_t size)
{
    const struct memory *memory = context;
    if (addr < DATA || addr + size > DATA + memory->size)
        return false;
    memcpy(ret, memory->bytes + (addr - DATA), size);
    return true;
}

/** Look for the tables of a function of one part. */
static bool find(const uint8_t *code, size_t size, struct memory *memory, struct jump_tables *ret,
                 struct flow_doubt *doubt)
{
    struct flow_part part = {CODE, code, size};
    struct flow_source source = {.entry = CODE, .parts = &part, .part_count = 1};
    return jump_tables_init(ret, &source, &(struct jump_table_memory){read_memory, memory}, doubt);
}

static void put_distances(struct memory *memory, const uint64_t *targets, size_t count)
{
    memory->size = 0;
    for (size_t i = 0; i < count; i++, memory->size += 4) {
        int32_t distance = (int32_t)(targets[i] - DATA);
        memcpy(memory->bytes + memory->size, &distance, sizeof distance);
    }
}

// cmp $2,%edi; ja out; lea table(%rip),%rdx; mov %edi,%edi; movslq (%rdx,%rdi,4),%rax; add %rdx,%rax;
// jmp *%rax; then `ret`s from 0x1019 on.
#define SWITCH(last, ret_jump)                                                                     \
    0x83, 0xff, last, 0x77, ret_jump, 0x48, 0x8d, 0x15, 0xf4, 0x0f, 0, 0, 0x89, 0xff, 0x48, 0x63,  \
        0x04, 0xba, 0x48, 0x01, 0xd0, 0xff, 0xe0, 0x90, 0x90, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3

LP_TEST(jump_table, a_switch_reads_as_many_entries_as_its_comparison_lets_through)
{
    const uint8_t code[] = {SWITCH(2, 0x14)};
    struct memory memory;
    // What follows the table reads as a fourth entry.
    const uint64_t entries[] = {CODE + 0x1b, CODE + 0x1a, CODE + 0x19, CODE + 0x1c};
    put_distances(&memory, entries, 4);
    struct jump_tables tables;
    struct flow_doubt doubt;
    cr_assert(find(code, sizeof code, &memory, &tables, &doubt));
    cr_assert_eq(tables.jump_count, 1);
    cr_assert_eq(tables.jumps[0].addr, CODE + 0x15);
    cr_assert_eq(tables.jumps[0].kind, FLOW_JUMP_INSIDE);
    cr_assert_eq(tables.target_count, 3);
    cr_assert_eq(tables.targets[0], CODE + 0x19);
    cr_assert_eq(tables.targets[2], CODE + 0x1b);
    jump_tables_deinit(&tables);
}

LP_TEST(jump_table, the_end_of_the_function_is_a_hole_in_the_table)
{
    const uint8_t code[] = {SWITCH(2, 0x14)};
    struct memory memory;
    const uint64_t entries[] = {CODE + 0x19, CODE + sizeof code, CODE + 0x1a};
    put_distances(&memory, entries, 3);
    struct jump_tables tables;
    struct flow_doubt doubt;
    cr_assert(find(code, sizeof code, &memory, &tables, &doubt));
    cr_assert_eq(tables.target_count, 2);
    jump_tables_deinit(&tables);
}

LP_TEST(jump_table, a_table_shorter_than_its_bound_is_refused)
{
    const uint8_t code[] = {SWITCH(3, 0x14)};
    struct memory memory;
    const uint64_t entries[] = {CODE + 0x19, CODE + 0x1a, 0x5000, CODE + 0x1b};
    put_distances(&memory, entries, 4);
    struct jump_tables tables;
    struct flow_doubt doubt;
    cr_assert(!find(code, sizeof code, &memory, &tables, &doubt));
    cr_assert_str_eq(doubt.reason,
                     "entry 2 of 4 of the jump table at 0x2000 leads to no instruction");
}

LP_TEST(jump_table, the_comparison_nearest_to_the_jump_bounds_it)
{
    // cmp $0x40,%edi; ja out, before the comparison of the table.
    uint8_t code[] = {0x83, 0xff, 0x40, 0x77, 0x19, SWITCH(2, 0x14)};
    struct memory memory;
    const uint64_t entries[] = {CODE + 0x1e, CODE + 0x1f, CODE + 0x20, 0x5000};
    code[13] -= 5; // The table stays where it is.
    put_distances(&memory, entries, 4);
    struct jump_tables tables;
    struct flow_doubt doubt;
    cr_assert(find(code, sizeof code, &memory, &tables, &doubt), "%s", doubt.reason);
    cr_assert_eq(tables.target_count, 3);
    jump_tables_deinit(&tables);
}

LP_TEST(jump_table, a_mask_lets_through_more_than_a_table_may_have)
{
    uint8_t code[] = {SWITCH(3, 0x14)};
    struct memory memory;
    // and $3,%edi, and a nop in place of the branch.
    const uint8_t masked[] = {0x83, 0xe7, 3, 0x66, 0x90};
    const uint64_t entries[] = {CODE + 0x19, CODE + 0x1a, CODE + 0x1b, 0x5000};
    memcpy(code, masked, sizeof masked);
    put_distances(&memory, entries, 4);
    struct jump_tables tables;
    struct flow_doubt doubt;
    cr_assert(find(code, sizeof code, &memory, &tables, &doubt), "%s", doubt.reason);
    cr_assert_eq(tables.target_count, 3);
    cr_assert_eq(tables.jumps[0].kind, FLOW_JUMP_INSIDE);
    jump_tables_deinit(&tables);
}

LP_TEST(jump_table, a_comparison_of_another_register_is_no_bound)
{
    uint8_t code[] = {SWITCH(0, 0x14)};
    code[1] = 0xfe; // cmp $0,%esi
    struct memory memory;
    const uint64_t entries[] = {CODE + 0x19, CODE + 0x1a, CODE + 0x1b};
    put_distances(&memory, entries, 3);
    struct jump_tables tables;
    struct flow_doubt doubt;
    cr_assert(find(code, sizeof code, &memory, &tables, &doubt));
    cr_assert_eq(tables.target_count, 3);
    jump_tables_deinit(&tables);
}

LP_TEST(jump_table, a_check_of_what_the_index_was_loaded_by_is_no_bound)
{
    // cmp $0,%edi or and $0,%edi; ja out or a nop; movzbl (%rdi,%rcx),%edi; then the table.
    static const uint8_t checks[2][5] = {{0x83, 0xff, 0, 0x77, 0x17}, {0x83, 0xe7, 0, 0x66, 0x90}};
    for (size_t i = 0; i < 2; i++) {
        uint8_t code[] = {0, 0, 0, 0, 0, 0x0f, 0xb6, 0x3c, 0x0f, SWITCH(0, 0x14)};
        memcpy(code, checks[i], sizeof checks[i]);
        memset(code + 9, 0x90, 5); // No other check.
        code[9 + 8] -= 9;          // The table stays where it is.
        struct memory memory;
        const uint64_t entries[] = {CODE + 0x22, CODE + 0x23, CODE + 0x24};
        put_distances(&memory, entries, 3);
        struct jump_tables tables;
        struct flow_doubt doubt;
        cr_assert(find(code, sizeof code, &memory, &tables, &doubt), "%s", doubt.reason);
        cr_assert_eq(tables.target_count, 3, "check %zu: %zu targets", i, tables.target_count);
        jump_tables_deinit(&tables);
    }
}

LP_TEST(jump_table, a_check_in_memory_bounds_an_index_from_there)
{
    // cmpl $1,-8(%rbp) or -12(%rbp); ja out; mov -8(%rbp),%edi; then the table without a check.
    for (size_t i = 0; i < 2; i++) {
        uint8_t code[] = {0x83, 0x7d, i ? 0xf4 : 0xf8, 1, 0x77, 0x1c, 0x8b,
                          0x7d, 0xf8, SWITCH(0, 0x14)};
        memset(code + 9, 0x90, 5);
        code[9 + 8] -= 9;
        struct memory memory;
        const uint64_t entries[] = {CODE + 0x22, CODE + 0x23, CODE + 0x24};
        put_distances(&memory, entries, 3);
        struct jump_tables tables;
        struct flow_doubt doubt;
        cr_assert(find(code, sizeof code, &memory, &tables, &doubt), "%s", doubt.reason);
        cr_assert_eq(tables.target_count, i ? 3 : 2, "%zu targets", tables.target_count);
        jump_tables_deinit(&tables);
    }
}

LP_TEST(jump_table, the_table_may_be_the_index_and_the_index_the_base)
{
    // Without optimisation: cmp $1,%eax; ja out; mov %eax,%eax; lea 0(,%rax,4),%rdx; lea table(%rip),%rax;
    // mov (%rdx,%rax,1),%eax; cltq; lea table(%rip),%rdx; add %rdx,%rax; jmp *%rax
    const uint8_t code[] = {0x83, 0xf8, 1,    0x77, 0x26, 0x89, 0xc0, 0x48, 0x8d, 0x14, 0x85,
                            0,    0,    0,    0,    0x48, 0x8d, 0x05, 0xea, 0x0f, 0,    0,
                            0x8b, 0x04, 0x02, 0x48, 0x98, 0x48, 0x8d, 0x15, 0xde, 0x0f, 0,
                            0,    0x48, 0x01, 0xd0, 0xff, 0xe0, 0xc3, 0xc3, 0xc3, 0xc3};
    struct memory memory;
    const uint64_t entries[] = {CODE + 0x27, CODE + 0x28, CODE + 0x29};
    put_distances(&memory, entries, 3);
    struct jump_tables tables;
    struct flow_doubt doubt;
    cr_assert(find(code, sizeof code, &memory, &tables, &doubt), "%s", doubt.reason);
    cr_assert_eq(tables.target_count, 2);
    jump_tables_deinit(&tables);
}

LP_TEST(jump_table, computed_goto_through_addresses)
{
    // jmp *0x2000(,%rax,8); ret; ret; ret
    const uint8_t code[] = {0xff, 0x24, 0xc5, 0x00, 0x20, 0, 0, 0xc3, 0xc3, 0xc3};
    struct memory memory = {.size = 3 * sizeof(uint64_t)};
    const uint64_t entries[] = {CODE + 8, CODE + 7, 0x7777};
    memcpy(memory.bytes, entries, sizeof entries);
    struct jump_tables tables;
    struct flow_doubt doubt;
    cr_assert(find(code, sizeof code, &memory, &tables, &doubt));
    cr_assert_eq(tables.jumps[0].kind, FLOW_JUMP_INSIDE);
    cr_assert_eq(tables.target_count, 2);
    cr_assert_eq(tables.targets[0], CODE + 7);
    jump_tables_deinit(&tables);
}

LP_TEST(jump_table, a_pointer_to_the_function_is_no_label_of_it)
{
    // push %rbx; jmp *0x2000(,%rax,8); ret; ret, and without the push.
    const uint8_t code[] = {0x53, 0xff, 0x24, 0xc5, 0x00, 0x20, 0, 0, 0xc3, 0xc3};
    struct memory memory = {.size = 3 * sizeof(uint64_t)};
    const uint64_t entries[] = {CODE + 8, CODE, CODE + 9};
    memcpy(memory.bytes, entries, sizeof entries);
    struct jump_tables tables;
    struct flow_doubt doubt;
    cr_assert(find(code, sizeof code, &memory, &tables, &doubt));
    cr_assert_eq(tables.target_count, 1);
    jump_tables_deinit(&tables);

    uint8_t bare[sizeof code];
    memcpy(bare, code, sizeof code);
    bare[0] = 0x90;
    cr_assert(find(bare, sizeof bare, &memory, &tables, &doubt));
    cr_assert_eq(tables.target_count, 3);
    jump_tables_deinit(&tables);
}

LP_TEST(jump_table, without_targets_an_indirect_jump_is_a_tail_call)
{
    const uint8_t code[] = {0x48, 0x8b, 0x07, 0xff, 0x60, 0x10}; // mov (%rdi),%rax; jmp *0x10(%rax)
    struct memory memory = {.size = 0};
    struct jump_tables tables;
    struct flow_doubt doubt;
    cr_assert(find(code, sizeof code, &memory, &tables, &doubt));
    cr_assert_eq(tables.jump_count, 1);
    cr_assert_eq(tables.jumps[0].kind, FLOW_JUMP_LEAVES);
    cr_assert_eq(tables.target_count, 0);
    jump_tables_deinit(&tables);
}

LP_TEST(jump_table, a_jump_that_is_not_told_apart_may_do_either)
{
    // lea label(%rip),%rax; jmp *%rdi; label: ret
    const uint8_t code[] = {0x48, 0x8d, 0x05, 0x02, 0, 0, 0, 0xff, 0xe7, 0xc3};
    struct memory memory = {.size = 0};
    struct jump_tables tables;
    struct flow_doubt doubt;
    cr_assert(find(code, sizeof code, &memory, &tables, &doubt));
    cr_assert_eq(tables.jumps[0].kind, FLOW_JUMP_EITHER);
    cr_assert_eq(tables.target_count, 1);
    cr_assert_eq(tables.targets[0], CODE + 9);
    jump_tables_deinit(&tables);
}

LP_TEST(jump_table, a_jump_through_the_global_offset_table_leaves)
{
    const uint8_t code[] = {0xff, 0x25, 0x00, 0x10, 0, 0};
    struct memory memory = {.size = 0};
    struct jump_tables tables;
    struct flow_doubt doubt;
    cr_assert(find(code, sizeof code, &memory, &tables, &doubt));
    cr_assert_eq(tables.jumps[0].kind, FLOW_JUMP_LEAVES);
    jump_tables_deinit(&tables);
}
