/**
 * @file
 * Call frame instructions: running those of one FDE.
 *
 * @source DWARF 5 section 6.4.2 and 7.24
 */
#ifndef LPROF_OBJECT_CFA_PROGRAM_H
#define LPROF_OBJECT_CFA_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "object/cfa_cie.h"
#include "object/unwind_table.h"

/** Receives the rules that hold from `addr` on; `rules->addr` means nothing. */
typedef void cfa_row_receiver(void *context, uint64_t addr, const struct unwind_row *rules);

/**
 * Run the instructions of the FDE for [start, end), telling every change of the rules.
 *
 * @return False when they are damaged; what was told until then holds.
 */
bool cfa_program_run(const struct cfa_cie *cie, struct cursor program, uint64_t start, uint64_t end,
                     cfa_row_receiver *receive, void *context);

#endif
