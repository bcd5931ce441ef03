#include "target/trace_denied.h"

#include <stdio.h>

#include "base/cleanup.h"

// Values of kernel.yama.ptrace_scope.
enum { SCOPE_ADMIN = 2, SCOPE_NONE = 3 };

int trace_denied_scope(void)
{
    CLEANUP(cleanup_fclose) FILE *in = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
    int scope;

    return in && fscanf(in, "%d", &scope) == 1 ? scope : TRACE_DENIED_NO_YAMA;
}

struct lprof_error *trace_denied_explain(int errnum, int scope)
{
    const char *hint = "in a container: --cap-add=SYS_PTRACE; or sample: --mode sample";

    if (scope == SCOPE_ADMIN)
        hint = "kernel.yama.ptrace_scope is 2: as root: sysctl kernel.yama.ptrace_scope=1; or "
               "sample: --mode sample";
    else if (scope == SCOPE_NONE)
        hint = "kernel.yama.ptrace_scope is 3, which stays until the next boot; sample: "
               "--mode sample";
    struct lprof_error *err = error_from_errno(errnum, "the system forbids tracing (ptrace)");
    err->code = LPROF_ERROR_PERMISSION;
    return error_hint(err, "%s", hint);
}
