/**
 * @file
 * A binary file and all that it tells about addresses: symbols, source lines, inlined calls, bytes.
 *
 * File addresses are those of the ELF file (what nm and objdump print). Everything found is owned by
 * the object and lives until object_destroy(). Nothing is decoded before it is asked for, and then
 * only the compilation units that own the address. No type of libelf or libdwarf shows here.
 */
#ifndef LPROF_OBJECT_OBJECT_H
#define LPROF_OBJECT_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/build_id.h"
#include "base/error.h"
#include "object/unwind_table.h"

struct debug_server;
struct object; // opaque

/** A stretch of executable file addresses. */
struct object_segment {
    uint64_t file_offset; ///< [bytes]
    uint64_t addr;        ///< First file address.
    uint64_t size;        ///< [bytes]
};

/** A function of the symbol table. */
struct object_symbol {
    uint64_t addr;
    uint64_t size;    ///< [bytes] 0 = not told.
    const char *name; ///< Linkage name.
};

/** A row of the line table that covers an address. */
struct object_row {
    uint64_t addr;    ///< First address of the row.
    uint64_t end;     ///< First address behind it.
    const char *file; ///< Absolute where the debug info tells, "." and ".." removed.
    uint32_t line;    ///< 0 = code of no line.
    uint32_t column;  ///< 0 = not told.
    uint32_t discriminator;
};

/** A function as the debug info declares it: the abstract origin of all its copies. */
struct object_function {
    const char *name;         ///< Demangled, with parameters where the language mangles them.
    const char *linkage_name; ///< As in the symbol table; equal to `name` in C.
    const char *file;         ///< Of the declaration; NULL = not told.
    uint32_t line;            ///< Of the declaration; 0 = not told.
};

/** One source-level frame at an address. */
struct object_frame {
    const struct object_function *function; ///< Never NULL.
    const char *file;                       ///< NULL = no line known.
    uint32_t line;                          ///< 0 = no line known.
    uint32_t column;
    uint32_t discriminator;
    bool approximate; ///< The address itself is on line 0; this is the nearest line that fits.
};

/** A stretch of file addresses, half open. */
struct object_range {
    uint64_t begin;
    uint64_t end;
};

/** A function that has code in the file. */
struct object_definition {
    const struct object_function *function;
    const char *file;                   ///< Of the declaration, else of the code; NULL = not known.
    uint32_t line;                      ///< 0 = not known.
    const struct object_range *ranges;  ///< [n_ranges] Its own code: copies and split-off parts.
    size_t n_ranges;                    ///< 0 = it is inlined wherever it is called.
    const struct object_range *inlined; ///< [n_inlined] Its code inlined into other functions.
    size_t n_inlined;
};

/** A function that the source marks (LPROF_FUNC in lprof/lprof.h). */
struct object_mark {
    uint64_t addr;                          ///< Where the function starts.
    const struct object_function *function; ///< NULL = nothing names it.
};

/** The marks of a file. Those whose code the linker discarded leave no trace. */
struct object_marks {
    const struct object_mark *items; ///< [count] By address.
    size_t count;
    size_t n_patched;         ///< Entries of units built with -fpatchable-function-entry: no marks.
    size_t n_discarded;       ///< Entries of functions that the linker discarded.
    const char *patched_unit; ///< Source file of one such unit, NULL = there is none.
};

/** Where the debug info of a file was found. */
enum object_debug_place {
    OBJECT_DEBUG_NONE,
    OBJECT_DEBUG_SELF,     ///< In the file itself.
    OBJECT_DEBUG_BUILD_ID, ///< Installed under its build id.
    OBJECT_DEBUG_CACHE,    ///< Fetched from a server once.
    OBJECT_DEBUG_LINK,     ///< Named by .gnu_debuglink.
    OBJECT_DEBUG_SERVER,   ///< Fetched from a server now.
};

/** Most inlined frames that are told at one address. */
#define OBJECT_FRAMES_MAX 64

/**
 * Open a file. Its debug info is looked for when it is first needed: in the file, in build-id folders,
 * in the cache of debuginfod's clients, behind .gnu_debuglink, and on servers.
 *
 * @param path The file.
 * @param expected The build id it must have; NULL or unknown = any.
 * @param[out] ret The object; free with object_destroy(). Untouched on error.
 * @return NULL, or: SYSTEM it cannot be read; FORMAT it is no ELF file that this machine can run, or
 *         its build id is another one.
 */
LPROF_MUST_USE struct lprof_error *object_open(const char *path, const struct build_id *expected,
                                               struct object **ret);

/** Open an ELF image in memory, such as the vDSO. The bytes are copied. Errors as object_open(). */
LPROF_MUST_USE struct lprof_error *object_open_memory(const char *name, const void *bytes,
                                                      size_t size, struct object **ret);

/** Free an object. NULL is allowed. */
void object_destroy(struct object *obj);

/** Ask a server, which must outlive the object, when its debug info is nowhere else. NULL = ask none. */
void object_use_server(struct object *obj, struct debug_server *server);

/** The path or name it was opened with. */
const char *object_path(const struct object *obj);

/** The build id; size 0 when the file has none. */
const struct build_id *object_build_id(const struct object *obj);

/** The file that the line info came from; NULL when there is no line info at all. */
const char *object_debug_path(struct object *obj);

/** Where the file was found that object_debug_path() tells. */
enum object_debug_place object_debug_place(struct object *obj);

/** A file that was found in place of the debug info and is of another build, in one line; or NULL. */
const char *object_debug_rejected(struct object *obj);

