/**
 * @file
 * Locals that free themselves at the end of their scope, in place of chains of goto.
 *
 *     CLEANUP(cleanup_free) char *path = mem_printf(...);
 *     ...
 *     return take_ptr(&path);     // hands the string out, nothing is freed
 */
#ifndef LPROF_BASE_CLEANUP_H
#define LPROF_BASE_CLEANUP_H

/** Call `function(&variable)` when the variable goes out of scope. */
#define CLEANUP(function) __attribute__((cleanup(function)))

/** free() what the pointer points to. */
void cleanup_free(void *ptr_to_pointer);

/** close() a file descriptor, unless it is negative. */
void cleanup_close(int *fd);

/** fclose() a stream, unless it is NULL. */
void cleanup_fclose(void *ptr_to_stream);

/** Take the pointer out of a variable, leaving NULL. `ptr_to_pointer` is the address of a pointer. */
void *take_ptr(void *ptr_to_pointer);

#endif
