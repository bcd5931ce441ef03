// Functions written by hand at 0x1000, their copies at 0x2000, the counters at 0x3000.
#include "rewrite/rewrite.h"

#include <stdlib.h>
#include <string.h>

#include "support/hand_function.h"
#include "support/test.h"

#define COPY 0x2000
#define COUNTERS 0x3000

struct rewritten {
    struct hand_function hand;
    struct rewrite_plan *plan;
    struct rewrite_image image;
};

static void rewrite(struct rewritten *r, const uint8_t *code, size_t size, uint32_t room)
{
    hand_function_init(&r->hand, code, size, room);
    r->plan = rewrite_plan_create(&r->hand.function, 1, REWRITE_COUNTER_RIP);
    rewrite_plan_emit(r->plan, COPY, COUNTERS, &r->image);
}

static void rewritten_deinit(struct rewritten *r)
{
    rewrite_image_deinit(&r->image);
    rewrite_plan_destroy(r->plan);
    hand_function_deinit(&r->hand);
}

static void expect_refused(const uint8_t *code, size_t size, const char *reason)
{
    struct rewritten r = {0};

    rewrite(&r, code, size, 0);
    const char *refusal = rewrite_plan_refusal(r.plan, 0);
    cr_assert(refusal, "not refused: %s", reason);
    cr_expect_str_eq(refusal, reason);
    cr_expect_eq(r.image.patch_count, 0);
    cr_expect_eq(r.image.extents[0].end, 0);
    rewritten_deinit(&r);
}

#define REFUSED(reason, ...)                                                                       \
    expect_refused((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), reason)

static void expect_copy(const struct rewritten *r, const uint8_t *expected, size_t size)
{
    const char *refusal = rewrite_plan_refusal(r->plan, 0);

    cr_assert_null(refusal, "%s", refusal);
    cr_assert_eq(r->image.extents[0].end, size, "it has %u bytes", r->image.extents[0].end);
    for (size_t i = 0; i < size; i++)
        cr_expect_eq(r->image.bytes[i], expected[i], "byte %zu is %02x", i, r->image.bytes[i]);
}

static void expect_patch(const struct rewritten *r, size_t number, uint64_t addr, size_t size,
                         const uint8_t *bytes)
{
    cr_assert(number < r->image.patch_count);
    const struct rewrite_patch *patch = &r->image.patches[number];
    cr_expect_eq(patch->addr, addr, "it is at %#lx", patch->addr);
    cr_assert_eq(patch->size, size);
    cr_expect_arr_eq(patch->bytes, bytes, size);
    cr_expect_arr_eq(patch->original, r->hand.part.bytes + (addr - HAND_FUNCTION_ADDR), size);
}

#define PATCH(r, number, addr, ...)                                                                \
    expect_patch(r, number, addr, sizeof((const uint8_t[]){__VA_ARGS__}),                          \
                 (const uint8_t[]){__VA_ARGS__})

// call *%gs:at; nop with a number
static bool is_timer_call(const uint8_t *code, int8_t at, uint8_t number)
{
    const uint8_t expected[] = {0x65, 0xff, 0x14, 0x25,   (uint8_t)at, 0xff, 0xff, 0xff,
                                0x0f, 0x1f, 0x80, number, 0,           0,    0};

    return memcmp(code, expected, sizeof expected) == 0;
}

static void plan_timed(struct rewritten *r, const uint8_t *code, size_t size)
{
    hand_function_init(&r->hand, code, size, 0);
    r->hand.function.timer = 7;
    r->plan = rewrite_plan_create(&r->hand.function, 1, REWRITE_COUNTER_RIP);
    rewrite_plan_emit(r->plan, COPY, COUNTERS, &r->image);
}

