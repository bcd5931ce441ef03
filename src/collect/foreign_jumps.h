/**
 * @file
 * Jumps from other code into the middle of functions that are to be counted: hand-written code does
 * that, and pieces of a function that the debug info does not tell of.
 */
#ifndef LPROF_COLLECT_FOREIGN_JUMPS_H
#define LPROF_COLLECT_FOREIGN_JUMPS_H

#include "collect/exact_module.h"

/** Look through all code of the module that has a name; fills the functions' `entries`. */
void foreign_jumps_find(struct exact_module *module);

#endif
