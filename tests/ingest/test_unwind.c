#include "ingest/unwind.h"

#include <string.h>

#include "support/test.h"

// A toy program: three functions of 0x100 bytes each, and a stack of 32 words.
enum {
    LEAF = 0x1000,
    MIDDLE = 0x1100,
    OUTER = 0x1200,
    SIGNAL_RETURN = 0x1300,
    NO_INFO = 0x1400,
    CODE_END = 0x1500,
    STACK = 0x7000,
    WORDS = 64,
};

struct toy {
    struct unwind_row rows[5]; ///< One for each 0x100 bytes of code.
    uint64_t stack[WORDS];
    size_t stack_size;
    uint64_t registers[EVENT_REG_COUNT];
    struct unwind_stack result;
};

static struct unwind_code find(void *context, uint64_t run_addr)
{
    struct toy *toy = context;

    if (run_addr < LEAF || run_addr >= CODE_END)
        return (struct unwind_code){0};
    const struct unwind_row *row = &toy->rows[(run_addr - LEAF) / 0x100];
    return (struct unwind_code){.executable = true, .row = row};
}

static void walk(struct toy *toy)
{
    struct unwind_memory memory = {(const uint8_t *)toy->stack, toy->stack_size, STACK};
    struct unwind_lookup lookup = {find, toy};

    unwind_walk(toy->registers, &memory, &lookup, &toy->result);
}

static struct unwind_row by_sp(int32_t offset)
{
    return (struct unwind_row){
        .cfa = UNWIND_CFA_REGISTER, .cfa_register = UNWIND_REG_SP, .cfa_offset = offset};
}

// leaf <- middle <- outer, frames of 2, 3 and 1 words.
static struct toy three_frames(void)
{
    struct toy toy = {
        .rows = {by_sp(16), by_sp(24), {.cfa = UNWIND_CFA_END}},
        .stack_size = sizeof toy.stack,
    };

    toy.stack[1] = MIDDLE + 5; // return address of leaf
    toy.stack[4] = OUTER + 7;  // of middle
    toy.registers[EVENT_REG_IP] = LEAF + 3;
    toy.registers[EVENT_REG_SP] = STACK;
    return toy;
}

static void expect_frame(const struct toy *toy, size_t i, uint64_t addr, bool is_call)
{
    cr_assert(i < toy->result.n_frames, "only %zu frames", toy->result.n_frames);
    const struct unwind_frame *frame = &toy->result.frames[i];
    cr_expect(frame->run_addr == addr, "frame %zu at %#lx", i, (unsigned long)frame->run_addr);
    cr_expect(frame->is_call == is_call);
}

LP_TEST(unwind, walks_to_the_outermost_frame)
{
    struct toy toy = three_frames();

    walk(&toy);
    cr_expect(toy.result.end == UNWIND_COMPLETE);
    cr_expect(toy.result.n_frames == 3);
    expect_frame(&toy, 0, LEAF + 3, false);
    expect_frame(&toy, 1, MIDDLE + 5, true);
    expect_frame(&toy, 2, OUTER + 7, true);
    cr_expect(toy.result.frames[0].cfa == STACK + 16);
    cr_expect(toy.result.frames[1].cfa == STACK + 40);
    cr_expect(toy.result.n_guessed == 0);
}

LP_TEST(unwind, a_zero_return_address_ends_a_thread)
{
    struct toy toy = three_frames();

    toy.stack[4] = 0;
    walk(&toy);
    cr_expect(toy.result.end == UNWIND_COMPLETE);
    cr_expect(toy.result.n_frames == 2);
}

// A call may be the last instruction of its function: the return address is the next function's.
LP_TEST(unwind, callers_are_looked_up_inside_the_call)
{
    struct toy toy = three_frames();

    toy.stack[1] = OUTER; // middle ends in a call
    walk(&toy);
    cr_expect(toy.result.n_frames == 3);
    expect_frame(&toy, 1, OUTER, true);
    expect_frame(&toy, 2, OUTER + 7, true);
}

LP_TEST(unwind, a_stack_longer_than_its_copy_is_truncated)
{
    struct toy toy = three_frames();

    toy.stack_size = 4 * sizeof toy.stack[0];
    walk(&toy);
    cr_expect(toy.result.end == UNWIND_TRUNCATED);
    cr_expect(toy.result.n_frames == 2);
    cr_expect(toy.result.frames[0].cfa == STACK + 16);
}

