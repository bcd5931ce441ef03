/**
 * @file
 * The part of verify.h that looks at patches: each leads to where control goes on in the copy, and
 * replaces nothing that is run in the original.
 */
#ifndef LPROF_REWRITE_VERIFY_PATCHES_H
#define LPROF_REWRITE_VERIFY_PATCHES_H

#include "rewrite/verify_walk.h"

/** Check the patches of a copy that was walked through. False = the copy is refused. */
bool verify_patches_check(struct verify_walk *w);

#endif
