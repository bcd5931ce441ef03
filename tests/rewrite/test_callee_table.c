#include "rewrite/callee_table.h"

#include <string.h>

#include "support/test.h"

static uint32_t size_of(const char *call)
{
    return callee_table_size((const uint8_t *)call, strlen(call));
}

LP_TEST(callee_table, is_for_calls_through_registers_and_memory)
{
    uint32_t in_register = size_of("\xff\xd0"); // call *%rax

    cr_expect_gt(in_register, 0);
    cr_expect_eq(size_of("\x41\xff\xd3"), in_register, "call *%%r11");
    cr_expect_eq(size_of("\xff\x10"), in_register + 2 + 3, "call *(%%rax)");
    cr_expect_eq(size_of("\xff\x54\xc5\x08"), in_register + 2 + 5, "call *8(%%rbp,%%rax,8)");
    cr_expect_eq(size_of("\x41\xff\x54\x24\x08"), in_register + 2 + 5, "call *8(%%r12)");
    cr_expect_leq(size_of("\xff\x15\x01\x02\x03\x04"), CALLEE_TABLE_MAX, "call *x(%%rip)");
}

LP_TEST(callee_table, is_not_for_others)
{
    cr_expect_eq(size_of("\xe8\x01\x02\x03\x04"), 0, "a direct call");
    cr_expect_eq(size_of("\xff\xe0"), 0, "a jump");
    cr_expect_eq(size_of("\xff\x54\x24\x08"), 0, "call *8(%%rsp)");
    cr_expect_eq(size_of("\x64\xff\x10"), 0, "call *%%fs:(%%rax)");
    cr_expect_eq(size_of("\xff\xd4"), 0, "call *%%rsp");
    cr_expect_eq(size_of("\xff"), 0, "half a call");
}

LP_TEST(callee_table, begins_by_comparing_the_target)
{
    const uint8_t call[] = {0x41, 0xff, 0xd3};
    const uint8_t expected[] = {0x65, 0x4c, 0x39, 0x1c, 0x25, 0x40, 0x02, 0, 0, 0x74, 0x15};
    const struct callee_table table = {.call = call, .call_size = sizeof call, .slots = 0x240};
    uint8_t bytes[CALLEE_TABLE_MAX];

    cr_assert(callee_table_emit(&table, bytes));
    cr_assert_arr_eq(bytes, expected, sizeof expected);
}

LP_TEST(callee_table, reads_a_pointer_from_where_the_call_does)
{
    const uint8_t call[] = {0xff, 0x15, 0x00, 0x10, 0, 0}; // 0x1000 behind its end
    const uint8_t expected[] = {0x50, 0x48, 0x8b, 0x05, 0xfe, 0x0f, 0, 0};
    struct callee_table table = {
        .call = call, .call_size = sizeof call, .call_addr = 0x5000, .addr = 0x5000, .slots = 64};
    uint8_t bytes[CALLEE_TABLE_MAX];
    uint32_t from;
    uint32_t to;

    cr_assert(callee_table_emit(&table, bytes));
    cr_assert_arr_eq(bytes, expected, sizeof expected);
    callee_table_pushed(call, sizeof call, &from, &to);
    cr_expect_eq(from, 1);
    cr_expect_eq(to, callee_table_size(call, sizeof call));
    cr_expect_eq(bytes[to - 1], 0x58, "rax comes back");
    table.addr = 0x100000000;
    cr_expect(!callee_table_emit(&table, bytes), "too far");
}
