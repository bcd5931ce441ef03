/**
 * @file
 * What `lprof list` tells of a program: its functions, narrowed by the options.
 */
#ifndef LPROF_TOOL_LIST_ROWS_H
#define LPROF_TOOL_LIST_ROWS_H

#include <stdbool.h>
#include <stdio.h>

#include "object/object.h"
#include "select/choice.h"
#include "select/project.h"

struct list_options {
    struct choice_options choice;
    struct project_options project;
    bool mine; ///< Only functions of the project.
};

struct list_row {
    const struct object_definition *definition; ///< NULL = a mark that nothing names.
    uint64_t addr;                              ///< Of such a mark.
    bool marked;
};

struct list_rows {
    struct list_row *items; ///< [count] By file, line and name.
    size_t count;
    size_t n_functions; ///< Of the program, named ones.
    size_t n_marked;    ///< Of the program.
    size_t n_placeless; ///< Left out: without a line, in a program that has lines.
    size_t n_foreign;   ///< Not of the project.
};

/** Choose the rows; the object must outlive them. Free them with list_rows_deinit(). */
void list_rows_init(struct list_rows *rows, struct object *obj, const struct list_options *options);

/** Free them. */
void list_rows_deinit(struct list_rows *rows);

/** Print them, with comments on the whole in front. */
void list_rows_print(const struct list_rows *rows, struct object *obj, FILE *out);

#endif
