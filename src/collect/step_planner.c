#include "collect/step_planner.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "object/object.h"

// What glibc and musl call when modules come and go.
#define LOADER_HOOK "_dl_debug_state"

struct planning {
    struct object *object;
    const struct object_definition *definitions;
    size_t n_definitions;
    bool *excluded; // Per definition.
    struct step_plan *plan;
    size_t parts_capacity;
    size_t functions_capacity;
    size_t landings_capacity;
    size_t choices_capacity;
};

// ---- the parts of functions

// The name of the function that a split-off part belongs to is the part's up to ".cold".
static size_t hot_name_length(const char *name)
{
    const char *cold = strstr(name, ".cold");

    return cold ? (size_t)(cold - name) : 0;
}

static bool is_split_off(struct object *obj, const struct object_range *range,
                         struct object_symbol *ret)
{
    return object_symbol_at(obj, range->begin, ret) && ret->addr == range->begin &&
           hot_name_length(ret->name) > 0;
}

// The stretch of a definition that a split-off part belongs to: the one of that name, else the first.
static const struct object_range *hot_range(struct object *obj,
                                            const struct object_definition *definition,
                                            const struct object_symbol *cold)
{
    const struct object_range *first = NULL;
    size_t length = hot_name_length(cold->name);

    for (size_t i = 0; i < definition->n_ranges; i++) {
        const struct object_range *range = &definition->ranges[i];
        struct object_symbol symbol;
        if (is_split_off(obj, range, &symbol))
            continue;
        if (object_symbol_at(obj, range->begin, &symbol) && strlen(symbol.name) == length &&
            strncmp(symbol.name, cold->name, length) == 0)
            return range;
        first = first ? first : range;
    }
    return first;
}

// Where the function starts that a stretch of a definition belongs to.
static uint64_t entry_of(struct object *obj, const struct object_definition *definition,
                         const struct object_range *range)
{
    struct object_symbol symbol;
    const struct object_range *hot =
        is_split_off(obj, range, &symbol) ? hot_range(obj, definition, &symbol) : range;

    return hot ? hot->begin : range->begin;
}

static bool is_known(const struct step_plan *plan, uint64_t entry)
{
    for (size_t i = 0; i < plan->n_functions; i++)
        if (plan->functions[i].entry == entry)
            return true;
    return false;
}

static void add_landings(struct planning *p, const struct object_range *range)
{
    CLEANUP(cleanup_free) struct object_landing *landings = NULL;
    size_t n = object_landings(p->object, range->begin, range->end, &landings);
    struct step_plan *plan = p->plan;

    for (size_t i = 0; i < n; i++) {
        plan->landings = mem_grow(plan->landings, &p->landings_capacity, plan->n_landings,
                                  sizeof *plan->landings);
        plan->landings[plan->n_landings++] = landings[i].pad;
    }
}

// Add the function that starts at `entry`, with all stretches of the definition that belong to it.
static void add_function(struct planning *p, const struct object_definition *definition,
                         uint64_t entry)
{
    struct step_plan *plan = p->plan;

    if (is_known(plan, entry) || p->excluded[definition - p->definitions])
        return;
    plan->functions = mem_grow(plan->functions, &p->functions_capacity, plan->n_functions,
                               sizeof *plan->functions);
    plan->functions[plan->n_functions] = (struct step_function){.entry = entry};
    for (size_t i = 0; i < definition->n_ranges; i++) {
        const struct object_range *range = &definition->ranges[i];
        if (entry_of(p->object, definition, range) != entry)
            continue;
        plan->parts = mem_grow(plan->parts, &p->parts_capacity, plan->n_parts, sizeof *plan->parts);
        plan->parts[plan->n_parts++] =
            (struct step_part){range->begin, range->end, (uint32_t)plan->n_functions};
        add_landings(p, range);
    }
    plan->n_functions++;
}

static void add_all(struct planning *p, const struct object_definition *definition)
{
    for (size_t i = 0; i < definition->n_ranges; i++)
        add_function(p, definition, entry_of(p->object, definition, &definition->ranges[i]));
}

// Add the function around inlined code.
static void add_host(struct planning *p, uint64_t addr)
{
    for (size_t i = 0; i < p->n_definitions; i++) {
        const struct object_definition *definition = &p->definitions[i];
        for (size_t j = 0; j < definition->n_ranges; j++) {
            const struct object_range *range = &definition->ranges[j];
            if (addr >= range->begin && addr < range->end) {
                add_function(p, definition, entry_of(p->object, definition, range));
                return;
            }
        }
    }
}

