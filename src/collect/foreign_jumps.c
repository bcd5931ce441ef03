#include "collect/foreign_jumps.h"

#include "base/mem.h"
#include "code/insn.h"

// Note a jump from `from` to `to`, when it leads from elsewhere into the middle of a counted function.
static void note(struct exact_module *module, uint64_t from, uint64_t to)
{
    const struct step_part *part = step_plan_find(&module->choice, to);

    if (!part)
        return;
    const struct step_part *origin = step_plan_find(&module->choice, from);
    struct exact_function *function = &module->functions[part->function];
    if ((origin && origin->function == part->function) || to == function->entry)
        return;
    for (size_t i = 0; i < function->n_entries; i++)
        if (function->entries[i] == to)
            return;
    function->entries =
        mem_resize(function->entries, function->n_entries + 1, sizeof *function->entries);
    function->entries[function->n_entries++] = to;
}

// Code that cannot be decoded to its end has no more to tell.
static void look_through(struct exact_module *module, struct insn_decoder *decoder,
                         const struct object_range *range)
{
    size_t size = 0;
    const uint8_t *code = object_code_at(module->object, range->begin, &size);
    uint64_t length = range->end - range->begin;
    struct insn insn;

    if (!code || length > size)
        return;
    for (uint64_t at = 0; at < length; at += insn.size) {
        if (!insn_decode(decoder, code + at, length - at, range->begin + at, &insn))
            return;
        if ((insn.kind == INSN_JUMP || insn.kind == INSN_BRANCH) && insn.has_target &&
            insn.target - range->begin >= length)
            note(module, insn.addr, insn.target);
    }
}

void foreign_jumps_find(struct exact_module *module)
{
    size_t n;
    const struct object_definition *definitions = object_definitions(module->object, &n);
    struct insn_decoder *decoder = insn_decoder_create();

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < definitions[i].n_ranges; j++)
            look_through(module, decoder, &definitions[i].ranges[j]);
    insn_decoder_destroy(decoder);
}
