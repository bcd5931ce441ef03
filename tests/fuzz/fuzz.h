/**
 * @file
 * The entry of a fuzzer, as libFuzzer calls it.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/** Try one input: returns 0, or ends the program when something is wrong. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
