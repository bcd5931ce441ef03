/**
 * @file
 * How to step from a frame to its caller, at every address of a module: call frame information
 * (.eh_frame, .debug_frame). An entry is run when a frame first lies in it, and kept as sorted rows that
 * a search finds. It is found by the linker's index; where there is none, or where it knows nothing of an
 * address, the whole section is read, once.
 *
 * A row tells the three values that walking needs: the CFA (the caller's stack pointer), where the
 * caller's frame pointer was saved, and the return address, which x86-64 keeps at CFA - 8 (in a register
 * only where exceptions jump to their handler). That is all there is in compiled code; the few other rules get the kind UNWIND_CFA_UNKNOWN.
 *
 * @source DWARF 5 section 6.4; LSB 5.0 section 10.6 (.eh_frame); System V ABI AMD64 section 3.7
 */
#ifndef LPROF_OBJECT_UNWIND_TABLE_H
#define LPROF_OBJECT_UNWIND_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "object/unwind_index.h"

/** How the CFA is computed. */
enum unwind_cfa {
    UNWIND_CFA_NO_INFO,  ///< No call frame information covers the address.
    UNWIND_CFA_UNKNOWN,  ///< There is some, of a form that is not known here.
    UNWIND_CFA_END,      ///< The outermost frame: it has no caller.
    UNWIND_CFA_REGISTER, ///< register + offset.
    UNWIND_CFA_DEREF,    ///< The 8 bytes at register + offset (a realigned stack).
    UNWIND_CFA_PLT,    ///< rsp + 8, and 8 more from byte `cfa_offset` of each 16-byte PLT entry on.
    UNWIND_CFA_SIGNAL, ///< A signal handler's return: rsp points to a ucontext.
};

/** Where the caller's rbp is. */
enum unwind_bp {
    UNWIND_BP_SAME,   ///< Still in rbp.
    UNWIND_BP_AT_CFA, ///< Saved at CFA + offset.
    UNWIND_BP_AT_BP,  ///< Saved at rbp + offset (a realigned stack).
    UNWIND_BP_LOST,
};

/** DWARF's numbers of the registers that rows use. @source System V ABI AMD64 figure 3.36 */
enum unwind_register {
    UNWIND_REG_BP = 6,
    UNWIND_REG_SP = 7,
    UNWIND_REG_RA = 16,
};

struct unwind_row {
    uint32_t addr;        ///< First address, relative to that of its entry.
    uint8_t cfa;          ///< enum unwind_cfa
    uint8_t cfa_register; ///< DWARF number.
    uint8_t bp;           ///< enum unwind_bp
    uint8_t
        ra_in; ///< DWARF number of the register with the return address, plus 1; 0 = at CFA - 8.
    int16_t bp_offset;  ///< [bytes]
    int32_t cfa_offset; ///< [bytes]
};

/** Where the exception table of a stretch of code lies (LSDA). */
struct unwind_lsda {
    uint64_t start;
    uint64_t end;
    uint64_t addr; ///< File address of the exception table.
};

/** Which of the two section formats. */
enum unwind_format { UNWIND_EH_FRAME, UNWIND_DEBUG_FRAME };

/** The section that a table is about. */
struct unwind_section {
    enum unwind_format format;
    const uint8_t *bytes; ///< [size]
    size_t size;
    uint64_t addr; ///< File address.
};

struct unwind_table {
    struct unwind_section section;
    struct unwind_index index;
    struct unwind_fde *indexed; ///< [index.n] entries that the index led to; empty = not read yet.
    bool is_scanned;            ///< `fdes` and `lsdas` hold the whole section.
    struct unwind_fde *fdes;    ///< [n_fdes] all entries, sorted by address.
    size_t n_fdes;
    size_t fde_capacity;
    struct cfa_cie *cies; ///< [n_cies] what they share.
    size_t n_cies;
    size_t cie_capacity;
    struct unwind_lsda *lsdas; ///< [n_lsdas] by address.
    size_t n_lsdas;
    size_t lsda_capacity;
    size_t n_bad; ///< Damage found so far.
};

/**
 * Make the table of a section. Nothing of the section is read yet.
 *
 * @param section Its bytes must outlive the table.
 * @param index Of the section, its bytes too; NULL = none.
 * @param[out] ret Free with unwind_table_deinit(). Never fails: damaged entries are counted.
 */
void unwind_table_init(struct unwind_table *ret, const struct unwind_section *section,
                       const struct unwind_index *index);

/** Free it; a zeroed table is allowed. */
void unwind_table_deinit(struct unwind_table *table);

/** Whether it has any entries, by the index where there is one. */
bool unwind_table_has_entries(struct unwind_table *table);

/** All exception tables, by address. Reads the whole section. */
const struct unwind_lsda *unwind_table_lsdas(struct unwind_table *table, size_t *count_ret);

/** The instructions that the rows of [start, end) come from. */
struct unwind_program {
    uint64_t start;
    uint64_t end;
    const struct cfa_cie *cie; ///< Until the table is asked again.
    const uint8_t *bytes;      ///< [size]
    size_t size;
    uint64_t personality; ///< File address of the routine that handles exceptions; 0 = none.
    bool is_indirect;     ///< `personality` is where its address stands.
    uint64_t lsda;        ///< File address of the exception table; 0 = none.
};

/** Those that cover a file address; false when there are none. */
bool unwind_table_program(struct unwind_table *table, uint64_t addr, struct unwind_program *ret);

/** The row for a file address; NULL when the table does not reach there. Lives as long as the table. */
const struct unwind_row *unwind_table_find(struct unwind_table *table, uint64_t addr);

#endif
