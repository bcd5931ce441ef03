#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/chosen.h"
#include "base/cleanup.h"
#include "choose_options.h"
#include "cmd.h"
#include "load.h"
#include "message.h"
#include "print_options.h"
#include "progress.h"
#include "report_print.h"
#include "run_signals.h"
#include "usage.h"
#include "word_list.h"

struct report_input {
    const struct usage *usage;
    struct choose_options choose;
    struct print_options print;
    const char *output;
    struct word_list files;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct report_input *input = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &input->choose;
        state->child_inputs[1] = &input->print;
        state->child_inputs[2] = (void *)(uintptr_t)input->usage;
        return 0;
    case 'o':
        if (*arg == '\0')
            usage_fail(input->usage, "option '--output': the name of the file is empty");
        input->output = arg;
        return 0;
    case ARGP_KEY_ARG:
        word_list_add(&input->files, arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "Write the report to FILE.", 20},
    {0},
};

static const struct argp_child children[] = {{&choose_options_argp, 0, NULL, 0},
                                             {&print_options_argp, 0, NULL, 0},
                                             {&usage_common_argp, 0, NULL, 0},
                                             {0}};

static const struct argp report_argp = {.options = options, .parser = parse, .children = children};

static const struct usage report_usage = {
    .name = "lprof report",
    .synopsis = "lprof report [OPTION...] [FILE...]\n",
    .about =
        "Print the report of saved profiles. Several are merged first; without FILE it is the\n"
        "newest *.lprof file of the current folder.\n",
    .examples =
        "Examples:\n"
        "  lprof report                            the newest profile here\n"
        "  lprof report rank-*.lprof               many as one\n"
        "  lprof report --view summary -n 20       the 20 hottest functions\n"
        "  lprof report -n 'parse.*' --full        every line of the functions that match\n"
        "  lprof report --format json -o out.json  for scripts\n"
        "\n"
        "On a terminal the report is shown by LPROF_PAGER, else PAGER, else less.\n"
        "The exit status is 0, 1 when a file cannot be read or written, 2 for wrong options.\n",
    .argp = &report_argp,
};

static struct lprof_error *load(const struct report_input *input, struct profile **ret)
{
    if (input->files.n)
        return load_merged(input->files.items, input->files.n, ret);
    CLEANUP(cleanup_free) char *newest = load_newest();
    if (!newest)
        return error_hint(
            error_create(LPROF_ERROR_INVALID, "there is no *.lprof file in this folder"),
            "to make one: lprof PROGRAM");
    return load_merged(&newest, 1, ret);
}

static struct lprof_error *choose(const struct report_input *input, struct profile *profile)
{
    const struct choice_options choice = choose_options_choice(&input->choose);
    struct lprof_error *err = chosen_check_profile(profile, &choice);

    if (!err)
        chosen_mark(profile, &choice);
    if (!err)
        err = chosen_keep_regions(profile, (const char *const *)input->print.regions.items,
                                  input->print.regions.n);
    return err;
}

static struct lprof_error *print(const struct report_input *input)
{
    struct report_place place = {
        .fd = STDOUT_FILENO, .name = "standard output", .paged = true, .file = input->output};
    struct profile *profile = NULL;
    struct lprof_error *err = load(input, &profile);

    if (err)
        return err;
    progress_symbolize(profile, NULL, false);
    err = choose(input, profile);
    if (!err)
        err = error_wrap(report_print(profile, &input->print, &place),
                         "the report cannot be written");
    profile_destroy(profile);
    return err;
}

int cmd_report(int argc, char **argv)
{
    struct report_input input = {.usage = &report_usage,
                                 .print = print_options_defaults(&report_usage)};

    usage_parse(&report_usage, argc, argv, &input);
    print_options_finish(&input.print);
    if (strcmp(input.print.format, "pstats") == 0 && !input.output && isatty(STDOUT_FILENO))
        usage_fail(&report_usage, "--format pstats is no text for a terminal: add -o FILE");
    run_signals_ignore_pipe();
    struct lprof_error *err = print(&input);
    int status = err ? EXIT_FAILURE : EXIT_SUCCESS;
    message_error(err);
    word_list_deinit(&input.files);
    print_options_deinit(&input.print);
    choose_options_deinit(&input.choose);
    return status;
}
