/**
 * @file
 * Why a program must not be traced, and what to do about it.
 */
#ifndef LPROF_TARGET_TRACE_DENIED_H
#define LPROF_TARGET_TRACE_DENIED_H

#include "base/error.h"

/** Yama is not in the kernel, or does not tell. */
#define TRACE_DENIED_NO_YAMA (-1)

/** kernel.yama.ptrace_scope of this machine. */
int trace_denied_scope(void);

/**
 * What to say when the kernel forbids tracing.
 *
 * @param errnum Of ptrace(2): EPERM and the like.
 * @param scope As of trace_denied_scope().
 * @source Linux, Documentation/admin-guide/LSM/Yama.rst
 */
LPROF_MUST_USE struct lprof_error *trace_denied_explain(int errnum, int scope);

#endif
