#include "collect/cpu_list.h"

#include "support/test.h"

static void expect_list(const char *text, const int *cpus, size_t n)
{
    struct cpu_list list = {0};

    cr_assert(cpu_list_init_parse(text, &list), "'%s' is a list", text);
    cr_assert(list.n == n, "'%s' has %zu", text, list.n);
    for (size_t i = 0; i < n; i++)
        cr_expect(list.cpus[i] == cpus[i], "'%s': %d", text, list.cpus[i]);
    cpu_list_deinit(&list);
}

LP_TEST(cpu_list, ranges_and_single_numbers)
{
    expect_list("0\n", (int[]){0}, 1);
    expect_list("0-3", (int[]){0, 1, 2, 3}, 4);
    expect_list("0-1,4,6-7\n", (int[]){0, 1, 4, 6, 7}, 5);
}

LP_TEST(cpu_list, what_is_no_list)
{
    const char *texts[] = {"",
                           "a",
                           "-1",
                           "1-",
                           "3-1",
                           "1,1",
                           "2,1",
                           "1,,2",
                           "1;2",
                           "1 - 2",
                           "0-65536",
                           "1,",
                           "99999999999999999999"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct cpu_list list = {0};
        cr_expect(!cpu_list_init_parse(texts[i], &list), "'%s' is no list", texts[i]);
        cr_expect(list.cpus == NULL);
    }
}

LP_TEST(cpu_list, this_machine_has_a_cpu)
{
    struct cpu_list list = {0};

    cpu_list_init_online(&list);
    cr_expect(list.n >= 1 && list.cpus[0] >= 0);
    cpu_list_deinit(&list);
}