LP_TEST(unwind, frame_pointers_step_over_code_without_information)
{
    struct toy toy = three_frames();

    toy.rows[0] = (struct unwind_row){.cfa = UNWIND_CFA_NO_INFO};
    toy.registers[EVENT_REG_BP] = STACK; // [0] caller's rbp, [1] return address
    walk(&toy);
    cr_expect(toy.result.end == UNWIND_COMPLETE);
    cr_expect(toy.result.n_frames == 3);
    cr_expect(toy.result.n_guessed == 1);
}

LP_TEST(unwind, a_frame_pointer_to_nowhere_is_not_followed)
{
    struct toy toy = three_frames();

    toy.rows[0] = (struct unwind_row){.cfa = UNWIND_CFA_NO_INFO};
    toy.registers[EVENT_REG_BP] = STACK + 16; // its return address would be data
    toy.stack[3] = 12345;
    walk(&toy);
    cr_expect(toy.result.end == UNWIND_NO_RULE);
    cr_expect(toy.result.n_frames == 1);
}

LP_TEST(unwind, saved_frame_pointers_are_restored)
{
    struct toy toy = three_frames();

    toy.rows[0].bp = UNWIND_BP_AT_CFA; // leaf saved rbp at CFA - 16
    toy.rows[0].bp_offset = -16;
    toy.stack[0] = STACK + 24; // so middle's rbp points to its third word
    toy.rows[1] = (struct unwind_row){
        .cfa = UNWIND_CFA_REGISTER, .cfa_register = UNWIND_REG_BP, .cfa_offset = 16};
    walk(&toy);
    cr_expect(toy.result.end == UNWIND_COMPLETE);
    expect_frame(&toy, 2, OUTER + 7, true);
}

// A handler (leaf) returns to the kernel's trampoline, whose frame holds the registers of the code
// that the signal broke into.
LP_TEST(unwind, signals_resume_where_they_broke_in)
{
    struct toy toy = three_frames();
    uint64_t *context = &toy.stack[2] + 5; // general registers of the ucontext

    toy.rows[3] = (struct unwind_row){.cfa = UNWIND_CFA_SIGNAL};
    toy.stack[1] = SIGNAL_RETURN + 1;
    context[15] = STACK + 8 * 40; // rsp
    context[16] = MIDDLE;         // rip: the first instruction, so "minus one" would be leaf
    toy.stack[42] = OUTER + 7;
    walk(&toy);
    cr_expect(toy.result.end == UNWIND_COMPLETE);
    cr_expect(toy.result.n_frames == 4);
    expect_frame(&toy, 1, SIGNAL_RETURN + 1, false);
    expect_frame(&toy, 2, MIDDLE, false);
    expect_frame(&toy, 3, OUTER + 7, true);
}

LP_TEST(unwind, realigned_stacks_read_the_cfa)
{
    struct toy toy = three_frames();

    toy.rows[0] = (struct unwind_row){.cfa = UNWIND_CFA_DEREF,
                                      .cfa_register = UNWIND_REG_BP,
                                      .cfa_offset = -8,
                                      .bp = UNWIND_BP_AT_BP};
    toy.registers[EVENT_REG_BP] = STACK + 8 * 10;
    toy.stack[9] = STACK + 16;
    walk(&toy);
    cr_expect(toy.result.end == UNWIND_COMPLETE);
    expect_frame(&toy, 1, MIDDLE + 5, true);
}

LP_TEST(unwind, plt_entries_push_one_word_in_the_middle)
{
    struct toy toy = three_frames();

    toy.rows[0] =
        (struct unwind_row){.cfa = UNWIND_CFA_PLT, .cfa_register = UNWIND_REG_SP, .cfa_offset = 11};
    toy.stack[0] = MIDDLE + 5;
    toy.rows[1] = by_sp(32);
    walk(&toy);
    expect_frame(&toy, 1, MIDDLE + 5, true);
    toy.registers[EVENT_REG_IP] = LEAF + 11;
    toy.stack[1] = MIDDLE + 9;
    walk(&toy);
    expect_frame(&toy, 1, MIDDLE + 9, true);
}

LP_TEST(unwind, a_stack_that_does_not_go_up_is_broken)
{
    struct toy toy = three_frames();

    toy.rows[1] = by_sp(0);
    toy.stack[1] = MIDDLE + 5;
    walk(&toy);
    cr_expect(toy.result.end == UNWIND_BROKEN);
}

