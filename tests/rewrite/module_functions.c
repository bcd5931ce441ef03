#include "module_functions.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "collect/step_planner.h"

static void add(struct module_functions *all, uint64_t entry, const struct object_range *ranges,
                size_t n)
{
    struct module_function *function = &all->items[all->count];
    struct object_symbol symbol;
    struct flow_doubt doubt;

    snprintf(function->name, sizeof function->name, "%s",
             object_symbol_at(all->object, entry, &symbol) ? symbol.name : "?");
    if (!function_code_init(&function->code, all->object, entry, ranges, n, &doubt)) {
        if (all->tells)
            printf("unsure  %s: %s\n", function->name, doubt.reason);
        all->unsure++;
        return;
    }
    function->hits = hits_plan_create(&function->code.flow, &function->code.rows.map, false);
    all->inputs[all->count++] = (struct rewrite_function){
        .source = &function->code.source,
        .flow = &function->code.flow,
        .points = hits_plan_points(function->hits),
        .room = function->code.room,
    };
}

static void add_all(struct module_functions *all, const struct step_plan *plan)
{
    struct object_range *ranges = mem_alloc_array(plan->n_parts + 1, sizeof *ranges);

    for (uint32_t i = 0; i < plan->n_functions; i++) {
        size_t n = 0;
        for (size_t p = 0; p < plan->n_parts; p++)
            if (plan->parts[p].function == i)
                ranges[n++] = (struct object_range){plan->parts[p].begin, plan->parts[p].end};
        if (n)
            add(all, plan->functions[i].entry, ranges, n);
    }
    free(ranges);
}

void module_functions_init(struct module_functions *ret, const char *path, bool tells)
{
    const struct choice_options everything = {.all = true};
    struct step_plan plan = {0};
    size_t n;

    *ret = (struct module_functions){.tells = tells};
    struct lprof_error *err = object_open(path, NULL, &ret->object);
    if (err) {
        printf("%s\n", err->message);
        exit(2);
    }
    const struct object_segment *segments = object_segments(ret->object, &n);
    step_planner_plan(&everything, path, segments[0].file_offset, &plan);
    ret->items = mem_alloc_array(plan.n_functions + 1, sizeof *ret->items);
    ret->inputs = mem_alloc_array(plan.n_functions + 1, sizeof *ret->inputs);
    add_all(ret, &plan);
    step_plan_deinit(&plan);
}

void module_functions_deinit(struct module_functions *functions)
{
    for (size_t i = 0; i < functions->count; i++) {
        hits_plan_destroy(functions->items[i].hits);
        function_code_deinit(&functions->items[i].code);
    }
    free(functions->items);
    free(functions->inputs);
    object_destroy(functions->object);
}
