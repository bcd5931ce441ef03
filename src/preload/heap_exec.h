/**
 * @file
 * How programs run others: with the environment that lprof set, of which the program itself does not know.
 */
#ifndef LPROF_PRELOAD_HEAP_EXEC_H
#define LPROF_PRELOAD_HEAP_EXEC_H

/** Before there are threads: find the functions behind. */
void heap_exec_init(void);

#endif
