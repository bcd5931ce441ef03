#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "cmd.h"
#include "list_rows.h"
#include "message.h"
#include "output.h"
#include "pager.h"
#include "run_signals.h"
#include "target/exec.h"
#include "usage.h"
#include "word_list.h"

enum list_key {
    KEY_SOURCE = 0x500,
    KEY_MINE,
    KEY_NOT_MINE,
};

struct list_input {
    const struct usage *usage;
    struct word_list functions;
    struct word_list sources;
    struct word_list mine;
    struct word_list not_mine;
    struct word_list programs;
    bool only_mine;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct list_input *input = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = (void *)(uintptr_t)input->usage;
        return 0;
    case 'f':
        word_list_add(&input->functions, arg);
        return 0;
    case KEY_SOURCE:
        word_list_add(&input->sources, arg);
        return 0;
    case KEY_MINE:
        input->only_mine = true;
        if (arg)
            word_list_add(&input->mine, arg);
        return 0;
    case KEY_NOT_MINE:
        input->only_mine = true;
        word_list_add(&input->not_mine, arg);
        return 0;
    case ARGP_KEY_ARG:
        word_list_add(&input->programs, arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, "Which functions are listed:", 10},
    {"function", 'f', "GLOB", 0,
     "Those with a name that matches GLOB, with or without parameters, or with such a linkage "
     "name; "
     "FILE:NAME narrows it to files. May be given several times.",
     0},
    {"source", KEY_SOURCE, "GLOB", 0, "Those defined in files that match GLOB.", 0},
    {"mine", KEY_MINE, "GLOB", OPTION_ARG_OPTIONAL,
     "Those of your project; files that match GLOB are part of it.", 0},
    {"not-mine", KEY_NOT_MINE, "GLOB", 0,
     "Those of your project; files that match GLOB are no part of it.", 0},
    {0},
};

static const struct argp_child children[] = {{&usage_common_argp, 0, NULL, 0}, {0}};

static const struct argp list_argp = {.options = options, .parser = parse, .children = children};

static const struct usage list_usage = {
    .name = "lprof list",
    .synopsis = "lprof list [OPTION...] PROGRAM\n",
    .about =
        "List the functions of a program or library by file and line: whether the source marks\n"
        "them (LPROF_FUNC of lprof/lprof.h), whether they have code of their own or are only\n"
        "inlined, where they are defined, their name.\n",
    .examples =
        "Examples:\n"
        "  lprof list ./app                         all functions\n"
        "  lprof list -f 'parse*' ./app             those called parse...\n"
        "  lprof list ./app | grep ^marked          those that are marked\n"
        "  lprof list --source 'src/*.c' --mine /usr/lib/libfoo.so\n"
        "\n"
        "The exit status is 0, 1 when the file cannot be read or nothing matches, 2 for wrong\n"
        "options.\n",
    .argp = &list_argp,
};

static const char *const *words_of(const struct word_list *list)
{
    return (const char *const *)list->items;
}

static struct list_options options_of(const struct list_input *input)
{
    return (struct list_options){
        .choice = {.functions = words_of(&input->functions),
                   .n_functions = input->functions.n,
                   .sources = words_of(&input->sources),
                   .n_sources = input->sources.n},
        .project = {.mine = words_of(&input->mine),
                    .n_mine = input->mine.n,
                    .not_mine = words_of(&input->not_mine),
                    .n_not_mine = input->not_mine.n},
        .mine = input->only_mine,
    };
}

static struct lprof_error *check(struct object *obj, const struct list_options *list)
{
    size_t n = 0;
    CLEANUP(cleanup_free) struct choice_subject *subjects = choice_subjects(obj, &n);

    return choice_unmatched(&list->choice, subjects, n, object_path(obj));
}

static void say_notes(struct object *obj)
{
    const struct object_marks *marks = object_marks(obj);
    const char *problem = object_debug_problem(obj);
    size_t n_lineless = 0;

    for (size_t i = 0; i < marks->count; i++)
        n_lineless += !marks->items[i].function || !marks->items[i].function->file;
    if (n_lineless)
        message_say("note: %zu marked functions have no line info; build their files with -g",
                    n_lineless);
    if (marks->n_patched)
        message_say("note: %zu functions of %s and the like have entries because they were built "
                    "with -fpatchable-function-entry: that marks none; choose them with -f",
                    marks->n_patched, marks->patched_unit ? marks->patched_unit : "the program");
    if (marks->n_discarded)
        message_say("note: %zu marked functions were discarded by the linker", marks->n_discarded);
    if (problem)
        message_say("note: %s", problem);
}

static struct lprof_error *print(struct object *obj, const struct list_options *list)
{
    struct list_rows rows;
    struct pager pager;

    list_rows_init(&rows, obj, list);
    say_notes(obj);
    bool paged = pager_start(&pager);
    struct output *output = output_open_fd(paged ? pager.fd : STDOUT_FILENO, "standard output");
    list_rows_print(&rows, obj, output->stream);
    struct lprof_error *err = output_close(output);
    if (paged)
        pager_finish(&pager);
    list_rows_deinit(&rows);
    return err;
}

// A file is a file whatever PATH says; a program that is no file here is the one that would run.
static char *find_file(const char *program)
{
    char *found = access(program, F_OK) == 0 ? NULL : exec_find(program);

    return found ? found : mem_strdup(program);
}

static struct lprof_error *list(const struct list_input *input)
{
    CLEANUP(cleanup_free) char *path = find_file(input->programs.items[0]);
    const struct list_options chosen = options_of(input);
    struct object *obj = NULL;
    struct lprof_error *err = object_open(path, NULL, &obj);

    if (err)
        return err;
    err = check(obj, &chosen);
    if (!err)
        err = print(obj, &chosen);
    object_destroy(obj);
    return err;
}

// Elsewhere the word behind --mine is its GLOB, so here it may be, too.
static void take_glob_of_mine(struct list_input *input)
{
    if (input->programs.n != 2 || !input->only_mine || input->mine.n || input->not_mine.n)
        return;
    word_list_add(&input->mine, input->programs.items[0]);
    free(input->programs.items[0]);
    input->programs.items[0] = input->programs.items[--input->programs.n];
}

int cmd_list(int argc, char **argv)
{
    struct list_input input = {.usage = &list_usage};

    usage_parse(&list_usage, argc, argv, &input);
    take_glob_of_mine(&input);
    if (input.programs.n == 0)
        usage_fail(&list_usage, "there is no program to list");
    if (input.programs.n > 1)
        usage_fail(&list_usage, "there is more than one program to list: %s",
                   input.programs.items[1]);
    run_signals_ignore_pipe();
    struct lprof_error *err = list(&input);
    int status = err ? EXIT_FAILURE : EXIT_SUCCESS;
    message_error(err);
    word_list_deinit(&input.functions);
    word_list_deinit(&input.sources);
    word_list_deinit(&input.mine);
    word_list_deinit(&input.not_mine);
    word_list_deinit(&input.programs);
    return status;
}
