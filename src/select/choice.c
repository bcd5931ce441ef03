#include "select/choice.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "select/function_glob.h"
#include "select/nearest.h"
#include "select/project.h"

// The colon of FILE:NAME, or NULL: one that is no part of "::".
static const char *find_colon(const char *glob)
{
    for (const char *c = strchr(glob, ':'); c; c = strchr(c, ':')) {
        if (c[1] != ':')
            return c > glob && c[1] ? c : NULL;
        c += 2;
    }
    return NULL;
}

static bool fits_file(const char *glob, const char *colon, const char *file)
{
    CLEANUP(cleanup_free) char *start = mem_printf("%.*s", (int)(colon - glob), glob);

    return file && project_glob_matches(start, file);
}

static bool fits_name(const char *glob, const struct choice_subject *subject)
{
    const char *colon = find_colon(glob);

    if (function_glob_matches(glob, subject->name, subject->linkage_name))
        return true;
    return colon && function_glob_matches(colon + 1, subject->name, subject->linkage_name) &&
           fits_file(glob, colon, subject->file);
}

static bool fits_source(const char *glob, const struct choice_subject *subject)
{
    return subject->file && project_glob_matches(glob, subject->file);
}

bool choice_is_asked(const struct choice_options *options)
{
    return options->n_functions || options->n_sources;
}

bool choice_names(const struct choice_options *options, const struct choice_subject *subject)
{
    for (size_t i = 0; i < options->n_functions; i++)
        if (fits_name(options->functions[i], subject))
            return true;
    return false;
}

bool choice_excludes(const struct choice_options *options, const struct choice_subject *subject)
{
    for (size_t i = 0; i < options->n_excluded; i++)
        if (fits_name(options->excluded[i], subject))
            return true;
    return false;
}

bool choice_sources(const struct choice_options *options, const struct choice_subject *subject)
{
    for (size_t i = 0; i < options->n_sources; i++)
        if (fits_source(options->sources[i], subject))
            return true;
    return false;
}

bool choice_has(const struct choice_options *options, const struct choice_subject *subject)
{
    return choice_names(options, subject) || choice_sources(options, subject);
}

// ---- globs that choose nothing

// The subjects that a glob is about; names that it may have meant.
struct search {
    const struct choice_subject *subjects;
    size_t n_subjects;
    const char **names; // [n]
    char **owned;       // [n] What of the names is to be freed.
    size_t n;
};

static void search_init(struct search *search, const struct choice_subject *subjects, size_t n)
{
    *search = (struct search){
        .subjects = subjects,
        .n_subjects = n,
        .names = mem_alloc_array(n + 1, sizeof(char *)),
        .owned = mem_alloc_array(n + 1, sizeof(char *)),
    };
}

static void search_deinit(struct search *search)
{
    for (size_t i = 0; i < search->n; i++)
        free(search->owned[i]);
    free(search->owned);
    free(search->names);
}

static void gather_files(struct search *search)
{
    for (size_t i = 0; i < search->n_subjects; i++)
        if (search->subjects[i].file)
            search->names[search->n++] = path_basename(search->subjects[i].file);
}

// Names are compared without parameters, and without namespaces when the glob has none.
static void gather_functions(struct search *search, const char *glob, const char *colon)
{
    bool whole = strstr(colon ? colon + 1 : glob, "::") != NULL;

    for (size_t i = 0; i < search->n_subjects; i++) {
        const struct choice_subject *subject = &search->subjects[i];
        if (colon && !fits_file(glob, colon, subject->file))
            continue;
        char *stem = function_glob_stem(subject->name);
        search->owned[search->n] = stem;
        search->names[search->n++] = whole ? stem : function_glob_last_part(stem);
    }
}

