#include "target/step_rescue.h"

#include <sys/wait.h>
#include <unistd.h>

#include "support/test.h"

static volatile uint8_t code[4];

static uint64_t addr_of(size_t i)
{
    return (uint64_t)(uintptr_t)&code[i];
}

static void set_code(void)
{
    code[0] = STEP_INT3;
    code[1] = 7;
    code[2] = STEP_INT3;
    code[3] = STEP_INT3;
}

LP_TEST(step_rescue, bytes_come_back_where_breakpoints_are)
{
    struct step_rescue *rescue = step_rescue_create();

    set_code();
    cr_expect(step_rescue_add(rescue, getpid(), addr_of(0), 0x90) != 0);
    cr_expect(step_rescue_add(rescue, getpid(), addr_of(1), 0x91) != 0);
    uint32_t gone = step_rescue_add(rescue, getpid(), addr_of(2), 0x92);
    step_rescue_remove(rescue, gone);
    cr_expect(step_rescue_add(rescue, getpid(), 1, 0x93) == gone, "a free place is used again");
    cr_expect(step_rescue_restore(rescue) == 1);
    cr_expect(code[0] == 0x90);
    cr_expect(code[1] == 7, "there was none");
    cr_expect(code[2] == STEP_INT3, "it was forgotten");
    step_rescue_destroy(rescue);
}

LP_TEST(step_rescue, what_a_child_notes_its_parent_restores)
{
    struct step_rescue *rescue = step_rescue_create();
    pid_t parent = getpid();
    int status;

    set_code();
    pid_t child = fork();
    if (child == 0) {
        step_rescue_add(rescue, parent, addr_of(3), 0x94);
        _exit(0);
    }
    cr_assert(waitpid(child, &status, 0) == child && status == 0);
    cr_expect(step_rescue_restore(rescue) == 1);
    cr_expect(code[3] == 0x94);
    step_rescue_destroy(rescue);
}

LP_TEST(step_rescue, processes_that_are_gone_are_left_alone)
{
    struct step_rescue *rescue = step_rescue_create();

    step_rescue_add(rescue, 0x7ffffff0, 0x1000, 0x90);
    cr_expect(step_rescue_restore(rescue) == 0);
    cr_expect(step_rescue_restore(NULL) == 0);
    cr_expect(step_rescue_add(NULL, 1, 1, 1) == 0);
    step_rescue_remove(rescue, 0);
    step_rescue_remove(NULL, 1);
    step_rescue_destroy(rescue);
    step_rescue_destroy(NULL);
}
