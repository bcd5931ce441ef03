#include "progress.h"

#include <stdint.h>
#include <time.h>

#include "status_line.h"
#include "symbolize/symbolize.h"

enum { BAR = 30 };
static const int64_t patience_ns = 500000000;
static const int64_t interval_ns = 100000000;

struct progress {
    struct status_line line;
    int64_t next_ns; ///< When to draw again.
};

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void draw(void *context, size_t done, size_t total)
{
    static const char full[] = "##############################";
    static const char none[] = "..............................";
    struct progress *progress = context;
    int64_t now = now_ns();

    if (now < progress->next_ns || total == 0)
        return;
    progress->next_ns = now + interval_ns;
    int filled = (int)(BAR * done / total);
    status_line_show(&progress->line, "reading debug info [%.*s%.*s] %zu of %zu addresses", filled,
                     full, BAR - filled, none, done, total);
}

void progress_symbolize(struct profile *profile, bool quiet)
{
    struct progress progress = {.next_ns = now_ns() + patience_ns};
    struct symbolize_progress report = {.report = draw, .context = &progress};

    symbolize_profile(profile, quiet ? NULL : &report);
    status_line_clear(&progress.line);
}
