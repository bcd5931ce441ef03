#include "rewrite/copy.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void copy_init(struct copy *ret, const struct rewrite_function *function,
               enum rewrite_counter_form form)
{
    *ret = (struct copy){.function = function, .form = form};
}

void copy_deinit(struct copy *copy)
{
    free(copy->live);
    free(copy->sites);
    free(copy->in_place);
    free(copy->parts);
    free(copy->part_call);
    free(copy->edges);
    free(copy->tables);
    free(copy->edge_taken);
    free(copy->edge_fall);
    free(copy->items);
    free(copy->item_of_insn);
    free(copy->item_of_return);
    free(copy->item_of_site);
    free(copy->detours);
}

bool copy_refuse(struct copy *copy, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(copy->reason, sizeof copy->reason, format, args);
    va_end(args);
    return false;
}

bool copy_is_refused(const struct copy *copy)
{
    return copy->reason[0];
}

const uint8_t *copy_bytes_at(const struct copy *copy, uint64_t addr, size_t *size_ret)
{
    const struct flow_source *source = copy->function->source;

    for (size_t i = 0; i < source->part_count; i++) {
        const struct flow_part *part = &source->parts[i];
        if (addr < part->addr || addr - part->addr >= part->size)
            continue;
        *size_ret = part->size - (addr - part->addr);
        return part->bytes + (addr - part->addr);
    }
    return NULL;
}

const struct insn *copy_insn(const struct copy *copy, uint32_t insn)
{
    return &copy->function->flow->insns[insn].insn;
}

uint32_t copy_target(const struct copy *copy, uint32_t insn)
{
    const struct flow *flow = copy->function->flow;
    const struct insn *jump = copy_insn(copy, insn);

    if (!jump->has_target)
        return COPY_NONE;
    uint32_t target = flow_insn_at(flow, jump->target);
    return target == FLOW_NONE || flow->insns[target].block == FLOW_NONE ? COPY_NONE : target;
}
