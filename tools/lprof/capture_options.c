#include "capture_options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output_name.h"

enum { DEFAULT_RATE_HZ = 1000, MAX_RATE_HZ = 100000, MAX_DELAY_S = 1000000 };

enum capture_key {
    KEY_MODE = 0x100,
    KEY_NO_CHILDREN,
    KEY_DELAY,
    KEY_INSIDE,
    KEY_EXCLUDE,
    KEY_LIVE,
    KEY_MEMORY,
    KEY_ALLOC,
    KEY_TIME,
};

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, "What is measured:", 10},
    {"mode", KEY_MODE, "MODE", 0,
     "How to measure: auto (the default) samples where the CPU time goes and counts the lines of "
     "marked and chosen functions, sample only takes samples, exact counts all functions where "
     "none is marked or chosen, step counts by stepping through chosen functions one instruction "
     "at a time: slow for what runs long.",
     0},
    {"hits", 'x', NULL, 0,
     "Count how often each line of the program runs: short for --mode exact --all.", 0},
    {"exclude", KEY_EXCLUDE, "GLOB", 0,
     "Count no function with such a name: its code stays as it is, and is only sampled. Names are "
     "as "
     "for -f. May be given several times.",
     0},
    {"rate", 'F', "HZ", 0,
     "Take HZ samples per second of CPU time (default 1000). With 0 nothing is sampled.", 0},
    {"time", KEY_TIME, "HOW", 0,
     "How times are measured: sampled (the default), or calls, which besides times each call of "
     "the "
     "functions that are counted: total, shortest and longest, by the wall clock. Functions that "
     "are called more than 500 000 times a second are left to the samples.",
     0},
    {"memory", KEY_MEMORY, NULL, 0,
     "Measure besides which lines make the program's memory grow, page by page, and which "
     "allocate.",
     0},
    {"alloc", KEY_ALLOC, "HOW", 0,
     "How allocations are measured with --memory: sampled (the default) takes samples by bytes, "
     "full "
     "takes every one, which slows down programs that allocate much, none leaves them out.",
     0},
    {"no-children", KEY_NO_CHILDREN, NULL, 0,
     "Measure only the program itself, not the programs it starts.", 0},
    {"delay", KEY_DELAY, "SECONDS", 0,
     "Measure only after so many seconds, such as 0.5: what the program starts with is left out.",
     0},
    {"inside", KEY_INSIDE, "GLOB", 0,
     "Measure only while a function with such a name is running or has called what runs. Names are "
     "as for -f. May be given several times.",
     0},
    {NULL, 0, NULL, 0, "Where it goes:", 20},
    {"output", 'o', "FILE", 0,
     "Save the profile as FILE (default: PROGRAM.lprof in the current folder). %p is the process "
     "id, "
     "%r the MPI or Slurm rank, %h the host, %% a percent sign. A profile that is there already is "
     "kept as FILE.old.",
     0},
    {"quiet", 'q', NULL, 0, "Print no messages but errors, and the report.", 0},
    {"verbose", 'v', NULL, 0, "Say how the measuring was done and what it cost.", 0},
    {"live", KEY_LIVE, NULL, 0,
     "Show time, samples and the hottest line while the program runs. This is the default when "
     "the program's input and output are not the terminal.",
     0},
    {0},
};

struct capture_options capture_options_defaults(const struct usage *usage)
{
    return (struct capture_options){.usage = usage,
                                    .mode = "auto",
                                    .rate_hz = DEFAULT_RATE_HZ,
                                    .children = true,
                                    .alloc = COLLECTOR_ALLOC_SAMPLED};
}

void capture_options_check_pattern(const struct usage *usage, const char *option,
                                   const char *pattern)
{
    char bad = output_name_bad_letter(pattern);

    if (*pattern == '\0')
        usage_fail(usage, "option '%s': the name of the file is empty", option);
    if (bad)
        usage_fail(usage, "option '%s': '%%%c' is none of %%p %%r %%h %%%%: %s", option, bad,
                   pattern);
}

static void parse_mode(struct capture_options *capture, const char *arg)
{
    if (strcmp(arg, "auto") == 0 || strcmp(arg, "sample") == 0 || strcmp(arg, "exact") == 0 ||
        strcmp(arg, "step") == 0)
        capture->mode = arg;
    else
        usage_fail(capture->usage, "option '--mode': '%s' is none of auto, sample, exact, step",
                   arg);
}

