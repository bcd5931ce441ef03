#include "api/record_dump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "profile/pprof.h"
#include "symbolize/symbolize.h"

// An exit status has room for a number below 256; all errors have one.
static _Noreturn void save(const char *path, record_dump_take *take, void *context)
{
    struct kept kept = {0};
    struct profile *profile = take(context, &kept);

    symbolize_profile(profile, &kept, NULL);
    struct lprof_error *err = pprof_save(profile, path);
    int errnum = err && !err->errnum ? EIO : err ? err->errnum : 0;
    _exit(errnum < 256 ? errnum : EIO);
}

static void start(struct record_dump *dump, struct region_area *area, const char *asked,
                  record_dump_take *take, void *context)
{
    // The program may write to its own.
    CLEANUP(cleanup_free) char *path = mem_printf("%.4095s", asked);

    dump->pid = fork();
    if (dump->pid == 0)
        save(path, take, context);
    if (dump->pid > 0)
        return;
    region_area_answer(area, errno);
    dump->pid = 0;
}

void record_dump_serve(struct record_dump *dump, struct region_area *area, record_dump_take *take,
                       void *context)
{
    const char *asked = dump->pid ? NULL : region_area_asked(area);
    int status;

    if (asked)
        start(dump, area, asked, take, context);
    if (!dump->pid || waitpid(dump->pid, &status, WNOHANG) == 0)
        return;
    region_area_answer(area, WIFEXITED(status) ? WEXITSTATUS(status) : EIO);
    dump->pid = 0;
}

void record_dump_deinit(struct record_dump *dump)
{
    while (dump->pid && waitpid(dump->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    dump->pid = 0;
}
