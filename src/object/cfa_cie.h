/**
 * @file
 * What entries of call frame information (FDEs) share (CIEs), and the addresses encoded in both.
 *
 * @source DWARF 5 section 6.4.1; LSB 5.0 section 10.6.1
 */
#ifndef LPROF_OBJECT_CFA_CIE_H
#define LPROF_OBJECT_CFA_CIE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"

#define CFA_NO_LSDA 0xff

/** What FDEs share. */
struct cfa_cie {
    uint64_t offset; ///< Of the CIE in its section; set by who reads that.
    uint64_t code_alignment;
    int64_t data_alignment;
    uint8_t pointer_encoding; ///< DW_EH_PE_* of addresses in its FDEs.
    uint8_t lsda_encoding;    ///< Of the address of exception tables; CFA_NO_LSDA = there is none.
    uint8_t personality_encoding;
    const uint8_t *personality; ///< Where the address of the handler of exceptions stands, or NULL.
    bool has_augmentation_data; ///< The FDE has a length-prefixed block to pass over.
    bool is_signal;             ///< Its frames are signal handler returns.
    struct cursor program;      ///< Initial instructions.
};

/** Read a CIE from behind its id. False when it is damaged or of a form unknown here. */
bool cfa_cie_read(struct cursor *body, struct cfa_cie *ret);

/**
 * Read an encoded address.
 *
 * @param encoding DW_EH_PE_*; absolute and pc-relative ones are known.
 * @param addr File address of the encoded bytes.
 */
bool cfa_cie_pointer(struct cursor *cursor, uint8_t encoding, uint64_t addr, uint64_t *ret);

#endif