LP_TEST(rewrite, a_timed_function_tells_when_it_is_entered_and_left)
{
    static const uint8_t code[] = {
        0x31, 0xc0,                         // 1000 xor %eax, %eax
        0x85, 0xff,                         // 1002 test %edi, %edi
        0x74, 0x05,                         // 1004 je 100b
        0xe9, 0xf5, 0xff, 0,    0,          // 1006 jmp 11000
        0xff, 0xc0, 0xc3, 0x90, 0x90, 0x90, // 100b inc %eax; ret
    };
    struct rewritten r = {0};
    size_t left = 0;

    plan_timed(&r, code, sizeof code);
    cr_assert_null(rewrite_plan_refusal(r.plan, 0), "%s", rewrite_plan_refusal(r.plan, 0));
    cr_assert(rewrite_plan_is_timed(r.plan, 0));
    // Where the springboard leads.
    int32_t distance;
    memcpy(&distance, r.image.patches[0].bytes + 1, sizeof distance);
    size_t entry = 0x1000 + 5 + (size_t)distance - COPY;
    cr_expect(is_timer_call(r.image.bytes + entry, REWRITE_ENTERED_AT, 7));
    for (size_t i = 0; i + 15 < r.image.size; i++) {
        if (!is_timer_call(r.image.bytes + i, REWRITE_LEFT_AT, 7))
            continue;
        left++;
        uint8_t behind = r.image.bytes[i + 15];
        cr_expect(behind == 0xc3 || behind == 0xe9, "it returns or jumps away");
        const struct rewrite_place *at = rewrite_image_place(&r.image, i);
        const struct rewrite_place *back = rewrite_image_place(&r.image, i + 8);
        cr_expect_eq(at->addr, behind == 0xc3 ? 0x100d : 0x1006);
        cr_expect_eq(back->addr, at->addr + 1, "a return address is behind what it returns to");
    }
    cr_expect_eq(left, 2);
    rewritten_deinit(&r);
}

LP_TEST(rewrite, a_function_that_runs_on_in_the_original_is_not_timed)
{
    static const uint8_t code[] = {
        0x90, 0x90, 0x90,       // 1000 nop; nop; nop
        0xe8, 0,    0,    1, 0, // 1003 call away
        0xc3,                   // 1008 ret
    };
    struct rewritten r = {0};

    plan_timed(&r, code, sizeof code);
    cr_expect(!rewrite_plan_is_timed(r.plan, 0));
    for (size_t i = 0; i + 15 < r.image.size; i++)
        cr_expect(!is_timer_call(r.image.bytes + i, REWRITE_LEFT_AT, 7));
    rewritten_deinit(&r);
}

LP_TEST(rewrite, a_loop)
{
    static const uint8_t code[] = {
        0x31, 0xc0, // 1000 xor %eax, %eax
        0x01, 0xf8, // 1002 add %edi, %eax
        0xff, 0xcf, // 1004 dec %edi
        0x75, 0xfa, // 1006 jne 1002
        0xc3,       // 1008 ret
    };
    static const uint8_t expected[] = {
        0x48, 0xff, 0x05, 0xf9, 0x0f, 0, 0, // 2000 incq 3000
        0x31, 0xc0,                         // 2007 xor %eax, %eax
        0x48, 0xff, 0x05, 0xf8, 0x0f, 0, 0, // 2009 incq 3008
        0x01, 0xf8,                         // 2010 add %edi, %eax
        0xff, 0xcf,                         // 2012 dec %edi
        0x75, 0xf3,                         // 2014 jne 2009
        0x48, 0xff, 0x05, 0xf3, 0x0f, 0, 0, // 2016 incq 3010
        0xc3,                               // 201d ret
    };
    struct rewritten r = {0};

    rewrite(&r, code, sizeof code, 0);
    expect_copy(&r, expected, sizeof expected);
    cr_expect_eq(r.image.patch_count, 1);
    PATCH(&r, 0, 0x1000, 0xe9, 0xfb, 0x0f, 0, 0);
    cr_expect_eq(rewrite_image_place(&r.image, 0x11)->addr, 0x1002);
    cr_expect_eq(rewrite_image_place(&r.image, 0x12)->addr, 0x1004);
    cr_expect_eq(rewrite_image_place(&r.image, 0x09)->addr, 0x1002);
    cr_expect_null(rewrite_image_place(&r.image, 0x20));
    rewritten_deinit(&r);
}

