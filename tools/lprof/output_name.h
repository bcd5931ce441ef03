/**
 * @file
 * Names of files that lprof writes: patterns that tell processes, ranks and hosts apart.
 */
#ifndef LPROF_TOOL_OUTPUT_NAME_H
#define LPROF_TOOL_OUTPUT_NAME_H

#include <sys/types.h>

/** The letter behind the first % that is not one of p r h %; 0 when all are ('%' for a lone % at
 * the end). */
char output_name_bad_letter(const char *pattern);

/**
 * Fill in a pattern: %p the process, %r the MPI or Slurm rank (0 outside of both), %h the host, %%
 * a %.
 *
 * @return Free it.
 */
char *output_name_expand(const char *pattern, pid_t pid);

/** "<base name of the program>.lprof". Free it. */
char *output_name_default(const char *program);

#endif
