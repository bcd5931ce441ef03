/**
 * @file
 * What every Criterion test of the project starts from.
 */
#ifndef TESTS_SUPPORT_TEST_H
#define TESTS_SUPPORT_TEST_H

#include <criterion/criterion.h>

#if defined(__SANITIZE_ADDRESS__)
#define TEST_HAS_LSAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TEST_HAS_LSAN 1
#endif
#endif

#ifdef TEST_HAS_LSAN
#include <sanitizer/lsan_interface.h>
#define TEST_LEAKS() __lsan_do_recoverable_leak_check()
#else
#define TEST_LEAKS() 0
#endif

/**
 * A test that also fails on a leak. Criterion ends its processes without LeakSanitizer's own check,
 * so the check is made here, behind the body.
 */
#define LP_TEST(suite, name)                                                                       \
    static void suite##_##name##_body(void);                                                       \
    Test(suite, name)                                                                              \
    {                                                                                              \
        suite##_##name##_body();                                                                   \
        cr_assert(TEST_LEAKS() == 0, "memory was leaked");                                         \
    }                                                                                              \
    static void suite##_##name##_body(void)

#endif