LP_TEST(rewrite, a_call_is_executed_at_home_and_comes_back)
{
    static const uint8_t code[] = {
        0x53,                         // 1000 push %rbx
        0x48, 0x8b, 0x1d, 0, 1, 0, 0, // 1001 mov 1108, %rbx
        0xe8, 0,    0,    1, 0,       // 1008 call away
        0x48, 0x01, 0xd8,             // 100d add %rbx, %rax
        0x5b,                         // 1010 pop %rbx
        0xc3,                         // 1011 ret
    };
    static const uint8_t expected[] = {
        0x48, 0xff, 0x05, 0xf9, 0x0f, 0,    0,    // 2000 incq 3000
        0x53,                                     // 2007 push %rbx
        0x48, 0x8b, 0x1d, 0xf9, 0xf0, 0xff, 0xff, // 2008 mov 1108, %rbx
        0xe9, 0xf4, 0xef, 0xff, 0xff,             // 200f jmp 1008
        0x48, 0x01, 0xd8,                         // 2014 add %rbx, %rax
        0x5b, 0xc3,                               // 2017 pop %rbx; ret
    };
    struct rewritten r = {0};

    rewrite(&r, code, sizeof code, 0);
    expect_copy(&r, expected, sizeof expected);
    cr_expect_eq(r.image.patch_count, 2);
    PATCH(&r, 0, 0x1000, 0xe9, 0xfb, 0x0f, 0, 0);
    PATCH(&r, 1, 0x100d, 0xe9, 0x02, 0x10, 0, 0);
    rewritten_deinit(&r);
}

LP_TEST(rewrite, a_short_jump_to_a_pad_where_there_is_no_room)
{
    static const uint8_t code[] = {
        0x48, 0x89, 0xf8, 0x48, 0x89, 0xf9, 0x48, 0x89, 0xfa, // 1000 mov %rdi, %rax, %rcx, %rdx
        0x48, 0x89, 0xfe,                                     // 1009 mov %rdi, %rsi
        0xe8, 0,    0,    1,    0,                            // 100c call away
        0x89, 0xc7,                                           // 1011 mov %eax, %edi
        0xe8, 0,    0,    1,    0,                            // 1013 call away
        0xc3,                                                 // 1018 ret
        0x66, 0x90, 0x66, 0x90,                               // 1019 padding
    };
    struct rewritten r = {0};

    rewrite(&r, code, 0x19, 4);
    cr_assert_null(rewrite_plan_refusal(r.plan, 0));
    cr_expect_eq(r.image.patch_count, 4);
    PATCH(&r, 0, 0x1000, 0xe9, 0xfb, 0x0f, 0, 0);
    // The pad, behind the springboard of the entry.
    PATCH(&r, 1, 0x1005, 0xe9, 0x0e, 0x10, 0, 0);
    PATCH(&r, 2, 0x1011, 0xeb, 0xf2);
    // In the padding.
    PATCH(&r, 3, 0x1018, 0xe9, 0x02, 0x10, 0, 0);
    rewritten_deinit(&r);
}

LP_TEST(rewrite, between_adjacent_calls_the_original_runs)
{
    static const uint8_t code[] = {
        0x48, 0x89, 0xf8, 0x90, 0x90, // 1000 mov %rdi, %rax; nop; nop
        0xe8, 0,    0,    1,    0,    // 1005 call away
        0xe8, 0,    0,    1,    0,    // 100a call away
        0x31, 0xc0, 0x90, 0x90, 0xc3, // 100f xor %eax, %eax; nop; nop; ret
    };
    struct rewritten r = {0};
    struct rewrite_count *counts;
    const uint64_t slots[] = {7};

    rewrite(&r, code, sizeof code, 0);
    cr_assert_null(rewrite_plan_refusal(r.plan, 0));
    cr_expect_eq(r.image.patch_count, 2);
    cr_expect_eq(r.image.patches[1].addr, 0x100f);
    cr_expect_eq(rewrite_plan_slots(r.plan), 1);
    cr_assert_eq(rewrite_counts(r.plan, 0, slots, &counts), 4);
    cr_expect_eq(counts[0].kind, REWRITE_COUNT_INSTRUCTION);
    cr_expect_eq(counts[0].addr, 0x1000);
    cr_expect_eq(counts[0].count, 7);
    cr_expect_eq(counts[1].kind, REWRITE_COUNT_ENTRIES);
    cr_expect_eq(counts[1].count, 7);
    for (int i = 0; i < 2; i++) {
        cr_expect_eq(counts[2 + i].kind, REWRITE_COUNT_CALL);
        cr_expect_eq(counts[2 + i].from, i ? 0x100e : 0x1009, "the call's last byte");
        cr_expect_eq(counts[2 + i].addr, i ? 0x1100f : 0x1100a);
        cr_expect_eq(counts[2 + i].count, 7);
    }
    free(counts);
    rewritten_deinit(&r);
}

