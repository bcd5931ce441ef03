/**
 * @file
 * Checks for tests that are plain programs: processes, signals and perf events do not go with a
 * test framework that forks and catches signals itself. Every failed check prints a line; the
 * program ends with `return tally_result(&tally);`, which prints the count and is the exit status.
 */
#ifndef TESTS_SUPPORT_TALLY_H
#define TESTS_SUPPORT_TALLY_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

struct tally {
    int passed;
    int failed;
};

__attribute__((format(printf, 5, 6))) static inline void
tally_check(struct tally *tally, bool holds, const char *file, int line, const char *format, ...)
{
    va_list args;

    if (holds) {
        tally->passed++;
        return;
    }
    tally->failed++;
    printf("%s:%d: ", file, line);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    fflush(stdout);
}

static inline int tally_result(const struct tally *tally)
{
    printf("%d passed, %d failed\n", tally->passed, tally->failed);
    return tally->failed ? 1 : 0;
}

/** Check a condition; the rest is the message when it does not hold, as for printf(3). */
#define TALLY(tally, condition, ...) tally_check(tally, condition, __FILE__, __LINE__, __VA_ARGS__)

#endif
