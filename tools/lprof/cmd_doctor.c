#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "cmd.h"
#include "doctor/examine_machine.h"
#include "doctor/examine_module.h"
#include "message.h"
#include "output.h"
#include "progress.h"
#include "run_signals.h"
#include "target/exec.h"
#include "usage.h"
#include "word_list.h"

struct doctor_input {
    const struct usage *usage;
    struct word_list programs;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct doctor_input *input = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = (void *)(uintptr_t)input->usage;
        return 0;
    case ARGP_KEY_ARG:
        word_list_add(&input->programs, arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&usage_common_argp, 0, NULL, 0}, {0}};

static const struct argp doctor_argp = {.parser = parse, .children = children};

static const struct usage doctor_usage = {
    .name = "lprof doctor",
    .synopsis = "lprof doctor [PROGRAM]\n",
    .about =
        "Tell what lprof can do on this machine, and what it can tell of PROGRAM and its\n"
        "libraries: where their debug info is, how much of their code it covers, which sources\n"
        "are missing. What could be better is followed by what mends it.\n",
    .examples =
        "Examples:\n"
        "  lprof doctor                             this machine\n"
        "  lprof doctor ./app                       and a program with its libraries\n"
        "\n"
        "The exit status is 1 when nothing can be sampled, or the program has no line info\n"
        "or cannot be read; 2 for wrong options; else 0.\n",
    .argp = &doctor_argp,
};

static void print(const struct findings *findings, FILE *out)
{
    static const char *const grades[] = {
        [FINDING_OK] = "ok", [FINDING_REMARK] = "remark", [FINDING_BAD] = "FAILS"};

    for (size_t i = 0; i < findings->n; i++) {
        const struct finding *finding = &findings->items[i];
        if (!i || strcmp(findings->items[i - 1].subject, finding->subject) != 0)
            fprintf(out, "%s\n", finding->subject);
        fprintf(out, "  %-8s%s\n", grades[finding->grade], finding->text);
        if (finding->remedy)
            fprintf(out, "          -> %s\n", finding->remedy);
    }
}

static struct lprof_error *examine(const struct doctor_input *input, struct findings *findings)
{
    examine_machine(findings);
    if (!input->programs.n)
        return NULL;
    const char *program = input->programs.items[0];
    char *found = access(program, F_OK) == 0 ? NULL : exec_find(program);
    CLEANUP(cleanup_free) char *path = found ? found : mem_strdup(program);
    return progress_examine(findings, path);
}

int cmd_doctor(int argc, char **argv)
{
    struct doctor_input input = {.usage = &doctor_usage};
    struct findings findings = {0};

    usage_parse(&doctor_usage, argc, argv, &input);
    if (input.programs.n > 1)
        usage_fail(&doctor_usage, "there is more than one program to examine: %s",
                   input.programs.items[1]);
    run_signals_ignore_pipe();
    struct lprof_error *err = examine(&input, &findings);
    print(&findings, stdout);
    int status = output_finish_stdout();
    if (err || findings_are_bad(&findings))
        status = EXIT_FAILURE;
    message_error(err);
    findings_deinit(&findings);
    word_list_deinit(&input.programs);
    return status;
}
