/**
 * @file
 * The line table of one compilation unit: its files, and which line each address belongs to.
 *
 * The header (the files) is read when the table is opened, the rows when they are asked for. Of
 * several rows at one address only the last is kept, whatever is_stmt says: it is the one that
 * describes the instruction. Sequences are kept apart, and end_sequence rows are no lines.
 *
 * @source DWARF 5 section 6.2
 */
#ifndef LPROF_OBJECT_LINE_TABLE_H
#define LPROF_OBJECT_LINE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/string_pool.h"
#include "object/image.h"

struct line_row {
    uint32_t offset; ///< [bytes] From the beginning of its sequence.
    uint32_t line;   ///< 0 = code of no line.
    uint16_t file;   ///< Index as in the line program.
    uint16_t column; ///< 0 = not told.
    uint32_t discriminator;
};

/** A stretch of addresses whose rows belong together. */
struct line_sequence {
    uint64_t begin;
    uint64_t end;
    uint32_t first; ///< Index of its first row.
    uint32_t count; ///< At least 1.
};

struct line_file {
    const char *name;
    const char *folder; ///< NULL = none.
    const uint8_t *md5; ///< [16] Of its text; NULL = not told.
    const char *text;   ///< NULL = not told.
    const char *path;   ///< Joined and interned when first asked for.
};

struct line_table {
    struct line_file *files; ///< [n_files] By their number in the line program; [0] may be empty.
    size_t n_files;
    size_t file_capacity;
    const char *comp_dir; ///< What relative folders are relative to, or NULL.

    struct line_row *rows; ///< By sequence, then address.
    size_t n_rows;
    size_t row_capacity;
    struct line_sequence *sequences; ///< By address.
    size_t n_sequences;
    size_t sequence_capacity;

    const struct image *image;
    bool is_open;       ///< While rows are added: a sequence has begun.
    uint64_t last_addr; ///< While rows are added.
};

/** A table without rows and files. `comp_dir` must outlive it. */
void line_table_init(struct line_table *table, const struct image *image, const char *comp_dir);

/** Free it. A zeroed struct is allowed. */
void line_table_deinit(struct line_table *table);

/** Add the next file, whose `path` is not set. Strings must outlive the table. */
void line_table_add_file(struct line_table *table, const struct line_file *file);

/** Add a row. An address below the one before begins a new sequence. */
void line_table_add_row(struct line_table *table, uint64_t addr, const struct line_row *row);

/** End the sequence. It is dropped when it is empty or no code (thrown away by the linker). */
void line_table_end_sequence(struct line_table *table, uint64_t addr);

/** No more rows: sort the sequences, give back spare memory. */
void line_table_finish(struct line_table *table);

/** The sequence that holds the address, or NULL. */
const struct line_sequence *line_table_sequence(const struct line_table *table, uint64_t addr);

/** The index of the row of a sequence that covers an address of it. */
size_t line_table_row(const struct line_table *table, const struct line_sequence *sequence,
                      uint64_t addr);

/** The first address behind a row of a sequence. */
uint64_t line_table_row_end(const struct line_table *table, const struct line_sequence *sequence,
                            size_t row);

/** The tidy, interned path of a file by its number, or NULL. */
const char *line_table_path(struct line_table *table, struct string_pool *pool, uint64_t file);

#endif