// The names nearest to a glob, as "a, b, c"; NULL when none is near. Free it.
static char *list_nearest(const struct search *search, const char *glob)
{
    CLEANUP(cleanup_free) char *wanted = mem_strdup(glob);
    size_t found[NEAREST_MAX];
    char *list = NULL;
    size_t length = 0;

    for (const char *c = glob; *c; c++)
        if (!strchr("*?", *c))
            wanted[length++] = *c;
    wanted[length] = '\0';
    size_t n = nearest_find(wanted, search->names, search->n, found);
    for (size_t i = 0; i < n; i++) {
        CLEANUP(cleanup_free) char *before = list;
        list =
            mem_printf("%s%s%s", before ? before : "", before ? ", " : "", search->names[found[i]]);
    }
    return list;
}

// Takes what was searched.
static struct lprof_error *unmatched(struct search *search, const char *what, const char *glob,
                                     const char *wanted, const char *where)
{
    CLEANUP(cleanup_free) char *near = list_nearest(search, wanted);
    struct lprof_error *err =
        error_create(LPROF_ERROR_INVALID, "no %s of %s matches '%s'", what, where, glob);

    search_deinit(search);
    return near ? error_hint(err, "nearest: %s", near) : err;
}

static struct lprof_error *unmatched_name(const char *glob, const struct choice_subject *subjects,
                                          size_t n, const char *where)
{
    const char *colon = find_colon(glob);
    struct search search;

    search_init(&search, subjects, n);
    gather_functions(&search, glob, colon);
    if (colon && !search.n) {
        CLEANUP(cleanup_free) char *file = mem_printf("%.*s", (int)(colon - glob), glob);
        gather_files(&search);
        return unmatched(&search, "source file", file, path_basename(file), where);
    }
    return unmatched(&search, "function", glob, colon ? colon + 1 : glob, where);
}

static struct lprof_error *unmatched_source(const char *glob, const struct choice_subject *subjects,
                                            size_t n, const char *where)
{
    struct search search;

    search_init(&search, subjects, n);
    gather_files(&search);
    return unmatched(&search, "source file", glob, path_basename(glob), where);
}

typedef bool fits_function(const char *glob, const struct choice_subject *subject);

static bool fits_one(fits_function *fits, const char *glob, const struct choice_subject *subjects,
                     size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fits(glob, &subjects[i]))
            return true;
    return false;
}

struct lprof_error *choice_unmatched(const struct choice_options *options,
                                     const struct choice_subject *subjects, size_t n,
                                     const char *where)
{
    for (size_t i = 0; i < options->n_functions; i++)
        if (!fits_one(fits_name, options->functions[i], subjects, n))
            return unmatched_name(options->functions[i], subjects, n, where);
    for (size_t i = 0; i < options->n_sources; i++)
        if (!fits_one(fits_source, options->sources[i], subjects, n))
            return unmatched_source(options->sources[i], subjects, n, where);
    return NULL;
}

// ---- the functions of an object

struct choice_subject *choice_subjects(struct object *obj, size_t *n_ret)
{
    const struct object_definition *definitions = object_definitions(obj, n_ret);
    struct choice_subject *subjects = mem_alloc_array(*n_ret + 1, sizeof *subjects);

    for (size_t i = 0; i < *n_ret; i++)
        subjects[i] = (struct choice_subject){
            .name = definitions[i].function->name,
            .linkage_name = definitions[i].function->linkage_name,
            .file = definitions[i].file,
        };
    return subjects;
}

struct choice *choice_create(struct object *obj, const struct choice_options *options)
{
    size_t n = 0;
    const struct object_definition *definitions = object_definitions(obj, &n);
    CLEANUP(cleanup_free) struct choice_subject *subjects = choice_subjects(obj, &n);
    struct choice *choice = mem_alloc(sizeof *choice);

    choice->functions = mem_alloc_array(n + 1, sizeof *choice->functions);
    for (size_t i = 0; i < n; i++) {
        struct choice_function function = {
            .definition = &definitions[i],
            .marked = object_is_marked(obj, definitions[i].function),
            .chosen = options->all || choice_has(options, &subjects[i]),
        };
        if ((function.chosen || function.marked) && !choice_excludes(options, &subjects[i]))
            choice->functions[choice->count++] = function;
    }
    return choice;
}

void choice_destroy(struct choice *choice)
{
    if (!choice)
        return;
    free(choice->functions);
    free(choice);
}
