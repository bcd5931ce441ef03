// Columns are told apart by blanks; names, which may have blanks of their own, come last. Lines that
// start with "#" are about the whole.

#include "list_rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "render/text.h"

enum {
    GAP = 2,
    FOREIGN_MANY = 20, // Functions of libraries between which one's own are hard to find.
};

// The files of all functions are what tells the project. Free it.
static struct project *find_project(const struct choice_subject *subjects, size_t n,
                                    const struct list_options *options)
{
    CLEANUP(cleanup_free) const char **files = mem_alloc_array(n + 1, sizeof *files);
    size_t count = 0;

    // Subjects come by file.
    for (size_t i = 0; i < n; i++)
        if (subjects[i].file && (!count || strcmp(files[count - 1], subjects[i].file) != 0))
            files[count++] = subjects[i].file;
    return project_create(&options->project, files, count);
}

struct filter {
    const struct list_options *options;
    const struct project *project;
    bool has_lines; // The program has.
};

static bool passes(const struct filter *filter, const struct choice_subject *subject)
{
    const struct choice_options *choice = &filter->options->choice;

    if (choice->n_functions && !choice_names(choice, subject))
        return false;
    if (choice->n_sources && !choice_sources(choice, subject))
        return false;
    return !filter->options->mine || project_is_mine(filter->project, subject->file);
}

// Start code of the C library and the like says nothing in a program that has lines.
static bool is_noise(const struct filter *filter, const struct choice_subject *subject, bool marked)
{
    return filter->has_lines && !subject->file && !marked && !filter->options->choice.n_functions;
}

static void add(struct list_rows *rows, struct list_row row)
{
    rows->items[rows->count++] = row;
}

static void add_nameless_marks(struct list_rows *rows, const struct object_marks *marks,
                               const struct filter *filter)
{
    bool is_narrowed = choice_is_asked(&filter->options->choice) || filter->options->mine;

    for (size_t i = 0; i < marks->count; i++) {
        if (marks->items[i].function)
            continue;
        rows->n_marked++;
        if (!is_narrowed)
            add(rows, (struct list_row){.addr = marks->items[i].addr, .marked = true});
    }
}

void list_rows_init(struct list_rows *rows, struct object *obj, const struct list_options *options)
{
    size_t n = 0;
    const struct object_definition *definitions = object_definitions(obj, &n);
    const struct object_marks *marks = object_marks(obj);
    CLEANUP(cleanup_free) struct choice_subject *subjects = choice_subjects(obj, &n);
    struct project *project = find_project(subjects, n, options);
    const struct filter filter = {options, project, object_debug_path(obj) != NULL};

    *rows = (struct list_rows){.n_functions = n};
    rows->items = mem_alloc_array(n + marks->count + 1, sizeof *rows->items);
    for (size_t i = 0; i < n; i++) {
        bool marked = object_is_marked(obj, definitions[i].function);
        rows->n_marked += marked;
        if (!passes(&filter, &subjects[i]))
            continue;
        if (is_noise(&filter, &subjects[i], marked)) {
            rows->n_placeless++;
            continue;
        }
        rows->n_foreign += subjects[i].file && !project_is_mine(project, subjects[i].file);
        add(rows, (struct list_row){.definition = &definitions[i], .marked = marked});
    }
    add_nameless_marks(rows, marks, &filter);
    project_destroy(project);
}

void list_rows_deinit(struct list_rows *rows)
{
    free(rows->items);
    *rows = (struct list_rows){0};
}

// ---- printing

// "src/a.c:12" from the current folder on, "-" when no file is known. Free it.
static char *place_of(const struct object_definition *definition, const char *folder)
{
    if (!definition || !definition->file)
        return mem_strdup("-");
    const char *file = definition->file;
    if (folder && strcmp(folder, "/") != 0 && path_is_below(file, folder) && file[strlen(folder)])
        file += strlen(folder) + 1;
    return definition->line ? mem_printf("%s:%" PRIu32, file, definition->line) : mem_strdup(file);
}

static const char *code_of(const struct object_definition *definition)
{
    return definition && !definition->n_ranges ? "inlined" : "own";
}

static void print_row(struct text *text, const struct list_row *row, const char *place,
                      unsigned columns)
{
    text_left(text, row->marked ? "marked" : "-", sizeof "marked" - 1 + GAP);
    text_left(text, code_of(row->definition), sizeof "inlined" - 1 + GAP);
    text_left(text, place, columns + GAP);
    if (row->definition)
        text_put(text, row->definition->function->name);
    else
        text_printf(text, "0x%" PRIx64, row->addr);
    text_end(text);
}

static void print_head(struct text *text, const struct list_rows *rows, struct object *obj)
{
    const char *debug_path = object_debug_path(obj);

    text_printf(text, "# %s: %zu of %zu functions, %zu marked", object_path(obj), rows->count,
                rows->n_functions, rows->n_marked);
    text_end(text);
    if (debug_path)
        text_printf(text, "# debug info: %s", debug_path);
    else if (object_has_names(obj))
        text_put(text, "# debug info: none, names are those of the symbol table; build with -g");
    else
        text_put(text, "# debug info: none, and the symbols are stripped; build with -g and do not "
                       "strip, or install the package's debug symbols");
    text_end(text);
    if (rows->n_foreign > FOREIGN_MANY) {
        text_printf(text, "# %zu functions are not of your project; to see yours alone: --mine",
                    rows->n_foreign);
        text_end(text);
    }
    if (rows->n_placeless) {
        text_printf(text, "# %zu functions without lines are left out; to see them: -f '*'",
                    rows->n_placeless);
        text_end(text);
    }
}

void list_rows_print(const struct list_rows *rows, struct object *obj, FILE *out)
{
    CLEANUP(cleanup_free) char *folder = getcwd(NULL, 0);
    char **places = mem_alloc_array(rows->count + 1, sizeof *places);
    unsigned columns = 0;
    struct text text;

    for (size_t i = 0; i < rows->count; i++) {
        places[i] = place_of(rows->items[i].definition, folder);
        unsigned own = text_columns(places[i]);
        columns = own > columns ? own : columns;
    }
    text_init(&text, out, 0, false);
    print_head(&text, rows, obj);
    for (size_t i = 0; i < rows->count; i++) {
        print_row(&text, &rows->items[i], places[i], columns);
        free(places[i]);
    }
    free(places);
}