LP_TEST(unwind, other_registers_count_only_in_the_leaf)
{
    struct toy toy = three_frames();
    struct unwind_row by_r10 = {.cfa = UNWIND_CFA_REGISTER, .cfa_register = 10};

    toy.rows[0] = by_r10;
    toy.registers[EVENT_REG_R10] = STACK + 16;
    walk(&toy);
    cr_expect(toy.result.n_frames == 3);
    toy.rows[1] = by_r10;
    walk(&toy);
    cr_expect(toy.result.end == UNWIND_NO_RULE);
    cr_expect(toy.result.n_frames == 2);
}

LP_TEST(unwind, endless_stacks_are_cut)
{
    static struct toy toy;
    static uint64_t stack[2 * UNWIND_FRAMES_MAX];

    toy = three_frames();
    toy.rows[0] = by_sp(8);
    for (size_t i = 0; i < 2 * UNWIND_FRAMES_MAX; i++)
        stack[i] = LEAF + 1;
    struct unwind_memory memory = {(const uint8_t *)stack, sizeof stack, STACK};
    struct unwind_lookup lookup = {find, &toy};
    unwind_walk(toy.registers, &memory, &lookup, &toy.result);
    cr_expect(toy.result.end == UNWIND_LIMIT);
    cr_expect(toy.result.n_frames == UNWIND_FRAMES_MAX);
}

// The last instruction of _Unwind_Resume(): its frame is gone, and it jumps to what is in rcx.
LP_TEST(unwind, return_addresses_in_registers)
{
    struct toy toy = three_frames();

    toy.rows[0] = by_sp(0);
    toy.rows[0].ra_in = 2 + 1; // rcx
    toy.registers[EVENT_REG_CX] = MIDDLE + 5;
    toy.registers[EVENT_REG_SP] = STACK + 16;
    walk(&toy);
    cr_expect(toy.result.end == UNWIND_COMPLETE);
    cr_expect(toy.result.n_frames == 3);
    expect_frame(&toy, 1, MIDDLE + 5, true);
    expect_frame(&toy, 2, OUTER + 7, true);

    toy.rows[1] = toy.rows[0]; // Known in the leaf alone.
    walk(&toy);
    cr_expect(toy.result.end == UNWIND_NO_RULE);
    cr_expect(toy.result.n_frames == 2);
}

// A coroutine is entered as if a call right before its start function's first byte had returned.
LP_TEST(unwind, code_that_is_entered_by_a_return)
{
    struct toy toy = three_frames();

    toy.rows[3] = (struct unwind_row){.cfa = UNWIND_CFA_NO_INFO}; // the gap before it
    toy.rows[4] = by_sp(8);
    toy.stack[4] = NO_INFO; // its first byte
    toy.stack[5] = 0;
    walk(&toy);
    cr_expect(toy.result.end == UNWIND_COMPLETE);
    cr_expect(toy.result.n_frames == 3);
    expect_frame(&toy, 2, NO_INFO, false);
    cr_expect(toy.result.n_guessed == 0);
}

// Stack pointers near the end of the address space: sums wrap around, reads stay inside the copy.
LP_TEST(unwind, stacks_that_wrap_around_are_cut)
{
    static const int32_t offsets[] = {16, 24, 4096, INT32_MAX, -8, INT32_MIN};

    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++)
        for (uint64_t below = 0; below < 64; below += 8) {
            struct toy toy = three_frames();
            uint64_t sp = UINT64_MAX - 7 - below;
            struct unwind_memory memory = {(const uint8_t *)toy.stack, sizeof toy.stack, sp};
            struct unwind_lookup lookup = {find, &toy};

            for (size_t j = 0; j < WORDS; j++)
                toy.stack[j] = MIDDLE + 5;
            toy.rows[0] = toy.rows[1] = by_sp(offsets[i]);
            toy.registers[EVENT_REG_SP] = sp;
            toy.registers[EVENT_REG_BP] = sp;
            unwind_walk(toy.registers, &memory, &lookup, &toy.result);
            cr_expect(toy.result.end == UNWIND_TRUNCATED || toy.result.end == UNWIND_BROKEN,
                      "offset %d, %lu below: end %d", offsets[i], (unsigned long)below,
                      (int)toy.result.end);
            cr_expect(toy.result.n_frames <= 10);
        }
}
