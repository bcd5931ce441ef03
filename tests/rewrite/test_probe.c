#include "rewrite/probe.h"

#include <string.h>
#include <sys/mman.h>

#include "support/test.h"

LP_TEST(probe, an_inc_at_an_address)
{
    const uint8_t expected[] = {0x48, 0xff, 0x05, 0xf9, 0x0f, 0, 0};
    uint8_t bytes[PROBE_MAX];

    cr_assert_eq(probe_size(REWRITE_COUNTER_RIP, false), sizeof expected);
    cr_assert(probe_emit(REWRITE_COUNTER_RIP, false, 0x1000, 0x2000, bytes));
    cr_assert_arr_eq(bytes, expected, sizeof expected);
}

LP_TEST(probe, an_inc_at_a_distance_from_gs)
{
    const uint8_t expected[] = {0x65, 0x48, 0xff, 0x04, 0x25, 0x40, 0x02, 0, 0};
    uint8_t bytes[PROBE_MAX];

    cr_assert_eq(probe_size(REWRITE_COUNTER_GS, false), sizeof expected);
    cr_assert(probe_emit(REWRITE_COUNTER_GS, false, 0x1000, 0x240, bytes));
    cr_assert_arr_eq(bytes, expected, sizeof expected);
}

LP_TEST(probe, what_is_out_of_reach)
{
    uint8_t bytes[PROBE_MAX];

    cr_expect(probe_emit(REWRITE_COUNTER_RIP, false, 0, 0x80000006, bytes));
    cr_expect(!probe_emit(REWRITE_COUNTER_RIP, false, 0, 0x80000007, bytes));
    cr_expect(probe_emit(REWRITE_COUNTER_RIP, false, 0x100, -0x1000ull, bytes));
    cr_expect(probe_emit(REWRITE_COUNTER_GS, false, 0, 0x7fffffff, bytes));
    cr_expect(!probe_emit(REWRITE_COUNTER_GS, false, 0, 0x80000000, bytes));
}

LP_TEST(probe, is_recognised)
{
    for (int form = REWRITE_COUNTER_RIP; form <= REWRITE_COUNTER_GS; form++)
        for (int saves = 0; saves < 2; saves++) {
            uint8_t bytes[PROBE_MAX];
            struct probe probe;
            uint32_t size = probe_size((enum rewrite_counter_form)form, saves);
            cr_assert(probe_emit((enum rewrite_counter_form)form, saves, 0x1000, 0x2468, bytes));
            cr_assert(probe_parse((enum rewrite_counter_form)form, 0x1000, bytes, size, &probe));
            cr_expect_eq(probe.size, size);
            cr_expect_eq(probe.saves, saves);
            cr_expect_eq(probe.counter, 0x2468);
            cr_expect(
                !probe_parse((enum rewrite_counter_form)form, 0x1000, bytes, size - 1, &probe));
            bytes[0] ^= 1;
            cr_expect(!probe_parse((enum rewrite_counter_form)form, 0x1000, bytes, size, &probe));
        }
}

// Run a counter that saves flags between two looks at the flags; rax and what lies below the stack
// pointer are looked at too.
struct seen {
    uint64_t flags;
    uint64_t rax;
    uint64_t below;  ///< At -8(%rsp).
    uint64_t lowest; ///< At -128(%rsp).
};

static void run(uint8_t *page, uint64_t flags, struct seen *ret)
{
    static const uint8_t before[] = {
        0x48, 0xb8, 0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01, // mov $..., %rax
        0x57, 0x9d,                                                 // push %rdi; popf
        0x48, 0x89, 0x44, 0x24, 0xf8,                               // mov %rax, -8(%rsp)
        0x48, 0x89, 0x44, 0x24, 0x80,                               // mov %rax, -128(%rsp)
    };
    static const uint8_t after[] = {
        0x48, 0x8b, 0x4c, 0x24, 0xf8,             // mov -8(%rsp), %rcx
        0x48, 0x8b, 0x54, 0x24, 0x80,             // mov -128(%rsp), %rdx
        0x9c,                                     // pushf
        0x8f, 0x06,                               // pop (%rsi)
        0x48, 0x89, 0x46, 0x08,                   // mov %rax, 8(%rsi)
        0x48, 0x89, 0x4e, 0x10, 0x48, 0x89, 0x56, // mov %rcx, 16(%rsi); mov %rdx, 24(%rsi)
        0x18, 0xc3,                               // ret
    };
    void (*function)(uint64_t, struct seen *);
    uint8_t *probe = page + sizeof before;
    uint32_t size = probe_size(REWRITE_COUNTER_RIP, true);

    memcpy(page, before, sizeof before);
    cr_assert(probe_emit(REWRITE_COUNTER_RIP, true, (uint64_t)probe, (uint64_t)page + 2048, probe));
    memcpy(probe + size, after, sizeof after);
    memcpy(&function, &page, sizeof function);
    function(flags, ret);
}

LP_TEST(probe, keeps_flags_registers_and_the_red_zone)
{
    const uint64_t bits[] = {0x001, 0x004, 0x010, 0x040, 0x080, 0x800};
    uint8_t *page =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t count;

    cr_assert_neq(page, MAP_FAILED);
    for (unsigned set = 0; set < 64; set++) {
        uint64_t flags = 0x202;
        struct seen seen = {0};
        for (unsigned i = 0; i < 6; i++)
            flags |= set & 1u << i ? bits[i] : 0;
        run(page, flags, &seen);
        cr_expect_eq(seen.flags, flags, "%#lx became %#lx", flags, seen.flags);
        cr_expect_eq(seen.rax, 0x0123456789abcdef);
        cr_expect_eq(seen.below, 0x0123456789abcdef);
        cr_expect_eq(seen.lowest, 0x0123456789abcdef);
    }
    memcpy(&count, page + 2048, sizeof count);
    cr_expect_eq(count, 64);
    munmap(page, 4096);
}
