#include "api/chosen.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "object/object.h"
#include "profile/builder.h"
#include "profile/filter.h"
#include "profile/regions.h"
#include "target/exec.h"
#include "target/libraries.h"

// The functions of a program and of its libraries.
struct known {
    struct object **objects; // Owned: the subjects' names are theirs.
    size_t n_objects;
    struct choice_subject *subjects;
    size_t n;
};

static void known_deinit(struct known *known)
{
    free(known->subjects);
    for (size_t i = 0; i < known->n_objects; i++)
        object_destroy(known->objects[i]);
    free(known->objects);
}

// Takes over the object.
static void add_object(struct known *known, struct object *obj)
{
    size_t n = 0;
    CLEANUP(cleanup_free) struct choice_subject *more = choice_subjects(obj, &n);

    known->objects = mem_resize(known->objects, known->n_objects + 1, sizeof *known->objects);
    known->objects[known->n_objects++] = obj;
    known->subjects = mem_resize(known->subjects, known->n + n + 1, sizeof *known->subjects);
    memcpy(known->subjects + known->n, more, n * sizeof *more);
    known->n += n;
}

// A library that cannot be read adds nothing.
static void add_libraries(struct known *known, const char *loader, const char *program)
{
    struct libraries libraries;

    libraries_find(loader, program, &libraries);
    for (size_t i = 0; i < libraries.n; i++) {
        struct object *obj = NULL;
        struct lprof_error *err = object_open(libraries.paths[i], NULL, &obj);
        if (err)
            error_destroy(err);
        else
            add_object(known, obj);
    }
    libraries_deinit(&libraries);
}

// Of a name that is in the debug info and has no code there is more to say than what is near.
static struct lprof_error *explain(struct lprof_error *err, const struct choice_options *options,
                                   const struct known *known, const char *program)
{
    for (size_t i = 0; i < options->n_functions; i++) {
        const struct choice_options one = {.functions = &options->functions[i], .n_functions = 1};
        struct lprof_error *unmatched = choice_unmatched(&one, known->subjects, known->n, program);
        if (!unmatched)
            continue;
        error_destroy(unmatched);
        if (!object_has_debug_name(known->objects[0], options->functions[i]))
            break;
        error_destroy(err);
        return error_create(LPROF_ERROR_INVALID,
                            "%s has no code of '%s', though its debug info names it: the linker "
                            "discarded it (--gc-sections), the compiler left it out, or it is "
                            "another file's",
                            program, options->functions[i]);
    }
    return err && !err->hint ? error_hint(err, "to see what there is: lprof list %s", program)
                             : err;
}

static bool has_function(const struct known *known, const char *name)
{
    for (size_t i = 0; i < known->n; i++)
        if (strcmp(known->subjects[i].name, name) == 0)
            return true;
    return false;
}

// Whether the program or one of its libraries can load more of them.
static bool may_load(const struct known *known)
{
    for (size_t i = 0; i < known->n_objects; i++)
        if (object_imports(known->objects[i], "dlopen") ||
            object_imports(known->objects[i], "dlmopen"))
            return true;
    // Linked statically it has its own.
    return !object_interpreter(known->objects[0]) && has_function(known, "dlopen");
}

// Takes what was not found.
static struct lprof_error *not_yet(struct lprof_error *err)
{
    struct lprof_error *later =
        error_create(err->code, "%s so far; a library that it loads may bring one", err->message);

    if (err->hint)
        later = error_hint(later, "%s", err->hint);
    error_destroy(err);
    return later;
}

struct lprof_error *chosen_check(const char *program, const struct choice_options *options,
                                 struct lprof_error **later_ret)
{
    CLEANUP(cleanup_free) char *path = exec_find(program);
    CLEANUP(known_deinit) struct known known = {0};
    struct object *obj = NULL;

    *later_ret = NULL;

    if (!choice_is_asked(options) || !path)
        return NULL;
    struct lprof_error *err = object_open(path, NULL, &obj);
    if (err) {
        // What is wrong with it is told when it is run.
        error_destroy(err);
        return NULL;
    }
    bool has_names = object_has_names(obj);
    const char *loader = object_interpreter(obj);
    add_object(&known, obj);
    if (!has_names)
        return NULL;
    err = choice_unmatched(options, known.subjects, known.n, program);
    if (err && loader) {
        // Only now: most programs have many libraries, and what is chosen is their own. Names are told
        // to be near only if they are the program's.
        add_libraries(&known, loader, path);
        struct lprof_error *still = choice_unmatched(options, known.subjects, known.n, program);
        if (!still)
            error_destroy(take_ptr(&err));
        error_destroy(still);
    }
    if (err && may_load(&known)) {
        *later_ret = not_yet(err);
        return NULL;
    }
    return err ? explain(err, options, &known, program) : NULL;
}

bool chosen_any(const char *program, const struct choice_options *options)
{
    CLEANUP(cleanup_free) char *path = exec_find(program);
    struct object *obj = NULL;

    if (options->all || choice_is_asked(options) || !path)
        return true;
    struct lprof_error *err = object_open(path, NULL, &obj);
    bool any = err || object_marks(obj)->count > 0;
    error_destroy(err);
    object_destroy(obj);
    return any;
}

