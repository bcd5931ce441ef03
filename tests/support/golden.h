/**
 * @file
 * Output compared byte for byte with a file of tests/golden/.
 */
#ifndef TESTS_SUPPORT_GOLDEN_H
#define TESTS_SUPPORT_GOLDEN_H

/**
 * Expect `text` to be the content of tests/golden/<name>.golden; a difference is shown as a unified
 * diff. With LPROF_UPDATE_GOLDEN=1 in the environment the file is rewritten instead.
 */
void golden_expect(const char *name, const char *text);

#endif
