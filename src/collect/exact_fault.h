/**
 * @file
 * Whose code a fault was in.
 */
#ifndef LPROF_COLLECT_EXACT_FAULT_H
#define LPROF_COLLECT_EXACT_FAULT_H

#include "collect/exact_install.h"

/**
 * The counted function that ran at an address, in its copy or in place.
 *
 * @return Its name, valid as long as the modules; NULL when none did.
 */
const char *exact_fault_function(const struct exact_modules *modules, uint64_t run_addr);

#endif
