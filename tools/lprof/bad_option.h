/**
 * @file
 * Which option getopt did not like, and why: it tells its caller neither.
 */
#ifndef LPROF_TOOL_BAD_OPTION_H
#define LPROF_TOOL_BAD_OPTION_H

#include <argp.h>

/**
 * Walk through the words as getopt_long(3) does up to the first bad option.
 *
 * @return "unknown option '--foo'" and the like; free it. NULL when nothing is wrong.
 */
char *bad_option_describe(const struct argp *argp, int argc, char **argv);

#endif