bool chosen_some(const char *program, const struct choice_options *options)
{
    CLEANUP(cleanup_free) char *path = exec_find(program);
    struct object *obj = NULL;

    if (options->all || choice_is_asked(options) || !path)
        return !options->all && path;
    struct lprof_error *err = object_open(path, NULL, &obj);
    bool some = !err && object_marks(obj)->count > 0;
    error_destroy(err);
    object_destroy(obj);
    return some;
}

static struct choice_subject subject_of(const struct profile_function *function)
{
    return (struct choice_subject){function->name, function->linkage_name, function->file};
}

void chosen_mark(struct profile *profile, const struct choice_options *options)
{
    for (size_t i = 0; i < profile->n_functions; i++) {
        struct profile_function *function = &profile->functions[i];
        const struct choice_subject subject = subject_of(function);
        function->marked = !options->all && (function->marked || choice_has(options, &subject));
    }
}

void chosen_keep_inside(struct profile *profile, const struct choice_options *options)
{
    CLEANUP(cleanup_free)
    bool *chosen = mem_alloc_array(profile->n_functions + 1, sizeof *chosen);

    if (!choice_is_asked(options))
        return;
    for (size_t i = 0; i < profile->n_functions; i++) {
        const struct choice_subject subject = subject_of(&profile->functions[i]);
        chosen[i] = choice_has(options, &subject);
    }
    int64_t left_out = filter_through(profile, chosen);
    if (left_out)
        builder_note(profile, "left-out", left_out,
                     "{} samples were left out: they were not taken inside of what --inside names",
                     NULL);
}

// "load, load/parse, ..."; free it.
static char *list_regions(const struct profile *profile)
{
    enum { LISTED_MOST = 10 };
    char *list = mem_strdup("");

    for (size_t i = 0; i < profile->n_regions && i < LISTED_MOST; i++) {
        CLEANUP(cleanup_free) char *path = regions_path(profile, (uint32_t)i + 1);
        char *longer = mem_printf("%s%s%.80s", list, i ? ", " : "", path);
        free(list);
        list = longer;
    }
    return list;
}

static struct lprof_error *no_region(const struct profile *profile, const char *glob)
{
    CLEANUP(cleanup_free) char *list = list_regions(profile);
    struct lprof_error *err =
        error_create(LPROF_ERROR_INVALID, "the profile has no region that matches '%s'", glob);

    return *list ? error_hint(err, "there are: %s", list)
                 : error_hint(err, "it has no regions: LPROF_REGION of lprof/lprof.h makes them");
}

struct lprof_error *chosen_keep_regions(struct profile *profile, const char *const *globs, size_t n)
{
    CLEANUP(cleanup_free) bool *chosen = mem_alloc_array(profile->n_regions + 1, sizeof *chosen);

    for (size_t i = 0; i < n; i++)
        if (!regions_match(profile, globs[i], chosen))
            return no_region(profile, globs[i]);
    int64_t left_out = n ? filter_regions(profile, chosen) : 0;
    if (left_out)
        builder_note(profile, "left-out", left_out,
                     "{} samples were left out: they were not taken inside of what --region names",
                     NULL);
    return NULL;
}

struct lprof_error *chosen_check_profile(const struct profile *profile,
                                         const struct choice_options *options)
{
    CLEANUP(cleanup_free)
    struct choice_subject *subjects = mem_alloc_array(profile->n_functions + 1, sizeof *subjects);

    for (size_t i = 0; i < profile->n_functions; i++)
        subjects[i] = subject_of(&profile->functions[i]);
    return choice_unmatched(options, subjects, profile->n_functions, "the profile");
}

// All functions that were to be stepped are in the profile, those that were never called, too.
static void note_if_unmatched(struct profile *profile, const struct choice_options *one,
                              const char *what, const char *glob)
{
    struct lprof_error *err = chosen_check_profile(profile, one);
    bool stepped = profile->meta.mode && strcmp(profile->meta.mode, "step") == 0;

    if (!err)
        return;
    CLEANUP(cleanup_free)
    char *text = stepped ? mem_printf("neither the program nor what it loaded has a "
                                      "%s that matches '%s'",
                                      what, glob)
                         : mem_printf("no sample was taken in a %s that matches '%s'", what, glob);
    builder_note(profile, stepped ? "not-found" : "not-sampled", 1, text, NULL);
    error_destroy(err);
}

void chosen_note(struct profile *profile, const struct choice_options *options)
{
    for (size_t i = 0; i < options->n_functions; i++) {
        const struct choice_options one = {.functions = &options->functions[i], .n_functions = 1};
        note_if_unmatched(profile, &one, "function", options->functions[i]);
    }
    for (size_t i = 0; i < options->n_sources; i++) {
        const struct choice_options one = {.sources = &options->sources[i], .n_sources = 1};
        note_if_unmatched(profile, &one, "source file", options->sources[i]);
    }
}