LP_TEST(rewrite, a_function_that_jumps_indirectly_to_its_start_is_refused)
{
    static const uint8_t code[] = {
        0x83, 0xc0, 0x01, 0x66, 0x90, // 1000 add $1, %eax; nop
        0xff, 0xe2, 0xc3,             // 1005 jmp *%rdx; ret
    };
    static const uint64_t targets[] = {0x1000, 0x1007};
    static const struct flow_jump jump = {0x1005, FLOW_JUMP_INSIDE};
    struct rewritten r = {
        .hand.source = {.jumps = &jump, .jump_count = 1, .targets = targets, .target_count = 2}};

    rewrite(&r, code, sizeof code, 8);
    const char *refusal = rewrite_plan_refusal(r.plan, 0);
    cr_assert(refusal);
    cr_expect_str_eq(refusal, "calls of it cannot be told from its jumps to its start");
    rewritten_deinit(&r);
}

LP_TEST(rewrite, a_call_that_is_jumped_to_and_come_back_to_takes_a_detour)
{
    static const uint8_t code[] = {
        0x85, 0xff, 0x90,             // 1000 test %edi, %edi; nop
        0x74, 0x05,                   // 1003 je 100a
        0xe8, 0,    0,    1,    0,    // 1005 call away
        0xe8, 0xf1, 0,    1,    0,    // 100a call 11100
        0x31, 0xc0, 0x90, 0x90, 0xc3, // 100f xor %eax, %eax; nop; nop; ret
    };
    static const uint8_t expected[] = {
        0x48, 0xff, 0x05, 0xf9, 0x0f, 0,    0,    // 2000 incq 3000
        0x85, 0xff,                               // 2007 test %edi, %edi
        0x74, 0x0c,                               // 2009 je 2017
        0x48, 0xff, 0x05, 0xf6, 0x0f, 0,    0,    // 200b incq 3008
        0xe9, 0xee, 0xef, 0xff, 0xff,             // 2012 jmp 1005
        0xe9, 0xee, 0xef, 0xff, 0xff,             // 2017 jmp 100a
        0x31, 0xc0, 0xc3,                         // 201c xor %eax, %eax; ret
        0x48, 0xff, 0x05, 0xea, 0x0f, 0x00, 0x00, // 201f incq 3010
        0xe9, 0xd5, 0xf0, 0x00, 0x00,             // 2026 jmp 11100
    };
    struct rewritten r = {0};

    rewrite(&r, code, sizeof code, 0);
    expect_copy(&r, expected, sizeof expected);
    cr_expect_eq(r.image.patch_count, 3);
    PATCH(&r, 1, 0x100a, 0xe8, 0x10, 0x10, 0, 0);
    rewritten_deinit(&r);
}

LP_TEST(rewrite, jumps_out_and_the_loops_of_the_processor)
{
    static const uint8_t code[] = {
        0x89, 0xf9,                   // 1000 mov %edi, %ecx
        0xe3, 0x04,                   // 1002 jrcxz 1008
        0xe2, 0xfc,                   // 1004 loop 1002
        0x31, 0xc0,                   // 1006 xor %eax, %eax
        0x85, 0xc0,                   // 1008 test %eax, %eax
        0x0f, 0x84, 0xf0, 0x0f, 0, 0, // 100a je 2000 (as it was: of the original's neighbours)
        0xe9, 0xeb, 0xff, 0x0f, 0,    // 1010 jmp 101000
    };
    struct rewritten r = {0};

    rewrite(&r, code, sizeof code, 0);
    cr_assert_null(rewrite_plan_refusal(r.plan, 0));
    const uint8_t *bytes = r.image.bytes;
    // incq; mov; then incq of the next block; jrcxz with its jump
    cr_expect_arr_eq(bytes + 16, ((const uint8_t[]){0xe3, 0x02, 0xeb, 0x05, 0xe9}), 5);
    cr_expect_eq(rewrite_image_place(&r.image, 16)->addr, 0x1002);
    rewritten_deinit(&r);
}

