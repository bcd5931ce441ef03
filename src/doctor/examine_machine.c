#include "doctor/examine_machine.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "collect/collector.h"
#include "collect/perf_open.h"

#define SUBJECT "this machine"
#define RATE_HZ 1000

// A process to try things on, which does nothing. 0 when there can be none.
static pid_t start_idle(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        // It must not outlive its purpose, even if lprof is killed now.
        alarm(10);
        for (;;)
            pause();
    }
    return pid > 0 ? pid : 0;
}

static void stop_idle(pid_t pid)
{
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

static void examine_sampling(struct findings *findings, pid_t pid)
{
    const struct collector_options options = {.rate_hz = RATE_HZ, .children = true};
    struct collector_totals totals = {0};
    struct collector *collector = NULL;
    int paranoid = perf_open_paranoid();
    struct lprof_error *err = collect_perf.open(&options, pid, &collector);

    if (err) {
        struct finding *bad = findings_add(findings, FINDING_BAD, SUBJECT,
                                           "CPU time cannot be sampled: %s", err->message);
        if (err->hint)
            findings_remedy(bad, "%s", err->hint);
        error_destroy(err);
        return;
    }
    collect_perf.totals(collector, &totals);
    collect_perf.destroy(collector);
    findings_add(findings, FINDING_OK, SUBJECT,
                 "CPU time can be sampled (perf events, kernel.perf_event_paranoid is %d)",
                 paranoid);
    if (totals.counts_kernel)
        return;
    struct finding *remark = findings_add(findings, FINDING_REMARK, SUBJECT,
                                          "time in the kernel cannot be placed on the lines that "
                                          "cause it (kernel.perf_event_paranoid is %d)",
                                          paranoid);
    findings_remedy(remark, "sysctl kernel.perf_event_paranoid=1");
}

// kernel.yama.ptrace_scope; -1 where there is no Yama.
static int ptrace_scope(void)
{
    CLEANUP(cleanup_fclose) FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
    char text[16];

    return file && fgets(text, sizeof text, file) ? text[0] - '0' : -1;
}

static void examine_stepping(struct findings *findings, pid_t pid)
{
    int scope = ptrace_scope();

    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0) {
        findings_add(findings, FINDING_OK, SUBJECT,
                     "hits can be counted by stepping (--mode step, ptrace)");
        return;
    }
    struct finding *remark =
        findings_add(findings, FINDING_REMARK, SUBJECT,
                     "--mode step does not work: this system forbids ptrace (%s)", strerror(errno));
    if (scope >= 2)
        findings_remedy(remark, "sysctl kernel.yama.ptrace_scope=1%s",
                        scope == 3 ? ", after a restart: 3 cannot be taken back" : "");
    else
        findings_remedy(remark, "in a container: start it with --cap-add=SYS_PTRACE");
}

void examine_machine(struct findings *findings)
{
    pid_t pid = start_idle();

    if (!pid) {
        findings_add(findings, FINDING_BAD, SUBJECT, "no process can be started: %s",
                     strerror(errno));
        return;
    }
    examine_sampling(findings, pid);
    examine_stepping(findings, pid);
    stop_idle(pid);
}
