#include "ingest/splice.h"

#include "support/test.h"

enum { TID = 7 };

// A stack of `n` frames; frame i has return address 0x1000 * (first + i) and ends at 0x7000 + 16 * (first + i).
static struct unwind_stack make_stack(size_t first, size_t n)
{
    struct unwind_stack stack = {.n_frames = n, .end = UNWIND_COMPLETE};

    for (size_t i = 0; i < n; i++) {
        stack.frames[i].run_addr = 0x1000 * (first + i);
        stack.frames[i].cfa = 0x7000 + 16 * (first + i);
        stack.frames[i].is_call = i > 0;
    }
    return stack;
}

static struct unwind_stack cut(struct unwind_stack stack, size_t n)
{
    stack.n_frames = n;
    stack.frames[n - 1].cfa = 0;
    stack.end = UNWIND_TRUNCATED;
    return stack;
}

LP_TEST(splice, a_cut_stack_gets_the_outer_part_of_the_last_whole_one)
{
    struct splice splice;
    struct unwind_stack whole = make_stack(10, 8);

    splice_init(&splice);
    splice_keep(&splice, TID, &whole);
    struct unwind_stack deeper = make_stack(5, 13); // five more frames inside
    struct unwind_stack stack = cut(deeper, 9);
    cr_expect(splice_mend(&splice, TID, &stack));
    cr_expect(stack.end == UNWIND_COMPLETE);
    cr_expect(stack.n_frames == 13);
    for (size_t i = 0; i < 13; i++) {
        cr_expect(stack.frames[i].run_addr == deeper.frames[i].run_addr);
        cr_expect(stack.frames[i].cfa == deeper.frames[i].cfa);
    }
    splice_deinit(&splice);
}

LP_TEST(splice, the_same_address_elsewhere_on_the_stack_is_another_frame)
{
    struct splice splice;
    struct unwind_stack whole = make_stack(10, 8);
    struct unwind_stack other = make_stack(5, 13);

    splice_init(&splice);
    splice_keep(&splice, TID, &whole);
    for (size_t i = 0; i < 13; i++)
        other.frames[i].cfa += 8;
    struct unwind_stack stack = cut(other, 9);
    cr_expect(!splice_mend(&splice, TID, &stack));
    cr_expect(stack.n_frames == 9);
    cr_expect(stack.end == UNWIND_TRUNCATED);
    splice_deinit(&splice);
}

LP_TEST(splice, threads_do_not_mix)
{
    struct splice splice;
    struct unwind_stack whole = make_stack(10, 8);

    splice_init(&splice);
    splice_keep(&splice, TID, &whole);
    struct unwind_stack stack = cut(make_stack(5, 13), 9);
    cr_expect(!splice_mend(&splice, TID + 1, &stack));
    splice_drop(&splice, TID);
    cr_expect(!splice_mend(&splice, TID, &stack));
    splice_deinit(&splice);
}

LP_TEST(splice, a_lone_leaf_meets_nothing)
{
    struct splice splice;
    struct unwind_stack whole = make_stack(10, 8);

    splice_init(&splice);
    splice_keep(&splice, TID, &whole);
    struct unwind_stack stack = cut(make_stack(10, 8), 1);
    cr_expect(!splice_mend(&splice, TID, &stack));
    splice_deinit(&splice);
}

LP_TEST(splice, what_does_not_fit_is_cut_at_the_limit)
{
    static struct unwind_stack whole;
    static struct unwind_stack stack;
    struct splice splice;

    whole = make_stack(10, UNWIND_FRAMES_MAX);
    splice_init(&splice);
    splice_keep(&splice, TID, &whole);
    stack = cut(make_stack(5, 20), 20);
    cr_expect(splice_mend(&splice, TID, &stack));
    cr_expect(stack.n_frames == UNWIND_FRAMES_MAX);
    cr_expect(stack.end == UNWIND_LIMIT);
    splice_deinit(&splice);
}
