/**
 * @file
 * What LPROF_TIMED prints.
 */
#ifndef LPROF_REGIONS_PRINT_H
#define LPROF_REGIONS_PRINT_H

#include <stdint.h>

/** From now on calls are printed. */
void print_start(void);

/** Print a line on standard error for a call of a timed scope, when that was asked for. */
void print_call(const char *name, uint64_t ns);

#endif
