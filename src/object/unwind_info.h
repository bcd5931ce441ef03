/**
 * @file
 * What an image tells of unwinding: the table of its frames, and where exceptions land.
 */
#ifndef LPROF_OBJECT_UNWIND_INFO_H
#define LPROF_OBJECT_UNWIND_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "object/image.h"
#include "object/object.h"
#include "object/unwind_table.h"

struct unwind_info {
    struct image *image; ///< Borrowed.
    struct unwind_table table;
    bool is_built;
};

/** That of an image, which must outlive it. Nothing is read yet. */
void unwind_info_init(struct unwind_info *info, struct image *image);

/** Free it. A zeroed struct is allowed. */
void unwind_info_deinit(struct unwind_info *info);

/** As object_unwind_table(). */
struct unwind_table *unwind_info_table(struct unwind_info *info);

/** As object_landings(). */
size_t unwind_info_landings(struct unwind_info *info, uint64_t begin, uint64_t end,
                            struct object_landing **ret);

#endif
