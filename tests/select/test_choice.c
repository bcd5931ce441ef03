#include "select/choice.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "support/test.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct choice_subject subjects[] = {
    {"main", "main", "/app/src/main.c"},
    {"parse(int)", "_Z5parsei", "/app/src/parse.cpp"},
    {"ns::parse(char)", "_ZN2ns5parseEc", "/app/src/other.cpp"},
    {"helper", "helper", "/app/include/helper.h"},
    {"_start", "_start", NULL},
};

// The places in `subjects` of those that one -f or one --source chooses: "013".
static const char *chosen(const char *function, const char *source, char text[8])
{
    struct choice_options options = {.functions = &function,
                                     .n_functions = function != NULL,
                                     .sources = &source,
                                     .n_sources = source != NULL};
    size_t n = 0;

    for (size_t i = 0; i < COUNT(subjects); i++)
        if (choice_has(&options, &subjects[i]))
            text[n++] = (char)('0' + i);
    text[n] = '\0';
    return text;
}

LP_TEST(choice, by_name)
{
    char text[8];

    cr_expect_str_eq(chosen("parse", NULL, text), "12");
    cr_expect_str_eq(chosen("parse(int)", NULL, text), "1");
    cr_expect_str_eq(chosen("ns::parse", NULL, text), "2");
    cr_expect_str_eq(chosen("_ZN2ns5parseEc", NULL, text), "2");
    cr_expect_str_eq(chosen("*", NULL, text), "01234");
    cr_expect_str_eq(chosen("nothing", NULL, text), "");
}

LP_TEST(choice, by_name_in_a_file)
{
    char text[8];

    cr_expect_str_eq(chosen("parse.cpp:parse", NULL, text), "1");
    cr_expect_str_eq(chosen("src/other.cpp:parse", NULL, text), "2");
    cr_expect_str_eq(chosen("other.cpp:ns::parse", NULL, text), "2");
    cr_expect_str_eq(chosen("*.cpp:*", NULL, text), "12");
    cr_expect_str_eq(chosen("src:*", NULL, text), "012");
    cr_expect_str_eq(chosen("main.c:parse", NULL, text), "");
    cr_expect_str_eq(chosen("main.c:", NULL, text), "");
    cr_expect_str_eq(chosen(":main", NULL, text), "");
}

LP_TEST(choice, by_source)
{
    char text[8];

    cr_expect_str_eq(chosen(NULL, "parse.cpp", text), "1");
    cr_expect_str_eq(chosen(NULL, "*.cpp", text), "12");
    cr_expect_str_eq(chosen(NULL, "src", text), "012");
    cr_expect_str_eq(chosen(NULL, "/app/include/*", text), "3");
    cr_expect_str_eq(chosen(NULL, "cpp", text), "");
}

LP_TEST(choice, names_and_sources_add_up)
{
    char text[8];

    cr_expect_str_eq(chosen("main", "*.h", text), "03");
    cr_expect_str_eq(chosen(NULL, NULL, text), "");
}

static void expect_unmatched(const char *function, const char *source, const char *message,
                             const char *hint)
{
    const struct choice_options options = {.functions = &function,
                                           .n_functions = function != NULL,
                                           .sources = &source,
                                           .n_sources = source != NULL};
    struct lprof_error *err = choice_unmatched(&options, subjects, COUNT(subjects), "./app");

    cr_assert_not_null(err);
    cr_expect_eq(err->code, LPROF_ERROR_INVALID);
    cr_expect_str_eq(err->message, message);
    if (hint)
        cr_expect_str_eq(err->hint, hint);
    else
        cr_expect_null(err->hint);
    error_destroy(err);
}

LP_TEST(choice, what_chooses_nothing_is_told_with_the_nearest_names)
{
    expect_unmatched("mian", NULL, "no function of ./app matches 'mian'", "nearest: main");
    expect_unmatched("ns::prase", NULL, "no function of ./app matches 'ns::prase'",
                     "nearest: ns::parse");
    expect_unmatched("*help", NULL, "no function of ./app matches '*help'", "nearest: helper");
    expect_unmatched("frobnicate", NULL, "no function of ./app matches 'frobnicate'", NULL);
    expect_unmatched("main.c:mein", NULL, "no function of ./app matches 'main.c:mein'",
                     "nearest: main");
    expect_unmatched("mian.c:main", NULL, "no source file of ./app matches 'mian.c'",
                     "nearest: main.c");
    expect_unmatched(NULL, "src/prase.cpp", "no source file of ./app matches 'src/prase.cpp'",
                     "nearest: parse.cpp");
    expect_unmatched("main", "helper.c", "no source file of ./app matches 'helper.c'",
                     "nearest: helper.h");
}

LP_TEST(choice, what_chooses_something_is_no_error)
{
    const char *names[] = {"main", "parse"};
    const struct choice_options options = {.functions = names, .n_functions = 2};
    const struct choice_options none = {0};

    cr_expect_null(choice_unmatched(&options, subjects, COUNT(subjects), "./app"));
    cr_expect_null(choice_unmatched(&none, subjects, COUNT(subjects), "./app"));
    cr_expect(choice_is_asked(&options));
    cr_expect(!choice_is_asked(&none));
}

// ---- of an object

static struct object *open_fixture(const char *name)
{
    CLEANUP(cleanup_free) char *path = mem_printf("%s/%s", FIXTURE_DIR, name);
    struct object *obj = NULL;
    struct lprof_error *err = object_open(path, NULL, &obj);

    cr_assert_null(err, "%s: %s", path, err ? err->message : "");
    return obj;
}

LP_TEST(choice, inlined_instances_of_a_chosen_function_are_chosen)
{
    // fill(), which is not inlined, has the inlined calls of bag_push().
    const char *names[] = {"bag_push", "fill"};
    const struct choice_options options = {.functions = names, .n_functions = 2};
    struct object *obj = open_fixture("inlined");
    struct choice *choice = choice_create(obj, &options);

    cr_assert_eq(choice->count, 2);
    const struct object_definition *push = choice->functions[0].definition;
    const struct object_definition *fill = choice->functions[1].definition;
    cr_expect_str_eq(push->function->name, "bag_push");
    cr_expect_str_eq(path_basename(push->file), "bag.h");
    cr_expect_str_eq(fill->function->name, "fill");
    cr_expect(choice->functions[0].chosen && !choice->functions[0].marked);
    cr_expect_eq(push->n_ranges, 0);
    cr_expect_geq(push->n_inlined, 1);
    cr_expect_eq(fill->n_ranges, 1);
    for (size_t i = 0; i < push->n_inlined; i++) {
        cr_expect_lt(push->inlined[i].begin, push->inlined[i].end);
        cr_expect_geq(push->inlined[i].begin, fill->ranges[0].begin);
        cr_expect_leq(push->inlined[i].end, fill->ranges[0].end);
    }
    choice_destroy(choice);
    object_destroy(obj);
}

LP_TEST(choice, all_takes_every_function)
{
    const struct choice_options options = {.all = true};
    const struct choice_options none = {0};
    struct object *obj = open_fixture("inlined");
    size_t n = 0;

    object_definitions(obj, &n);
    struct choice *choice = choice_create(obj, &options);
    cr_expect_gt(n, 4);
    cr_expect_eq(choice->count, n);
    choice_destroy(choice);
    choice = choice_create(obj, &none);
    cr_expect_eq(choice->count, 0);
    choice_destroy(choice);
    object_destroy(obj);
}
