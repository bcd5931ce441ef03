/**
 * @file
 * The vDSO: code of the kernel that every process has mapped and that lies in no file.
 *
 * @source vdso(7)
 */
#ifndef LPROF_OBJECT_VDSO_H
#define LPROF_OBJECT_VDSO_H

#include "base/build_id.h"
#include "object/object.h"

/**
 * Open the vDSO, from the copy that lprof itself has mapped: all processes of a kernel share it.
 *
 * @param expected The build id it must have; unknown = any.
 * @param size What is mapped of it [bytes]; decides where the build id is unknown. 0 = any.
 * @return NULL when there is none, or another kernel's is asked for. Free with object_destroy().
 */
struct object *vdso_open(const struct build_id *expected, size_t size);

#endif
