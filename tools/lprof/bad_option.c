#include "bad_option.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/** The options whose long name starts like a word; `exact` ends the search. */
struct match {
    const char *word;
    size_t length;
    const struct argp_option *first;
    bool exact;
    char *others; ///< ", --b, --c" when several match; NULL else.
};

static void match_one(struct match *match, const struct argp_option *option)
{
    if (match->exact || !option->name || strncmp(option->name, match->word, match->length) != 0)
        return;
    if (strlen(option->name) == match->length) {
        match->exact = true;
        match->first = option;
    } else if (!match->first) {
        match->first = option;
    } else if (match->first->key != option->key) {
        char *grown = mem_printf("%s, --%s", match->others ? match->others : "", option->name);
        free(match->others);
        match->others = grown;
    }
}

static bool is_end(const struct argp_option *option)
{
    return !option->name && !option->key && !option->doc && !option->group;
}

static void match_all(struct match *match, const struct argp *argp)
{
    for (const struct argp_option *o = argp->options; o && !is_end(o); o++)
        match_one(match, o);
    for (const struct argp_child *c = argp->children; c && c->argp; c++)
        match_all(match, c->argp);
}

static const struct argp_option *find_short(const struct argp *argp, int key)
{
    for (const struct argp_option *o = argp->options; o && !is_end(o); o++) {
        if (o->key == key)
            return o;
    }
    for (const struct argp_child *c = argp->children; c && c->argp; c++) {
        const struct argp_option *found = find_short(c->argp, key);
        if (found)
            return found;
    }
    return NULL;
}

// Both checks return what is wrong, or NULL, and say whether the next word is the option's value.

static char *check_long(const struct argp *argp, const char *word, bool last, bool *takes_next_ret)
{
    struct match match = {.word = word + 2, .length = strcspn(word + 2, "=")};
    int shown = (int)match.length + 2;
    bool has_value = word[shown] == '=';
    char *what = NULL;

    match_all(&match, argp);
    if (!match.first)
        what = mem_printf("unknown option '%.*s'", shown, word);
    else if (match.others && !match.exact)
        what = mem_printf("option '%.*s' is ambiguous: --%s%s", shown, word, match.first->name,
                          match.others);
    else if (has_value && !match.first->arg)
        what = mem_printf("option '--%s' takes no value", match.first->name);
    else if (!has_value && match.first->arg && last)
        what = mem_printf("option '--%s' needs a value: %s", match.first->name, match.first->arg);
    *takes_next_ret = match.first && match.first->arg && !has_value;
    free(match.others);
    return what;
}

static char *check_short(const struct argp *argp, const char *word, bool last, bool *takes_next_ret)
{
    *takes_next_ret = false;
    for (const char *c = word + 1; *c; c++) {
        const struct argp_option *option = find_short(argp, *c);
        if (!option)
            return mem_printf("unknown option '-%c'", *c);
        if (!option->arg)
            continue;
        *takes_next_ret = c[1] == '\0';
        if (*takes_next_ret && last)
            return mem_printf("option '-%c' needs a value: %s", *c, option->arg);
        break;
    }
    return NULL;
}

char *bad_option_describe(const struct argp *argp, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        bool last = i + 1 == argc;
        bool takes_next = false;
        char *what = NULL;

        if (strcmp(word, "--") == 0)
            break;
        if (word[0] != '-' || word[1] == '\0')
            continue;
        if (word[1] == '-')
            what = check_long(argp, word, last, &takes_next);
        else
            what = check_short(argp, word, last, &takes_next);
        if (what)
            return what;
        i += takes_next;
    }
    return NULL;
}