LP_TEST(rewrite, a_mark_of_indirect_targets_stays)
{
    static const uint8_t code[] = {
        0xf3, 0x0f, 0x1e, 0xfa,             // 1000 endbr64
        0x48, 0x89, 0xf8,                   // 1004 mov %rdi, %rax
        0x48, 0x83, 0xc0, 0x01, 0x90, 0xc3, // 1007 add $1, %rax; nop; ret
    };
    struct rewritten r = {0};

    rewrite(&r, code, sizeof code, 0);
    cr_assert_null(rewrite_plan_refusal(r.plan, 0));
    cr_expect_eq(r.image.patch_count, 1);
    PATCH(&r, 0, 0x1004, 0xe9, 0xf7, 0x0f, 0, 0);
    rewritten_deinit(&r);
}

LP_TEST(rewrite, what_is_refused)
{
    REFUSED("it starts a transaction at 0x1000", 0xc7, 0xf8, 0, 0, 0, 0, 0xc3);
    REFUSED("it changes segments at 0x1001", 0x90, 0xcb);
    REFUSED("there is no room for a jump at 0x1000 to count it", 0xc3);
    REFUSED("the instruction at 0x1000 has a 32-bit address", 0x67, 0x8b, 0x05, 0, 0, 0, 0, 0xc3);
    REFUSED("the call at 0x1001 gives back flags", 0x50, 0xe8, 0, 0, 1, 0, 0x0f, 0x94, 0xc0, 0xc3);
    REFUSED("it has a restartable sequence", 0xb8, 0x53, 0x30, 0x05, 0x53, 0xc3);
}

LP_TEST(rewrite, a_jump_into_the_middle_of_a_block_is_refused)
{
    static const uint8_t code[] = {0x89, 0xf8, 0x89, 0xf9, 0x89, 0xfa, 0xc3};
    const uint64_t entry = 0x1002;
    struct hand_function hand = {0};

    hand_function_init(&hand, code, sizeof code, 0);
    hand.function.entries = &entry;
    hand.function.entry_count = 1;
    struct rewrite_plan *plan = rewrite_plan_create(&hand.function, 1, REWRITE_COUNTER_GS);
    cr_expect_str_eq(rewrite_plan_refusal(plan, 0),
                     "another function jumps into its middle, to 0x1002");
    rewrite_plan_destroy(plan);
    hand_function_deinit(&hand);
}

LP_TEST(rewrite, code_of_two_functions_belongs_to_the_first)
{
    static const uint8_t code[] = {0x89, 0xf8, 0x89, 0xf9, 0x89, 0xfa, 0xc3};
    struct hand_function hand = {0};

    hand_function_init(&hand, code, sizeof code, 0);
    const struct rewrite_function both[] = {hand.function, hand.function};
    struct rewrite_plan *plan = rewrite_plan_create(both, 2, REWRITE_COUNTER_GS);
    cr_expect_null(rewrite_plan_refusal(plan, 0));
    cr_expect_str_eq(rewrite_plan_refusal(plan, 1), "it shares its code at 0x1000");
    rewrite_plan_destroy(plan);
    hand_function_deinit(&hand);
}

LP_TEST(rewrite, a_copy_too_far_away_is_refused)
{
    static const uint8_t code[] = {0x89, 0xf8, 0x89, 0xf9, 0x89, 0xfa, 0xc3};
    struct hand_function hand = {0};
    struct rewrite_image image;

    hand_function_init(&hand, code, sizeof code, 0);
    struct rewrite_plan *plan = rewrite_plan_create(&hand.function, 1, REWRITE_COUNTER_GS);
    cr_expect_null(rewrite_plan_refusal(plan, 0));
    rewrite_plan_emit(plan, 0x100000000, 64, &image);
    cr_expect_str_eq(rewrite_plan_refusal(plan, 0), "its copy is too far away");
    cr_expect_eq(image.patch_count, 0);
    cr_expect_eq(image.place_count, 0);
    rewrite_image_deinit(&image);
    rewrite_plan_destroy(plan);
    hand_function_deinit(&hand);
}

LP_TEST(rewrite, nothing_to_do)
{
    struct rewrite_image image;
    struct rewrite_plan *plan = rewrite_plan_create(NULL, 0, REWRITE_COUNTER_GS);

    cr_expect_eq(rewrite_plan_size(plan), 0);
    rewrite_plan_emit(plan, COPY, COUNTERS, &image);
    cr_expect_null(rewrite_image_place(&image, 0));
    rewrite_image_deinit(&image);
    rewrite_plan_destroy(plan);
    rewrite_plan_destroy(NULL);
}
