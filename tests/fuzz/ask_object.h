/**
 * @file
 * Asking an object of any bytes all that can be asked, and checking what must hold of the answers.
 */
#ifndef TESTS_FUZZ_ASK_OBJECT_H
#define TESTS_FUZZ_ASK_OBJECT_H

#include "object/object.h"

/** Ask at addresses all over the object; ends the program when an answer cannot be. */
void ask_object(struct object *obj);

#endif