/**
 * What was wrong with the debug info where it had to be given up (counted, one line), else NULL.
 * Valid until it is asked for again.
 */
const char *object_debug_problem(struct object *obj);

/** How many compilation units had to be decoded so far. */
size_t object_decoded_units(const struct object *obj);

/** The executable segments, by address. */
const struct object_segment *object_segments(const struct object *obj, size_t *count_ret);

/** The file address of a byte of the file. False when it is not in the pages of an executable segment. */
bool object_addr_of_offset(const struct object *obj, uint64_t file_offset, uint64_t *ret);

/**
 * The function symbol whose extent holds the address, or false. Without a size: the nearest below. Stubs
 * of the procedure linkage table are called "NAME@plt".
 */
bool object_symbol_at(struct object *obj, uint64_t addr, struct object_symbol *ret);

/**
 * The stretch of code of the function that holds the address, told by its symbol, else by the debug
 * info, else by where the next symbol starts. False when no function is known there.
 */
bool object_extent_at(struct object *obj, uint64_t addr, uint64_t *begin_ret, uint64_t *end_ret);

/** The line-table row that covers the address (the last one of several), or false. */
bool object_row_at(struct object *obj, uint64_t addr, struct object_row *ret);

/**
 * The source-level frames at an address, innermost first: the function that the address belongs to
 * in the source, then the call sites it was inlined at, up to the physical function.
 *
 * Without debug info there is one frame, named by the symbol; without a symbol there is none.
 *
 * @param[out] frames Room for OBJECT_FRAMES_MAX.
 * @return How many were written.
 */
size_t object_frames_at(struct object *obj, uint64_t addr,
                        struct object_frame frames[OBJECT_FRAMES_MAX]);

/** The bytes of code at an address, up to the end of its segment; NULL when there are none. */
const uint8_t *object_code_at(struct object *obj, uint64_t addr, size_t *size_ret);

/**
 * Copy `size` bytes of code or data at an address, as they are once the file is loaded at bias 0; a
 * relocated word is read as a whole. False when they are not in the file.
 */
bool object_read(struct object *obj, uint64_t addr, void *ret, size_t size);

/**
 * All functions with code, by file, line and name; those without a file come last. Decodes all debug
 * info at the first call: for lists and for choosing functions, not for looking addresses up.
 */
const struct object_definition *object_definitions(struct object *obj, size_t *count_ret);

/** What the debug info tells of a source file beside its path. */
struct object_source {
    const char *path;   ///< As frames, rows and functions tell it: the same pointer.
    const uint8_t *md5; ///< [16] Of its text; NULL = not told.
    const char *text;   ///< The text itself; NULL = not told.
};

/**
 * Those of the source files named so far of which the debug info tells more than the path; one that
 * several units tell of is there several times.
 *
 * @param[out] ret Free it, not what is in it; NULL when there are none.
 * @return How many.
 */
size_t object_sources(struct object *obj, struct object_source **ret);

/** How much of the code the line info tells of. */
struct object_coverage {
    uint64_t code;      ///< [bytes] All executable code, that between functions included.
    uint64_t with_line; ///< [bytes] Of a known line.
    uint64_t on_line_0; ///< [bytes] Of no line, as the compiler says.
    /**
     * [bytes] Of a line that does not lie in the function that the tree of inlined calls tells: in another
     * file, or above the function.
     */
    uint64_t misplaced;
    const char **files; ///< [n_files] Sources that lines are of; free the array, not the paths.
    size_t n_files;
};

/** Count the coverage; decodes all debug info. */
void object_coverage(struct object *obj, struct object_coverage *ret);

/** The functions that the source marks; decodes the units with marks at the first call. */
const struct object_marks *object_marks(struct object *obj);

/** Whether the source marks a function that came from this object. */
bool object_is_marked(struct object *obj, const struct object_function *function);

/** Whether the file has a section of this name. */
bool object_has_section(struct object *obj, const char *name);

/** Whether the file's dynamic strings have this text, as the name of a library that it needs. */
bool object_has_dynamic_string(struct object *obj, const char *text);

/** The program that loads it, with its libraries; NULL when it needs none. */
const char *object_interpreter(struct object *obj);

/** Whether the dynamic symbol table holds a name: of what the file gives, or wants. */
bool object_has_dynamic_name(struct object *obj, const char *name);

/** Whether it takes a function of that name from another file. */
bool object_imports(const struct object *obj, const char *name);

/** Whether all functions can have names: there is line info or a full symbol table. */
bool object_has_names(struct object *obj);

/**
 * Whether the debug info holds a name, of whatever it is. A function of that name without code is one that
 * the linker discarded, or that the compiler left out.
 */
bool object_has_debug_name(struct object *obj, const char *name);

/** Calls in [begin, end) that are left by an exception go on at `pad`. */
struct object_landing {
    uint64_t begin;
    uint64_t end;
    uint64_t pad;
};

/**
 * Where exceptions land that leave the calls of a stretch of code, as .eh_frame tells.
 *
 * @param[out] ret Free it; NULL when there are none.
 * @return How many.
 */
size_t object_landings(struct object *obj, uint64_t begin, uint64_t end,
                       struct object_landing **ret);

/** The section of exception tables (.gcc_except_table). NULL when there is none. */
const uint8_t *object_exception_tables(struct object *obj, size_t *size_ret, uint64_t *addr_ret);

/** How to step from each address to the caller; built when first asked for. No rows = not known. */
struct unwind_table *object_unwind_table(struct object *obj);

#endif
