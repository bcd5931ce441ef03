#include "collect/exact_patch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "support/test.h"

// Two functions of 16 bytes, and a way into the copy of each.
enum { FIRST = 0x1000, SECOND = 0x1010, SIZE = 16, PATCH = 5 };

static const uint8_t code[SIZE] = {0x55, 0x48, 0x89, 0xe5, 0x90, 0x90, 0x90, 0x5d, 0xc3};

static struct rewrite_patch patches[] = {
    {.addr = FIRST, .function = 0, .size = PATCH, .bytes = {0xe9, 1, 2, 3, 4}},
    {.addr = SECOND, .function = 1, .size = PATCH, .bytes = {0xe9, 5, 6, 7, 8}},
};

struct setting {
    struct flow_part parts[2];
    struct exact_function functions[2];
    struct exact_module module;
    struct exact_copies copies;
    uint8_t *memory; // Of the process: this one.
    uint64_t bias;
    int file;
};

static void start(struct setting *s)
{
    *s = (struct setting){0};
    s->memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    s->bias = (uint64_t)(uintptr_t)s->memory - FIRST;
    s->file = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    cr_assert(s->memory != MAP_FAILED && s->file >= 0);
    for (uint32_t i = 0; i < 2; i++) {
        s->parts[i] = (struct flow_part){i ? SECOND : FIRST, code, SIZE};
        s->functions[i] = (struct exact_function){
            .code.source = {.parts = &s->parts[i], .part_count = 1}, .rewritten = i};
        memcpy(s->memory + i * SIZE, code, SIZE);
    }
    s->module.functions = s->functions;
    s->module.choice.n_functions = 2;
    s->copies.module = &s->module;
    s->copies.image.patches = patches;
    s->copies.image.patch_count = 2;
}

static void stop(struct setting *s)
{
    munmap(s->memory, 4096);
    close(s->file);
    for (size_t i = 0; i < 2; i++)
        free(s->functions[i].refusal);
}

LP_TEST(exact_patch, ways_into_copies_are_written)
{
    CLEANUP(stop) struct setting s;

    start(&s);
    cr_expect_not(exact_patch_is_there(s.file, &s.copies, s.bias));
    cr_assert_null(exact_patch_write(s.file, &s.copies, s.bias));
    cr_expect(exact_patch_is_there(s.file, &s.copies, s.bias));
    for (size_t i = 0; i < 2; i++) {
        cr_expect_arr_eq(s.memory + i * SIZE, patches[i].bytes, PATCH);
        cr_expect_arr_eq(s.memory + i * SIZE + PATCH, code + PATCH, SIZE - PATCH);
    }
}

LP_TEST(exact_patch, a_function_with_the_breakpoint_of_a_debugger_is_left_alone)
{
    CLEANUP(stop) struct setting s;

    start(&s);
    s.memory[SIZE + 4] = 0xcc;
    cr_assert_null(exact_patch_write(s.file, &s.copies, s.bias));
    cr_expect_null(s.functions[0].refusal);
    cr_expect_str_eq(s.functions[1].refusal, "its code in memory is not that of the file");
    cr_expect_arr_eq(s.memory, patches[0].bytes, PATCH);
    cr_expect_arr_eq(s.memory + SIZE, code, 4);
    cr_expect_eq(s.memory[SIZE + 4], 0xcc);
    cr_expect(exact_patch_is_there(s.file, &s.copies, s.bias), "the other one");
}

LP_TEST(exact_patch, what_cannot_be_written_is_an_error)
{
    CLEANUP(stop) struct setting s;

    start(&s);
    close(s.file);
    s.file = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    struct lprof_error *err = exact_patch_write(s.file, &s.copies, s.bias);
    cr_assert_not_null(err);
    cr_expect_not_null(strstr(err->hint, "proc_mem"));
    cr_expect_arr_eq(s.memory, code, SIZE);
    error_destroy(err);
}
