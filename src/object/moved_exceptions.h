/**
 * @file
 * The exception table of code that was copied elsewhere. Its sites are those of the copy; pads, actions and
 * types stay where they are.
 *
 * @source Itanium C++ ABI: Exception Handling, section 7.1
 */
#ifndef LPROF_OBJECT_MOVED_EXCEPTIONS_H
#define LPROF_OBJECT_MOVED_EXCEPTIONS_H

#include "object/byte_writer.h"
#include "object/exception_table.h"
#include "object/moved_frames.h"

/**
 * Add a table for a run of places of rising addresses.
 *
 * @param out_addr File address of the first byte of `out`.
 * @param original Of the function that was copied.
 * @param places [n] The function starts at the first one.
 * @param end Offset behind them.
 */
void moved_exceptions_put(struct byte_writer *out, uint64_t out_addr,
                          const struct exception_table *original, const struct moved_place *places,
                          size_t n, uint64_t end);

#endif
