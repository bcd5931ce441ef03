#include "progress.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "doctor/examine_module.h"
#include "object/debug_server.h"
#include "status_line.h"
#include "symbolize/served_source.h"
#include "symbolize/symbolize.h"

enum { BAR = 30 };
static const int64_t patience_ns = 500000000;
static const int64_t interval_ns = 100000000;

struct progress {
    struct status_line line;
    bool is_quiet;
    int64_t next_ns;         ///< When to draw again.
    bool holds_interrupt;    ///< Ctrl-C skips what is fetched, and does not end lprof.
    sigset_t signals_before; ///< What was blocked before.
};

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void let_interrupt(struct progress *progress)
{
    if (progress->holds_interrupt)
        sigprocmask(SIG_SETMASK, &progress->signals_before, NULL);
    progress->holds_interrupt = false;
}

// Whether Ctrl-C was pressed. A signal that is blocked waits, even one that would be ignored.
static bool take_interrupt(struct progress *progress)
{
    sigset_t interrupt;
    const struct timespec at_once = {0};

    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    if (!progress->holds_interrupt)
        sigprocmask(SIG_BLOCK, &interrupt, &progress->signals_before);
    progress->holds_interrupt = true;
    return sigtimedwait(&interrupt, NULL, &at_once) == SIGINT;
}

static bool fetch(void *context, const char *what, int64_t received, int64_t total)
{
    struct progress *progress = context;
    const double mega = 1e6;

    if (take_interrupt(progress))
        return false;
    if (progress->is_quiet)
        return true;
    if (total)
        status_line_show(&progress->line, "fetching %s: %.1f of %.1f MB (Ctrl-C goes on without)",
                         what, (double)received / mega, (double)total / mega);
    else
        status_line_show(&progress->line, "asking for %s (Ctrl-C goes on without)", what);
    return true;
}

static void draw(void *context, size_t done, size_t total)
{
    static const char full[] = "##############################";
    static const char none[] = "..............................";
    struct progress *progress = context;
    int64_t now = now_ns();

    let_interrupt(progress);
    if (progress->is_quiet || now < progress->next_ns || total == 0)
        return;
    progress->next_ns = now + interval_ns;
    int filled = (int)(BAR * done / total);
    status_line_show(&progress->line, "reading debug info [%.*s%.*s] %zu of %zu addresses", filled,
                     full, BAR - filled, none, done, total);
}

void progress_symbolize(struct profile *profile, const struct kept *kept, bool quiet)
{
    struct progress progress = {.is_quiet = quiet, .next_ns = now_ns() + patience_ns};
    struct symbolize_progress report = {.report = draw, .fetch = fetch, .context = &progress};

    symbolize_profile(profile, kept, &report);
    let_interrupt(&progress);
    status_line_clear(&progress.line);
}

struct lprof_error *progress_examine(struct findings *findings, const char *program)
{
    struct progress progress = {0};
    const struct debug_server_progress report = {.report = fetch, .context = &progress};
    struct debug_server *server = debug_server_create(&report);
    struct lprof_error *err = examine_program(findings, program, server);

    debug_server_destroy(server);
    let_interrupt(&progress);
    status_line_clear(&progress.line);
    return err;
}

struct progress_sources {
    struct progress progress;
    struct debug_server *server;
    const struct profile *profile;
};

// Each file on its own: between two of them the report is laid out, maybe in a pager.
static char *fetch_source(void *context, const char *path)
{
    struct progress_sources *sources = context;
    char *local = served_source_fetch(sources->profile, sources->server, path);

    let_interrupt(&sources->progress);
    status_line_clear(&sources->progress.line);
    return local;
}

static const char *fetching_problem(void *context)
{
    return debug_server_problem(((struct progress_sources *)context)->server);
}

struct progress_sources *progress_sources_create(const struct profile *profile, bool quiet,
                                                 struct source_fetcher *ret)
{
    struct progress_sources *sources = mem_alloc(sizeof *sources);
    const struct debug_server_progress report = {.report = fetch, .context = &sources->progress};

    sources->progress.is_quiet = quiet;
    sources->profile = profile;
    sources->server = debug_server_create(&report);
    if (sources->server)
        *ret = (struct source_fetcher){fetch_source, fetching_problem, sources};
    return sources;
}

void progress_sources_destroy(struct progress_sources *sources)
{
    debug_server_destroy(sources->server);
    free(sources);
}
