/**
 * @file
 * Copies of functions as a shared library: so the program's own loader maps them, and unwinders and
 * debuggers that look at the program find names and call frame information for them.
 *
 * The library is made for one place in memory. Nothing in it is writable and executable at once.
 *
 * @source System V ABI, Object Files, Program Loading and Dynamic Linking; LSB 5.0 section 10.6
 */
#ifndef LPROF_TARGET_COPY_FILE_H
#define LPROF_TARGET_COPY_FILE_H

#include <stddef.h>
#include <stdint.h>

/** Where the code lies behind the start of the file, and of the memory. */
#define COPY_FILE_CODE 4096

/** The copy of a function. */
struct copy_file_symbol {
    uint64_t offset; ///< In the code.
    uint64_t size;   ///< [bytes]
    const char *name;
};

/** Call frame information of a stretch of the code. */
struct copy_file_frame {
    uint64_t offset; ///< In the code.
    uint64_t entry;  ///< Where in `frames` its entry (FDE) starts.
};

/** What goes into the file. */
struct copy_file {
    uint64_t addr; ///< Run address of the code.
    const uint8_t *code;
    size_t code_size;
    const struct copy_file_symbol *symbols; ///< [n_symbols] By offset.
    size_t n_symbols;
    const uint8_t *frames;                 ///< A section as .eh_frame, made for copy_file_frames().
    size_t frames_size;                    ///< 0 = none.
    const struct copy_file_frame *entries; ///< [n_entries] By offset.
    size_t n_entries;
};

/** Run address at which the call frame information will lie. */
uint64_t copy_file_frames(uint64_t addr, size_t code_size);

/** How much memory it can take at most, code included [bytes]. */
size_t copy_file_room(size_t code_size, size_t n_symbols, size_t name_bytes, size_t frames_size);

/** Make the file. `*ret` is to be freed. */
void copy_file_make(const struct copy_file *copy, uint8_t **ret, size_t *size_ret);

#endif
