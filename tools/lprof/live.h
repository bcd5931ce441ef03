/**
 * @file
 * The live line while a program runs: elapsed time, samples, and the hottest line so far.
 */
#ifndef LPROF_TOOL_LIVE_H
#define LPROF_TOOL_LIVE_H

#include <stdbool.h>

#include "api/record.h"

struct live; // opaque

/**
 * Make the live line.
 *
 * @param asked Also when the program uses the terminal itself.
 * @param stepping Instructions are counted one by one. Then it is told after a second how fast, even where
 *        there is no line.
 * @return NULL when it is not to be shown: stderr is no terminal, or the program's stdin or stdout
 * is the same one.
 */
struct live *live_create(bool asked, bool stepping);

/** What to give record_program(); a NULL `live` watches nothing. */
struct record_watch live_watch(struct live *live);

/** Wipe the line away and free it. NULL is allowed. */
void live_destroy(struct live *live);

#endif