static void parse_time(struct capture_options *capture, const char *arg)
{
    capture->time_calls = strcmp(arg, "calls") == 0;
    if (!capture->time_calls && strcmp(arg, "sampled") != 0)
        usage_fail(capture->usage, "option '--time': '%s' is none of sampled, calls", arg);
}

static void parse_alloc(struct capture_options *capture, const char *arg)
{
    static const char *const names[] = {[COLLECTOR_ALLOC_NONE] = "none",
                                        [COLLECTOR_ALLOC_SAMPLED] = "sampled",
                                        [COLLECTOR_ALLOC_FULL] = "full"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(arg, names[i]) == 0) {
            capture->alloc = (enum collector_alloc)i;
            capture->memory = true;
            return;
        }
    }
    usage_fail(capture->usage, "option '--alloc': '%s' is none of sampled, full, none", arg);
}

static void parse_rate(struct capture_options *capture, const char *arg)
{
    char *end;

    errno = 0;
    unsigned long rate = strtoul(arg, &end, 10);
    if (!isdigit((unsigned char)*arg) || *end || errno || rate > MAX_RATE_HZ)
        usage_fail(capture->usage, "option '--rate': '%s' is no whole number from 0 to %d", arg,
                   MAX_RATE_HZ);
    capture->rate_hz = (uint32_t)rate;
}

static void parse_delay(struct capture_options *capture, const char *arg)
{
    char *end;
    double seconds = strtod(arg, &end);

    if (!isdigit((unsigned char)*arg) || *end || !(seconds >= 0 && seconds <= MAX_DELAY_S))
        usage_fail(capture->usage, "option '--delay': '%s' is no number of seconds from 0 to %d",
                   arg, MAX_DELAY_S);
    capture->delay_ns = (int64_t)(seconds * 1e9);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct capture_options *capture = state->input;

    switch (key) {
    case KEY_MODE:
        parse_mode(capture, arg);
        return 0;
    case 'x':
        capture->mode = "exact";
        capture->hits = true;
        return 0;
    case 'F':
        parse_rate(capture, arg);
        return 0;
    case KEY_NO_CHILDREN:
        capture->children = false;
        return 0;
    case KEY_DELAY:
        parse_delay(capture, arg);
        return 0;
    case KEY_INSIDE:
        word_list_add(&capture->inside, arg);
        return 0;
    case KEY_EXCLUDE:
        word_list_add(&capture->exclude, arg);
        return 0;
    case 'o':
        capture_options_check_pattern(capture->usage, "--output", arg);
        capture->output = arg;
        return 0;
    case 'q':
        capture->level = MESSAGE_QUIET;
        return 0;
    case 'v':
        capture->level = MESSAGE_VERBOSE;
        return 0;
    case KEY_MEMORY:
        capture->memory = true;
        return 0;
    case KEY_ALLOC:
        parse_alloc(capture, arg);
        return 0;
    case KEY_TIME:
        parse_time(capture, arg);
        return 0;
    case KEY_LIVE:
        capture->live = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp capture_options_argp = {.options = options, .parser = parse};

void capture_options_finish(struct capture_options *capture)
{
    const char *option = capture->delay_ns ? "--delay" : capture->inside.n ? "--inside" : NULL;

    if (option && (strcmp(capture->mode, "step") == 0 || strcmp(capture->mode, "exact") == 0))
        usage_fail(capture->usage, "%s is for samples: it does not go with --mode %s", option,
                   capture->mode);
    if (capture->time_calls &&
        (option || strcmp(capture->mode, "sample") == 0 || strcmp(capture->mode, "step") == 0))
        usage_fail(capture->usage,
                   "--time calls is for functions that are counted: it does not go with %s",
                   option                               ? option
                   : strcmp(capture->mode, "step") == 0 ? "--mode step"
                                                        : "--mode sample");
}

struct choice_options capture_options_inside(const struct capture_options *capture)
{
    return (struct choice_options){.functions = (const char *const *)capture->inside.items,
                                   .n_functions = capture->inside.n};
}

struct choice_options capture_options_exclude(const struct capture_options *capture)
{
    return (struct choice_options){.functions = (const char *const *)capture->exclude.items,
                                   .n_functions = capture->exclude.n};
}

void capture_options_deinit(struct capture_options *capture)
{
    word_list_deinit(&capture->exclude);
    word_list_deinit(&capture->inside);
}
