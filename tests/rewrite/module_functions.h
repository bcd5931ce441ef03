/**
 * @file
 * All functions of a file, ready to be rewritten.
 */
#ifndef TESTS_REWRITE_MODULE_FUNCTIONS_H
#define TESTS_REWRITE_MODULE_FUNCTIONS_H

#include "code/function_code.h"
#include "code/hits.h"
#include "object/object.h"
#include "rewrite/rewrite.h"

/** One whose flow is sure. */
struct module_function {
    struct function_code code;
    struct hits_plan *hits;
    char name[96];
};

struct module_functions {
    struct object *object;
    struct module_function *items;   ///< [count]
    struct rewrite_function *inputs; ///< [count] Of the same.
    size_t count;
    size_t unsure; ///< Those whose flow is not sure.
    bool tells;    ///< Print why.
};

/** Find them. Ends the test when the file cannot be read. Free with module_functions_deinit(). */
void module_functions_init(struct module_functions *ret, const char *path, bool tells);

/** Free what it holds. */
void module_functions_deinit(struct module_functions *functions);

#endif
