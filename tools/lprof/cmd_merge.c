#include <stdint.h>
#include <stdlib.h>

#include "cmd.h"
#include "load.h"
#include "message.h"
#include "profile/pprof.h"
#include "run_signals.h"
#include "usage.h"
#include "word_list.h"

struct merge_input {
    const struct usage *usage;
    const char *output;
    struct word_list files;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct merge_input *input = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = (void *)(uintptr_t)input->usage;
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
    {"output", 'o', "OUT", 0,
     "Save the merged profile as OUT. A file that is there already is kept as OUT.old.", 0},
    {0},
};

static const struct argp_child children[] = {{&usage_common_argp, 0, NULL, 0}, {0}};

static const struct argp merge_argp = {.options = options, .parser = parse, .children = children};

static const struct usage merge_usage = {
    .name = "lprof merge",
    .synopsis = "lprof merge -o OUT FILE...\n",
    .about = "Make one profile out of many: of the processes, ranks or runs of a program.\n",
    .examples =
        "Example:\n"
        "  lprof merge -o all.lprof rank-*.lprof\n"
        "\n"
        "The exit status is 0, 1 when a file cannot be read or written, 2 for wrong options.\n",
    .argp = &merge_argp,
};

static struct lprof_error *merge(const struct merge_input *input)
{
    struct profile *profile;
    struct lprof_error *err = load_merged(input->files.items, input->files.n, &profile);

    if (err)
        return err;
    err = pprof_save(profile, input->output);
    profile_destroy(profile);
    return error_wrap(err, "the profile cannot be saved");
}

int cmd_merge(int argc, char **argv)
{
    struct merge_input input = {.usage = &merge_usage};

    usage_parse(&merge_usage, argc, argv, &input);
    if (!input.output)
        usage_fail(&merge_usage, "there is no -o OUT to save the merged profile to");
    if (input.files.n == 0)
        usage_fail(&merge_usage, "there are no files to merge");
    run_signals_ignore_pipe();
    struct lprof_error *err = merge(&input);
    int status = err ? EXIT_FAILURE : EXIT_SUCCESS;
    message_error(err);
    word_list_deinit(&input.files);
    return status;
}
