/**
 * @file
 * Names of copies that compilers make of functions: "fold.isra.0", "parse(int) [clone .cold]".
 */
#ifndef LPROF_REPORT_CLONE_NAME_H
#define LPROF_REPORT_CLONE_NAME_H

#include <stddef.h>

/** Length of a linkage name without what marks it as a copy. At least 1 unless the name is empty. */
size_t clone_name_linkage_length(const char *linkage_name);

/** Length of a demangled name without its "[clone ...]". */
size_t clone_name_length(const char *name);

#endif
