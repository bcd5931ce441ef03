#include <stdint.h>
#include <string.h>

#include "capture_options.h"
#include "choose_options.h"
#include "cmd.h"
#include "print_options.h"
#include "recording.h"
#include "usage.h"

enum { KEY_REPORT_FILE = 0x300 };

/** What the parsers of both commands fill. */
struct run_input {
    const struct usage *usage;
    struct capture_options capture;
    struct choose_options choose;
    struct print_options print;
    const char *report_file;
    char **program;
};

// The first word that is no option is the program; what follows is its own.
static void take_program(struct run_input *input, struct argp_state *state)
{
    input->program = state->argv + state->next - 1;
    state->next = state->argc;
}

static error_t parse_record(int key, char *arg, struct argp_state *state)
{
    struct run_input *input = state->input;

    (void)arg;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &input->capture;
        state->child_inputs[1] = &input->choose;
        state->child_inputs[2] = (void *)(uintptr_t)input->usage;
        return 0;
    case ARGP_KEY_ARG:
        take_program(input, state);
        return 0;
    case ARGP_KEY_NO_ARGS:
        usage_fail(input->usage, "there is no program to run");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_run(int key, char *arg, struct argp_state *state)
{
    struct run_input *input = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &input->capture;
        state->child_inputs[1] = &input->choose;
        state->child_inputs[2] = &input->print;
        state->child_inputs[3] = (void *)(uintptr_t)input->usage;
        return 0;
    case KEY_REPORT_FILE:
        capture_options_check_pattern(input->usage, "--report-file", arg);
        input->report_file = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (cmd_is_name(arg) && !state->quoted)
            usage_fail(input->usage,
                       "the command '%s' must come before its options; to run a program called %s: "
                       "put -- in front of it",
                       arg, arg);
        take_program(input, state);
        return 0;
    case ARGP_KEY_NO_ARGS:
        usage_fail(input->usage, "there is no program to run");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option run_options[] = {
    {"report-file", KEY_REPORT_FILE, "FILE", 0,
     "Write the report to FILE instead of the terminal. Formats other than text need it.", 20},
    {0},
};

static const struct argp_child record_children[] = {{&capture_options_argp, 0, NULL, 0},
                                                    {&choose_options_argp, 0, NULL, 0},
                                                    {&usage_common_argp, 0, NULL, 0},
                                                    {0}};

static const struct argp_child run_children[] = {{&capture_options_argp, 0, NULL, 0},
                                                 {&choose_options_argp, 0, NULL, 0},
                                                 {&print_options_argp, 0, NULL, 0},
                                                 {&usage_common_argp, 0, NULL, 0},
                                                 {0}};

static const struct argp record_argp = {.parser = parse_record, .children = record_children};

static const struct argp run_argp = {
    .options = run_options, .parser = parse_run, .children = run_children};

static const struct usage record_usage = {
    .name = "lprof record",
    .synopsis = "lprof record [OPTION...] [--] PROGRAM [ARG...]\n",
    .about = "Run PROGRAM and save where its time goes, without printing a report.\n"
             "Build PROGRAM with -g so that there are lines to show.\n",
    .examples =
        "Examples:\n"
        "  lprof record ./app input.txt        run, save app.lprof\n"
        "  lprof record -o run-%p.lprof ./app  one profile per process\n"
        "  mpirun -n 4 lprof record -o app-%r.lprof ./app\n"
        "\n"
        "The exit status is that of PROGRAM; 125 when it could not be measured, 126 or 127\n"
        "when it could not be run, 2 for wrong options.\n",
    .argp = &record_argp,
};

static const struct usage run_usage = {
    .name = "lprof",
    .synopsis = "lprof [OPTION...] [--] PROGRAM [ARG...]\n"
                "       lprof COMMAND [OPTION...] ...\n",
    .about =
        "Run PROGRAM, then print its source with the time of each line on standard error, and\n"
        "save the profile as PROGRAM.lprof. Build PROGRAM with -g; optimization stays on.\n"
        "\n"
        "Commands (lprof COMMAND --help tells more):\n"
        "  record PROGRAM [ARG...]  run and save, without the report\n"
        "  report [FILE...]         print the report of saved profiles\n"
        "  merge -o OUT FILE...     make one profile out of many\n"
        "  list PROGRAM             its functions, and which of them are marked\n"
        "  doctor [PROGRAM]         what works here and for the program, and what mends the rest\n"
        "\n"
        "To run a program that has the name of a command: lprof -- report\n",
    .examples =
        "Examples:\n"
        "  lprof ./app input.txt          run and see the hottest lines\n"
        "  lprof report                   see them again\n"
        "  lprof report -n 3              only the three hottest functions\n"
        "  lprof report -n main.c --full  every line of the functions of main.c\n"
        "  lprof report --format json     for scripts\n"
        "\n"
        "The exit status is that of PROGRAM; 125 when it could not be measured, 126 or 127\n"
        "when it could not be run, 2 for wrong options.\n",
    .argp = &run_argp,
};

static struct choice_options choice_of(const struct run_input *input)
{
    struct choice_options choice = choose_options_choice(&input->choose);

    choice.all = choice.all || input->capture.hits;
    choice.excluded = (const char *const *)input->capture.exclude.items;
    choice.n_excluded = input->capture.exclude.n;
    return choice;
}

int cmd_record(int argc, char **argv)
{
    struct run_input input = {.usage = &record_usage,
                              .capture = capture_options_defaults(&record_usage)};

    usage_parse(&record_usage, argc, argv, &input);
    capture_options_finish(&input.capture);
    const struct choice_options choice = choice_of(&input);
    int status = recording_run(&(struct recording){
        .capture = &input.capture, .choice = &choice, .program = input.program});
    choose_options_deinit(&input.choose);
    capture_options_deinit(&input.capture);
    return status;
}

int cmd_run(int argc, char **argv)
{
    struct run_input input = {.usage = &run_usage,
                              .capture = capture_options_defaults(&run_usage),
                              .print = print_options_defaults(&run_usage)};

    usage_parse(&run_usage, argc, argv, &input);
    capture_options_finish(&input.capture);
    print_options_finish(&input.print);
    input.capture.memory |= strcmp(input.print.view, "memory") == 0;
    if (strcmp(input.print.format, "text") != 0 && !input.report_file)
        usage_fail(&run_usage, "--format %s needs --report-file FILE when a program is run",
                   input.print.format);
    const struct choice_options choice = choice_of(&input);
    int status = recording_run(&(struct recording){.capture = &input.capture,
                                                   .choice = &choice,
                                                   .print = &input.print,
                                                   .report_file = input.report_file,
                                                   .program = input.program});
    print_options_deinit(&input.print);
    choose_options_deinit(&input.choose);
    capture_options_deinit(&input.capture);
    return status;
}
