#include "usage.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad_option.h"
#include "base/cleanup.h"
#include "base/mem.h"
#include "message.h"
#include "output.h"

void usage_fail(const struct usage *usage, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    CLEANUP(cleanup_free) char *what = mem_vprintf(format, args);
    va_end(args);
    message_say("%s; see %s --help", what, usage->name);
    exit(USAGE_STATUS);
}

_Noreturn static void print_help(const struct usage *usage)
{
    // The user's own ARGP_HELP_FMT wins.
    setenv("ARGP_HELP_FMT",
           "no-dup-args-note,short-opt-col=2,long-opt-col=6,opt-doc-col=26,rmargin=84", 0);
    printf("Usage: %s\n%s\n", usage->synopsis, usage->about);
    argp_help(usage->argp, stdout, ARGP_HELP_LONG, (char *)(uintptr_t)usage->name);
    printf("\n%s", usage->examples);
    exit(output_finish_stdout());
}

_Noreturn static void print_version(void)
{
    puts("lprof " LPROF_VERSION);
    exit(output_finish_stdout());
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    switch (key) {
    case 'h':
        print_help(state->input);
    case 'V':
        print_version();
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option common_options[] = {
    {NULL, 0, NULL, 0, "Help:", -1},
    {"help", 'h', NULL, 0, "Show this help.", 0},
    {"version", 'V', NULL, 0, "Show the version of lprof.", 0},
    {0},
};

const struct argp usage_common_argp = {.options = common_options, .parser = parse_common};

void usage_parse(const struct usage *usage, int argc, char **argv, void *input)
{
    // argp's own messages take two lines and name neither the command nor what it does offer.
    unsigned flags = ARGP_IN_ORDER | ARGP_NO_ERRS | ARGP_NO_HELP;

    if (argp_parse(usage->argp, argc, argv, flags, NULL, input) == 0)
        return;
    CLEANUP(cleanup_free) char *what = bad_option_describe(usage->argp, argc, argv);
    usage_fail(usage, "%s", what ? what : "the options cannot be understood");
}