// ---- choices

// Tell which function is chosen by a place in its code. False when the place is not its own.
static bool add_choice(struct planning *p, const struct choice_function *chosen, uint64_t addr)
{
    struct object_frame frames[OBJECT_FRAMES_MAX];
    size_t n = object_frames_at(p->object, addr, frames);
    struct step_plan *plan = p->plan;

    for (size_t i = 0; i < n; i++) {
        if (frames[i].function != chosen->definition->function)
            continue;
        plan->choices =
            mem_grow(plan->choices, &p->choices_capacity, plan->n_choices, sizeof *plan->choices);
        plan->choices[plan->n_choices++] =
            (struct step_choice){addr, (uint32_t)(n - 1 - i), chosen->marked};
        return true;
    }
    return false;
}

static void add_chosen(struct planning *p, const struct choice_function *chosen)
{
    const struct object_definition *definition = chosen->definition;
    bool told = false;

    for (size_t i = 0; i < definition->n_ranges && !told; i++)
        told = add_choice(p, chosen, definition->ranges[i].begin);
    for (size_t i = 0; i < definition->n_inlined && !told; i++)
        told = add_choice(p, chosen, definition->inlined[i].begin);
    if (!told)
        return;
    add_all(p, definition);
    for (size_t i = 0; i < definition->n_inlined; i++)
        add_host(p, definition->inlined[i].begin);
}

static int compare_parts(const void *a, const void *b)
{
    const struct step_part *x = a;
    const struct step_part *y = b;

    return (x->begin > y->begin) - (x->begin < y->begin);
}

// Stretches that two functions claim (folded by the linker) stay with the first.
static void settle_parts(struct step_plan *plan)
{
    size_t n = 0;

    if (plan->n_parts)
        qsort(plan->parts, plan->n_parts, sizeof *plan->parts, compare_parts);
    for (size_t i = 0; i < plan->n_parts; i++) {
        if (n && plan->parts[i].begin < plan->parts[n - 1].end)
            continue;
        plan->parts[n++] = plan->parts[i];
    }
    plan->n_parts = n;
}

// With debug info its linkage name may be that of an alias.
static bool is_hook(const struct object_definition *definition)
{
    return definition->n_ranges && (strcmp(definition->function->name, LOADER_HOOK) == 0 ||
                                    strcmp(definition->function->linkage_name, LOADER_HOOK) == 0);
}

static void find_hook(struct planning *p)
{
    for (size_t i = 0; i < p->n_definitions && !p->plan->hook; i++)
        if (is_hook(&p->definitions[i]))
            p->plan->hook = p->definitions[i].ranges[0].begin;
}

static bool *list_excluded(const struct choice_options *options, struct object *obj)
{
    size_t n;
    CLEANUP(cleanup_free) struct choice_subject *subjects = choice_subjects(obj, &n);
    bool *excluded = mem_alloc_array(n + 1, sizeof *excluded);

    for (size_t i = 0; i < n; i++)
        excluded[i] = choice_excludes(options, &subjects[i]);
    return excluded;
}

void step_planner_plan_object(const struct choice_options *options, struct object *obj,
                              struct step_plan *ret)
{
    struct planning p = {.object = obj, .plan = ret};

    p.definitions = object_definitions(obj, &p.n_definitions);
    p.excluded = list_excluded(options, obj);
    struct choice *choice = choice_create(obj, options);
    for (size_t i = 0; i < choice->count; i++)
        add_chosen(&p, &choice->functions[i]);
    choice_destroy(choice);
    free(p.excluded);
    settle_parts(ret);
    find_hook(&p);
}

static bool is_library_of_system(const char *path)
{
    static const char *const folders[] = {"/usr", "/lib", "/lib64"};
    bool below = false;

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        below |= path_is_below(path, folders[i]);
    return below && strstr(path_basename(path), ".so");
}

void step_planner_plan(const struct choice_options *options, const char *path, uint64_t file_offset,
                       struct step_plan *ret)
{
    static const struct choice_options none = {0};
    // All functions of a program are not those of the system's libraries.
    bool wanted = !options->all || !is_library_of_system(path);
    struct object *obj = NULL;
    uint64_t addr;
    struct lprof_error *err = object_open(path, NULL, &obj);

    if (!err && object_addr_of_offset(obj, file_offset, &addr)) {
        ret->addr_delta = addr - file_offset;
        step_planner_plan_object(wanted ? options : &none, obj, ret);
    }
    error_destroy(err);
    object_destroy(obj);
}
