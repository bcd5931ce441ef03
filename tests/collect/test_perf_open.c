#include "collect/perf_open.h"

#include <errno.h>
#include <string.h>

#include "support/test.h"

static void expect(int errnum, enum lprof_error_code code, const char *message, const char *hint)
{
    struct lprof_error *err = perf_open_error(errnum, 3);

    cr_expect(err->code == code);
    cr_expect(err->errnum == errnum);
    cr_expect(strstr(err->message, message) != NULL, "message: %s", err->message);
    if (hint)
        cr_expect(err->hint && strstr(err->hint, hint), "hint: %s", err->hint);
    error_destroy(err);
}

LP_TEST(perf_open, each_refusal_has_its_own_way_out)
{
    expect(EACCES, LPROF_ERROR_PERMISSION, "kernel.perf_event_paranoid is 3",
           "sysctl kernel.perf_event_paranoid=1");
    expect(EPERM, LPROF_ERROR_PERMISSION, "containers", "--cap-add PERFMON");
    expect(ENOSYS, LPROF_ERROR_UNSUPPORTED, "no perf events", "CONFIG_PERF_EVENTS");
    expect(ENOENT, LPROF_ERROR_UNSUPPORTED, "no event cpu-clock", "CONFIG_PERF_EVENTS");
    expect(EMFILE, LPROF_ERROR_SYSTEM, "Too many open files", "ulimit -n");
    expect(EBUSY, LPROF_ERROR_SYSTEM, "perf_event_open", NULL);
}
