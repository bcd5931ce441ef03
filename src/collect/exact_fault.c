#include "collect/exact_fault.h"

static const char *function_at(const struct exact_module *module, uint64_t addr)
{
    const struct step_part *part = step_plan_find(&module->choice, addr);

    return part && !module->functions[part->function].refusal
               ? exact_module_name(module, part->function)
               : NULL;
}

static const char *in_copies(const struct exact_place *place, uint64_t run_addr)
{
    const struct rewrite_place *at = rewrite_image_place(
        &place->copies->image, (size_t)(run_addr - (place->copies->addr + place->bias)));

    return at ? function_at(place->copies->module, at->addr) : NULL;
}

const char *exact_fault_function(const struct exact_modules *modules, uint64_t run_addr)
{
    const struct exact_places *places = &modules->installed;
    const char *name = NULL;

    for (size_t i = 0; i < places->count && !name; i++)
        name = in_copies(&places->items[i], run_addr);
    for (size_t i = 0; i < places->count && !name; i++)
        name = function_at(places->items[i].copies->module, run_addr - places->items[i].bias);
    return name;
}
