#include "code/skid.h"

#include <stdio.h>

#include "support/test.h"

// fixtures/asm/skid.s says what stands at each address.
static struct object *open_skid(const char *name)
{
    char path[512];
    struct object *obj = NULL;

    snprintf(path, sizeof path, "%s/asm/%s", FIXTURE_DIR, name);
    struct lprof_error *err = object_open(path, NULL, &obj);
    cr_assert_null(err, "%s: %s", path, err ? err->message : "");
    return obj;
}

// What happens to a sample at an address.
struct expected {
    uint64_t addr;
    bool moves;
    const char *why;
};

static void expect_user(const char *name, const struct expected *expected, size_t count)
{
    struct object *obj = open_skid(name);
    struct skid *skid = skid_create(obj);

    for (size_t i = 0; i < count; i++) {
        uint64_t addr = skid_user_addr(skid, expected[i].addr);
        cr_expect_eq(addr, expected[i].addr - expected[i].moves, "%s: %#lx became %#lx: %s", name,
                     (unsigned long)expected[i].addr, (unsigned long)addr, expected[i].why);
    }
    skid_destroy(skid);
    object_destroy(obj);
}

static const struct expected at_rows[] = {
    {0x401000, false, "the entry of a function"},
    {0x401003, true, "behind a plain instruction"},
    {0x401009, true, "behind a plain instruction"},
    {0x40100e, false, "behind a branch"},
    {0x401014, false, "behind a call"},
    {0x401015, false, "a jump target"},
    {0x401018, true, "behind a plain instruction"},
    {0x40101a, true, "behind a syscall"},
    {0x40101d, false, "behind a jump"},
    {0x401020, false, "behind ud2, and a jump target"},
    {0x401021, false, "behind a return"},
    {0x401022, false, "the entry of a function"},
    {0x401023, true, "behind a plain instruction"},
    {0x401027, true, "behind sysenter"},
    {0x401029, true, "behind a plain instruction"},
};

LP_TEST(skid, a_sample_moves_back_over_plain_instructions_only)
{
    expect_user("skid", at_rows, sizeof at_rows / sizeof at_rows[0]);
}

LP_TEST(skid, without_lines_the_rule_is_the_same)
{
    expect_user("skid.nodebug", at_rows, sizeof at_rows / sizeof at_rows[0]);
}

LP_TEST(skid, within_a_row_nothing_moves)
{
    static const struct expected within[] = {
        {0x401006, false, "both instructions are of line 11"},
        {0x40100c, false, "both instructions are of line 12"},
    };

    expect_user("skid", within, sizeof within / sizeof within[0]);
}

LP_TEST(skid, an_address_that_is_no_instruction_stays)
{
    static const struct expected odd[] = {
        {0x401004, false, "inside an instruction"},
        {0x500000, false, "outside of the file"},
        {0, false, "nowhere"},
    };

    expect_user("skid", odd, sizeof odd / sizeof odd[0]);
    expect_user("skid.nodebug", odd, sizeof odd / sizeof odd[0]);
}

LP_TEST(skid, time_in_the_kernel_belongs_to_what_went_there)
{
    struct object *obj = open_skid("skid");
    struct skid *skid = skid_create(obj);

    cr_expect_eq(skid_kernel_addr(skid, 0x40101a), 0x401019, "behind syscall");
    cr_expect_eq(skid_kernel_addr(skid, 0x401025), 0x401024, "behind int 0x80");
    cr_expect_eq(skid_kernel_addr(skid, 0x401027), 0x401026, "behind sysenter");
    cr_expect_eq(skid_kernel_addr(skid, 0x401029), 0x401029, "an instruction that faulted");
    cr_expect_eq(skid_kernel_addr(skid, 0x401003), 0x401002, "add cannot fault: an interrupt");
    cr_expect_eq(skid_kernel_addr(skid, 0x401015), 0x401015, "an interrupt at a jump target");
    cr_expect_eq(skid_kernel_addr(skid, 0x401000), 0x401000, "the first byte of the code");
    cr_expect_eq(skid_kernel_addr(skid, 0x500000), 0x500000, "outside of the file");
    cr_expect_eq(skid_kernel_addr(skid, 1), 1, "nowhere");
    skid_destroy(skid);
    object_destroy(obj);
}
