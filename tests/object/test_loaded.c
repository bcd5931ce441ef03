#include <link.h>
#include <stdint.h>

#include "object/object.h"
#include "support/test.h"

// Words of this program that the loader relocates, and words that it does not.
static int first;
static int second;
static int *const pointers[] = {&first, &second};
static const uint32_t numbers[] = {0x11223344, 0x55667788};

static int take_bias(struct dl_phdr_info *info, size_t size, void *ret)
{
    (void)size;
    *(uint64_t *)ret = info->dlpi_addr;
    return 1; // The program itself comes first.
}

static struct object *open_self(uint64_t *bias_ret)
{
    struct object *obj = NULL;

    dl_iterate_phdr(take_bias, bias_ret);
    cr_assert_null(object_open("/proc/self/exe", NULL, &obj));
    return obj;
}

LP_TEST(loaded, data_is_read_at_its_address)
{
    uint64_t bias;
    uint32_t word = 0;
    struct object *obj = open_self(&bias);

    cr_assert(object_read(obj, (uintptr_t)&numbers[1] - bias, &word, sizeof word));
    cr_assert_eq(word, 0x55667788);
    object_destroy(obj);
}

LP_TEST(loaded, pointers_are_relocated)
{
    uint64_t bias;
    uint64_t word = 0;
    struct object *obj = open_self(&bias);

    cr_assert(object_read(obj, (uintptr_t)&pointers[1] - bias, &word, sizeof word));
    cr_assert_eq(word, (uintptr_t)pointers[1] - bias);
    object_destroy(obj);
}

LP_TEST(loaded, nothing_is_read_outside_of_the_file)
{
    uint64_t bias;
    uint64_t word = 7;
    struct object *obj = open_self(&bias);

    cr_assert_not(object_read(obj, 0, &word, sizeof word));
    cr_assert_not(object_read(obj, UINT64_MAX - 3, &word, sizeof word));
    // Data that starts as zeros has no bytes in the file.
    cr_assert_not(object_read(obj, (uintptr_t)&first - bias, &word, sizeof first));
    cr_assert_eq(word, 7);
    object_destroy(obj);
}
