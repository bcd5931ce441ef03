#include "ingest/counted.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "profile/builder.h"

// More modules than this are damage.
#define NUMBERS_MOST 65536

void counted_deinit(struct counted *counted)
{
    free(counted->numbers);
}

void counted_module(struct counted *counted, const struct event_module *module)
{
    if (!module->number || module->number > NUMBERS_MOST)
        return;
    if (module->number > counted->n_numbers) {
        counted->numbers = mem_resize(counted->numbers, module->number, sizeof *counted->numbers);
        memset(counted->numbers + counted->n_numbers, 0,
               (module->number - counted->n_numbers) * sizeof *counted->numbers);
        counted->n_numbers = module->number;
    }
    counted->numbers[module->number - 1] =
        module_table_add(counted->modules, 0, &(struct event_map){.path = module->path});
}

// Id of the mapping; 0 = not known.
static uint32_t mapping_of(const struct counted *counted, uint32_t number)
{
    if (!number || number > counted->n_numbers || !counted->numbers[number - 1])
        return 0;
    return module_table_mapping(counted->modules, counted->profile, counted->numbers[number - 1]);
}

void counted_choice(struct counted *counted, const struct event_choice *choice)
{
    uint32_t mapping = mapping_of(counted, choice->module);

    if (mapping)
        builder_choice(counted->profile,
                       &(struct profile_choice){mapping, choice->addr, choice->depth});
}

void counted_called(struct counted *counted, const struct event_called *called)
{
    uint32_t stack[EVENT_PLACES_MAX];

    if (!called->n || called->n > EVENT_PLACES_MAX)
        return;
    for (size_t i = 0; i < called->n; i++) {
        uint32_t mapping = mapping_of(counted, called->calls[i].module);
        if (!mapping)
            return;
        stack[i] = builder_location(counted->profile, mapping, called->calls[i].addr,
                                    PROFILE_ADDRESS_CALL);
    }
    builder_sample(
        counted->profile, builder_stack(counted->profile, stack, called->n), 0,
        (const int64_t[PROFILE_VALUES]){
            [PROFILE_CALLED] = called->time_ns > INT64_MAX ? INT64_MAX : (int64_t)called->time_ns});
}

void counted_counter(struct counted *counted, const struct event_counter *counter, uint32_t region)
{
    static const enum profile_counter_kind kinds[] = {
        [EVENT_COUNTER_PART] = PROFILE_COUNTER_PART,
        [EVENT_COUNTER_INSTRUCTION] = PROFILE_COUNTER_INSTRUCTION,
        [EVENT_COUNTER_EDGE] = PROFILE_COUNTER_EDGE,
        [EVENT_COUNTER_ENTRIES] = PROFILE_COUNTER_ENTRIES,
        [EVENT_COUNTER_PRIMITIVE] = PROFILE_COUNTER_PRIMITIVE,
        [EVENT_COUNTER_CALL] = PROFILE_COUNTER_CALL,
        [EVENT_COUNTER_REFUSED] = PROFILE_COUNTER_REFUSED,
        [EVENT_COUNTER_TIME] = PROFILE_COUNTER_TIME,
        [EVENT_COUNTER_LEAST] = PROFILE_COUNTER_LEAST,
        [EVENT_COUNTER_MOST] = PROFILE_COUNTER_MOST,
    };
    uint32_t mapping = mapping_of(counted, counter->module);

    if (!mapping)
        return;
    builder_counter(counted->profile,
                    &(struct profile_counter){
                        .kind = kinds[counter->kind],
                        .from_mapping = mapping_of(counted, counter->from_module),
                        .mapping = mapping,
                        .region = region,
                        .from = counter->from,
                        .addr = counter->addr,
                        .count = counter->count > INT64_MAX ? INT64_MAX : (int64_t)counter->count,
                    });
}
