#include "choose_options.h"

enum choose_key {
    KEY_SOURCE = 0x400,
    KEY_ALL,
};

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, "Which functions come first:", 15},
    {"function", 'f', "GLOB", 0,
     "Choose functions by name: they are shown first, whatever they cost. The name is as in the "
     "source, with or without parameters, or as in the symbol table; FILE:NAME narrows it to "
     "files. "
     "May be given several times.",
     0},
    {"source", KEY_SOURCE, "GLOB", 0, "Choose every function defined in files that match GLOB.", 0},
    {"all", KEY_ALL, NULL, 0, "Treat all functions alike: ignore marks in the source.", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct choose_options *choose = state->input;

    switch (key) {
    case 'f':
        word_list_add(&choose->functions, arg);
        return 0;
    case KEY_SOURCE:
        word_list_add(&choose->sources, arg);
        return 0;
    case KEY_ALL:
        choose->all = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp choose_options_argp = {.options = options, .parser = parse};

struct choice_options choose_options_choice(const struct choose_options *choose)
{
    return (struct choice_options){
        .functions = (const char *const *)choose->functions.items,
        .n_functions = choose->functions.n,
        .sources = (const char *const *)choose->sources.items,
        .n_sources = choose->sources.n,
        .all = choose->all,
    };
}

void choose_options_deinit(struct choose_options *choose)
{
    word_list_deinit(&choose->functions);
    word_list_deinit(&choose->sources);
}
