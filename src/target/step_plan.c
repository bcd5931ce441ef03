#include "target/step_plan.h"

#include <stdlib.h>

#include "base/mem.h"
#include "target/step_edges.h"

void step_plan_start(struct step_plan *plan)
{
    plan->cells = mem_alloc_array(plan->n_parts + 1, sizeof(*plan->cells));
    for (size_t i = 0; i < plan->n_parts; i++)
        plan->cells[i] =
            mem_alloc_array(plan->parts[i].end - plan->parts[i].begin, sizeof(struct step_cell));
    plan->edges = mem_alloc(sizeof *plan->edges);
}

void step_plan_deinit(struct step_plan *plan)
{
    for (size_t i = 0; plan->cells && i < plan->n_parts; i++)
        free(plan->cells[i]);
    free(plan->cells);
    if (plan->edges)
        step_edges_deinit(plan->edges);
    free(plan->edges);
    free(plan->parts);
    free(plan->functions);
    free(plan->landings);
    free(plan->choices);
    free(plan->path);
    *plan = (struct step_plan){0};
}

const struct step_part *step_plan_find(const struct step_plan *plan, uint64_t addr)
{
    size_t low = 0;
    size_t high = plan->n_parts;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (plan->parts[middle].end <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low < plan->n_parts && plan->parts[low].begin <= addr ? &plan->parts[low] : NULL;
}

struct step_cell *step_plan_cell(struct step_plan *plan, const struct step_part *part,
                                 uint64_t addr)
{
    return &plan->cells[part - plan->parts][addr - part->begin];
}

void step_plan_count_edge(struct step_plan *plan, uint64_t from, uint64_t to)
{
    step_edges_add(plan->edges, from, to, 1);
}

const struct step_edge *step_plan_edges(const struct step_plan *plan, size_t *capacity_ret)
{
    *capacity_ret = plan->edges->capacity;
    return plan->edges->slots;
}
