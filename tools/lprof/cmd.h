/**
 * @file
 * The commands. Each is a function in its own cmd_<name>.c that returns lprof's exit status.
 */
#ifndef LPROF_TOOL_CMD_H
#define LPROF_TOOL_CMD_H

#include <stdbool.h>

/** Whether this first word is a command of lprof, built or not. */
bool cmd_is_name(const char *word);

/** `lprof [options] [--] PROGRAM [ARG...]` */
int cmd_run(int argc, char **argv);

/** `lprof record [options] [--] PROGRAM [ARG...]` */
int cmd_record(int argc, char **argv);

/** `lprof report [options] [FILE...]` */
int cmd_report(int argc, char **argv);

/** `lprof merge -o OUT FILE...` */
int cmd_merge(int argc, char **argv);

/** `lprof list [options] PROGRAM` */
int cmd_list(int argc, char **argv);

/** `lprof doctor [PROGRAM]` */
int cmd_doctor(int argc, char **argv);

#endif
