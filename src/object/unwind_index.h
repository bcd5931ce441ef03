/**
 * @file
 * The index that linkers write beside .eh_frame: where the entry of each function lies, by address. With
 * it a look-up reads one entry instead of the whole section.
 *
 * Nothing here is trusted: an entry that it leads to says itself which addresses it covers.
 *
 * @source LSB 5.0 section 10.6.2 (.eh_frame_hdr)
 */
#ifndef LPROF_OBJECT_UNWIND_INDEX_H
#define LPROF_OBJECT_UNWIND_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unwind_index {
    const uint8_t *pairs; ///< [n] As in the file, sorted: where a function and its entry are.
    size_t n;             ///< 0 = there is no index.
    uint64_t addr;        ///< What both are relative to.
};

/**
 * Read the head of the section.
 *
 * @param addr File address of the section.
 * @param eh_frame_addr File address of the .eh_frame that it must be about.
 * @param[out] ret Borrows from `bytes`. Untouched on failure.
 * @return False when it is damaged or of a form unknown here.
 */
bool unwind_index_read(const uint8_t *bytes, size_t size, uint64_t addr, uint64_t eh_frame_addr,
                       struct unwind_index *ret);

/**
 * The last function that starts at or below an address.
 *
 * @param[out] place_ret Its place in the index.
 * @param[out] entry_addr_ret File address of its entry.
 */
bool unwind_index_find(const struct unwind_index *index, uint64_t addr, size_t *place_ret,
                       uint64_t *entry_addr_ret);

#endif
