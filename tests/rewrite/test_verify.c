// A sound copy with one thing changed in it.
#include "rewrite/verify.h"

#include <stdlib.h>
#include <string.h>

#include "rewrite/plan.h"
#include "support/hand_function.h"
#include "support/test.h"

#define COPY 0x2000
#define COUNTERS 0x3000

// A loop, calls that detour, flags that are live at a counter, an operand relative to the instruction.
static const uint8_t code[] = {
    0x48, 0x8b, 0x05, 0xf9, 0x0f, 0, 0, // 1000 mov 2000, %rax
    0x39, 0xf7,                         // 1007 cmp %esi, %edi
    0x7c, 0x07,                         // 1009 jl 1012
    0x74, 0x05,                         // 100b je 1012
    0xe8, 0,    0,    1,    0,          // 100d call away
    0xe8, 0,    0,    1,    0,          // 1012 call away
    0x01, 0xf0,                         // 1017 add %esi, %eax
    0xff, 0xc8,                         // 1019 dec %eax
    0x75, 0xfa,                         // 101b jne 1017
    0xe2, 0xf8,                         // 101d loop 1017
    0xc3,                               // 101f ret
};

struct checked {
    struct hand_function hand;
    struct rewrite_plan *plan;
    struct rewrite_image image;
    struct copy *copy;
};

static void checked_init(struct checked *c)
{
    hand_function_init(&c->hand, code, sizeof code, 0);
    c->plan = rewrite_plan_create(&c->hand.function, 1, REWRITE_COUNTER_RIP);
    rewrite_plan_emit(c->plan, COPY, COUNTERS, &c->image);
    c->copy = &c->plan->copies[0];
    cr_assert(!copy_is_refused(c->copy), "%s", c->copy->reason);
    cr_assert(c->image.patch_count == 3);
    cr_assert_eq(c->copy->detour_count, 1);
}

static void checked_deinit(struct checked *c)
{
    rewrite_image_deinit(&c->image);
    rewrite_plan_destroy(c->plan);
    hand_function_deinit(&c->hand);
}

static bool verify(struct checked *c)
{
    const struct verify_input input = {
        .target = {COPY, COUNTERS},
        .bytes = c->image.bytes,
        .patches = c->image.patches,
        .patch_count = c->image.patch_count,
    };

    c->copy->reason[0] = '\0';
    bool right = verify_copy(c->copy, &input);
    cr_assert_eq(right, !copy_is_refused(c->copy));
    return right;
}

// Which counter counts is not for the verifier to know: one of the function's own.
static bool is_counter(const struct checked *c, size_t offset)
{
    for (size_t i = 0; i < c->copy->item_count; i++) {
        const struct item *item = &c->copy->items[i];
        size_t end = i + 1 < c->copy->item_count ? item[1].offset : c->copy->size;
        if (item->kind == ITEM_COUNT && offset >= item->offset && offset < end)
            return true;
    }
    return false;
}

LP_TEST(verify, a_copy_is_right)
{
    struct checked c = {0};

    checked_init(&c);
    cr_expect(verify(&c));
    checked_deinit(&c);
}

LP_TEST(verify, no_bit_of_an_instruction_may_differ)
{
    struct checked c = {0};
    size_t tried = 0;

    checked_init(&c);
    for (size_t i = 0; i < c.copy->size; i++)
        for (unsigned bit = 0; bit < 8 && !is_counter(&c, i); bit++, tried++) {
            c.image.bytes[i] ^= (uint8_t)(1u << bit);
            cr_expect(!verify(&c), "bit %u of byte %zu", bit, i);
            c.image.bytes[i] ^= (uint8_t)(1u << bit);
        }
    cr_expect(tried > 300);
    cr_expect(verify(&c));
    checked_deinit(&c);
}

LP_TEST(verify, no_counter_may_be_of_something_else)
{
    struct checked c = {0};

    checked_init(&c);
    for (size_t i = 0; i < c.copy->size; i++)
        for (unsigned bit = 0; bit < 8 && is_counter(&c, i); bit++) {
            c.image.bytes[i] ^= (uint8_t)(1u << bit);
            // Another slot of the function is what is left.
            if (verify(&c))
                cr_expect(bit >= 3 && bit <= 5, "bit %u of byte %zu", bit, i);
            c.image.bytes[i] ^= (uint8_t)(1u << bit);
        }
    checked_deinit(&c);
}

LP_TEST(verify, a_counter_may_not_overwrite_live_flags)
{
    // What is counted without saving flags: the entry, the way behind a branch, the call.
    const uint64_t counted[] = {0x1000, 0x100d, 0x1012};
    struct checked c = {0};

    checked_init(&c);
    for (size_t i = 0; i < 3; i++) {
        bool *live = &c.copy->live[flow_insn_at(&c.hand.flow, counted[i])];
        cr_assert(!*live);
        *live = true;
        cr_expect(!verify(&c), "at %#lx", counted[i]);
        *live = false;
    }
    cr_expect(verify(&c));
    checked_deinit(&c);
}

LP_TEST(verify, patches_lead_to_what_they_stand_for)
{
    struct checked c = {0};

    checked_init(&c);
    for (size_t i = 0; i < c.image.patch_count; i++)
        for (uint8_t k = 0; k < c.image.patches[i].size; k++) {
            c.image.patches[i].bytes[k] ^= 0x04;
            cr_expect(!verify(&c), "byte %u of patch %zu", k, i);
            c.image.patches[i].bytes[k] ^= 0x04;
        }
    cr_expect(verify(&c));
    checked_deinit(&c);
}

LP_TEST(verify, patches_stay_apart_and_off_the_calls)
{
    struct checked c = {0};

    checked_init(&c);
    c.image.patches[0].addr += 0x0a;
    cr_expect(!verify(&c));
    c.image.patches[0].addr -= 0x0a;
    c.image.patch_count--;
    cr_expect(!verify(&c), "one is missing");
    checked_deinit(&c);
}
