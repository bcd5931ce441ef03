#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "render/view.h"

// Below this share of the wall time, time on the CPU does not tell where the time went.
static const double waiting_below = 0.7;

// Programs that end sooner wait mostly for being started.
static const int64_t waiting_least_ns = 20000000;

static void put_count(FILE *line, int64_t count, const char *noun)
{
    char text[VIEW_TEXT];

    view_format_count(count, noun, text);
    fprintf(line, ", %s", text);
}

static void put_times(const struct view *view, FILE *line)
{
    const struct profile_meta *meta = &view->report->profile->meta;
    char wall[UNITS_TEXT];
    char cpu[UNITS_TEXT];

    view_format_time(view, meta->wall_ns, wall);
    view_format_time(view, meta->cpu_ns, cpu);
    fprintf(line, "%s wall, %s CPU", wall, cpu);
    if (meta->runs > 1)
        put_count(line, meta->runs, "run");
    // "processs" would be wrong: the plural is written out.
    if (meta->processes > 1)
        fprintf(line, ", %lld processes", (long long)meta->processes);
    if (meta->threads > 0)
        put_count(line, meta->threads, "thread");
}

// " (perf, 1 kHz)"
static void put_sampler(const struct profile_meta *meta, FILE *line)
{
    if (!meta->sampler)
        return;
    fprintf(line, " (%s", meta->sampler);
    if (meta->rate_hz >= 1000 && meta->rate_hz % 100 == 0)
        fprintf(line, ", %g kHz", (double)meta->rate_hz / 1000);
    else if (meta->rate_hz > 0)
        fprintf(line, ", %lld Hz", (long long)meta->rate_hz);
    fputs(")", line);
}

static void put_sampling(const struct view *view, FILE *line)
{
    const struct profile_meta *meta = &view->report->profile->meta;
    bool none = !meta->sampler || strcmp(meta->sampler, "none") == 0;

    if (none && !view->report->samples) {
        fputs(", not sampled", line);
        return;
    }
    if (view->report->stepped)
        return;
    put_count(line, view->report->samples, "sample");
    put_sampler(meta, line);
    if (meta->lost_samples > 0)
        fprintf(line, ", %lld lost", (long long)meta->lost_samples);
    else
        fputs(", none lost", line);
}

// " (about 1.03x)": how much longer the program ran because of the counting.
static void put_slowdown(const struct view *view, FILE *line)
{
    enum { MOST_TOLD = 4 };
    const struct profile_meta *meta = &view->report->profile->meta;
    int64_t without_ns = meta->cpu_ns - meta->counting_ns;

    if (view->report->stepped || !meta->cpu_ns)
        return;
    // What is left of the time is then too little to be told from nothing.
    if (without_ns < meta->cpu_ns / MOST_TOLD) {
        fprintf(line, " (more than %dx)", MOST_TOLD);
        return;
    }
    double slowdown = (double)meta->cpu_ns / (double)without_ns;
    fprintf(line, " (about %.*fx)", slowdown < 1.095 ? 2 : 1, slowdown);
}

// "; hits counted in 2 functions (about 1.03x)", "; 1 234 hits counted in 2 functions by single-stepping"
static void put_counting(const struct view *view, FILE *line)
{
    const struct report *report = view->report;
    int64_t functions = 0;
    int64_t hits = 0;
    char text[VIEW_TEXT];

    for (size_t i = 0; i < report->n_functions; i++) {
        const struct report_function *function = &report->functions[i];
        functions += function->counted;
        for (size_t j = 0; j < function->n_lines; j++)
            if (function->lines[j].hits > 0)
                hits = profile_sum(hits, function->lines[j].hits);
    }
    if (!functions && !report->stepped)
        return;
    view_format_count(hits, "hit", text);
    fprintf(line, "; %s counted in ", report->stepped ? text : "hits");
    view_format_count(functions, "function", text);
    fprintf(line, "%s%s", text, report->stepped ? " by single-stepping" : "");
    put_slowdown(view, line);
}

static void put_waiting(const struct view *view, FILE *line)
{
    const struct profile_meta *meta = &view->report->profile->meta;
    bool on_cpu = !meta->clock || strcmp(meta->clock, "wall") != 0;

    // A program that is stepped waits for the tracer most of the time.
    if (!on_cpu || view->report->stepped || meta->wall_ns < waiting_least_ns)
        return;
    double share = (double)meta->cpu_ns / (double)meta->wall_ns;
    if (share < waiting_below)
        fprintf(line, "; it did not run for %.0f %% of the time", 100 * (1 - share));
}

// A shell tells of signal N as 128 + N.
static void put_exit_status(FILE *line, int64_t status)
{
    const char *signal = status > 128 && status < 192 ? sigabbrev_np((int)status - 128) : NULL;

    fprintf(line, "; exit status %lld", (long long)status);
    if (signal)
        fprintf(line, " (SIG%s)", signal);
}

static void put_header(const struct view *view, FILE *line)
{
    const struct profile_meta *meta = &view->report->profile->meta;
    CLEANUP(cleanup_free) char *command = names_command(meta->command, meta->n_command);

    fprintf(line, "lprof: %s%s", command, command[0] ? ": " : "");
    put_times(view, line);
    put_sampling(view, line);
    put_counting(view, line);
    put_waiting(view, line);
    if (meta->exit_status)
        put_exit_status(line, meta->exit_status);
    if (view->options->saved_as)
        fprintf(line, "; saved %s", view->options->saved_as);
}

// "Thread worker (pid 71, tid 72)   1.21 s, 65.9 %": what stands in its place in the report of a part.
static void put_part(const struct view *view, FILE *line)
{
    const struct report_group *group = view->report->group;
    char time[UNITS_TEXT];
    char share[UNITS_TEXT];

    view_format_time(view, view->report->sampled_ns, time);
    view_format_share(view->report->sampled_ns, view->report->whole->sampled_ns, share);
    fprintf(line, "%s %s (pid %lld", group->tid == REPORT_NULL ? "Process" : "Thread", group->name,
            (long long)group->pid);
    if (group->tid != REPORT_NULL)
        fprintf(line, ", tid %lld", (long long)group->tid);
    fprintf(line, ")   %s, %s", time, share);
}

void text_header(struct view *view)
{
    bool is_part = view->report->group;
    CLEANUP(cleanup_free) char *line = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&line, &size);

    if (!stream)
        return;
    if (is_part)
        put_part(view, stream);
    else
        put_header(view, stream);
    fclose(stream);
    if (is_part)
        text_end(&view->text);
    text_style(&view->text, HEAT_TITLE);
    text_wrap(&view->text, line, 2);
    text_end(&view->text);
}
