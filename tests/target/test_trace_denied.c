#include "target/trace_denied.h"

#include <errno.h>
#include <string.h>

#include "support/test.h"

static void expect_hint(int errnum, int scope, const char *has, const char *lacks)
{
    struct lprof_error *err = trace_denied_explain(errnum, scope);

    cr_expect(err->code == LPROF_ERROR_PERMISSION && err->errnum == errnum);
    cr_expect(strstr(err->message, "forbids tracing (ptrace): ") != NULL, "%s", err->message);
    cr_expect(strstr(err->hint, has) != NULL, "scope %d: %s", scope, err->hint);
    cr_expect(!lacks || !strstr(err->hint, lacks), "scope %d: %s", scope, err->hint);
    cr_expect(strstr(err->hint, "--mode sample") != NULL, "%s", err->hint);
    error_destroy(err);
}

LP_TEST(trace_denied, what_yama_forbids_is_told_by_its_setting)
{
    expect_hint(EPERM, 2, "as root: sysctl kernel.yama.ptrace_scope=1", "container");
    expect_hint(EPERM, 3, "until the next boot", "sysctl");
}

LP_TEST(trace_denied, where_yama_allows_it_a_container_forbids_it)
{
    expect_hint(EPERM, TRACE_DENIED_NO_YAMA, "--cap-add=SYS_PTRACE", "yama");
    expect_hint(ENOSYS, 0, "--cap-add=SYS_PTRACE", "yama");
    expect_hint(EACCES, 1, "--cap-add=SYS_PTRACE", "yama");
}
