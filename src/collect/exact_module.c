#include "collect/exact_module.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "collect/exact_calls.h"
#include "collect/exact_copies.h"
#include "collect/foreign_jumps.h"
#include "collect/padding.h"
#include "collect/step_planner.h"
#include "object/frame_shapes.h"

// ---- planning

static size_t list_parts(const struct step_plan *choice, uint32_t function,
                         struct object_range **ret)
{
    struct object_range *ranges = mem_alloc_array(choice->n_parts + 1, sizeof *ranges);
    size_t n = 0;

    for (size_t i = 0; i < choice->n_parts; i++)
        if (choice->parts[i].function == function)
            ranges[n++] = (struct object_range){choice->parts[i].begin, choice->parts[i].end};
    *ret = ranges;
    return n;
}

static void find_room(struct exact_function *function, struct object *obj)
{
    const struct flow_source *source = &function->code.source;

    function->room = mem_alloc_array(source->part_count + 1, sizeof *function->room);
    for (size_t i = 0; i < source->part_count; i++)
        function->room[i] = padding_at(obj, source->parts[i].addr + source->parts[i].size);
}

static void find_frames(struct exact_module *module, struct exact_function *function)
{
    const struct flow_source *source = &function->code.source;
    struct unwind_table *table = object_unwind_table(module->object);
    uint32_t last = FRAME_SHAPE_NONE;

    for (size_t i = 0; i < source->part_count; i++) {
        const struct flow_part *part = &source->parts[i];
        CLEANUP(cleanup_free) struct frame_shape *shapes = NULL;
        size_t n = frame_shapes_find(table, part->addr, part->addr + part->size, &last, &shapes);
        function->frames =
            mem_resize(function->frames, function->n_frames + n + 1, sizeof *function->frames);
        for (size_t j = 0; j < n; j++)
            function->frames[function->n_frames++] =
                (struct rewrite_frame){shapes[j].addr, shapes[j].shape};
    }
}

static void plan_function(struct exact_module *module, uint32_t index)
{
    struct exact_function *function = &module->functions[index];
    CLEANUP(cleanup_free) struct object_range *parts = NULL;
    struct flow_doubt doubt;
    size_t n = list_parts(&module->choice, index, &parts);

    function->entry = module->choice.functions[index].entry;
    function->rewritten = STEP_NONE;
    if (!function_code_init(&function->code, module->object, function->entry, parts, n, &doubt)) {
        exact_module_refuse(module, index, doubt.reason);
        return;
    }
    if (!function->code.rows.n_lines) {
        // Startup code and the like, which nobody has lines of.
        exact_module_refuse(module, index, "");
        return;
    }
    function->hits = hits_plan_create(&function->code.flow, &function->code.rows.map, false);
    find_room(function, module->object);
    find_frames(module, function);
}

static void plan_copies(struct exact_module *module, struct exact_timers *timers)
{
    uint32_t n = 0;

    module->inputs = mem_alloc_array(module->choice.n_functions + 1, sizeof *module->inputs);
    for (size_t i = 0; i < module->choice.n_functions; i++) {
        struct exact_function *function = &module->functions[i];
        if (!function->hits)
            continue;
        function->rewritten = n;
        function->timer = timers && timers->count < timers->most ? ++timers->count : 0;
        module->inputs[n++] = (struct rewrite_function){.source = &function->code.source,
                                                        .flow = &function->code.flow,
                                                        .points = hits_plan_points(function->hits),
                                                        .room = function->room,
                                                        .frames = function->frames,
                                                        .frame_count = function->n_frames,
                                                        .entries = function->entries,
                                                        .entry_count = function->n_entries,
                                                        .timer = function->timer};
    }
    module->rewrite = rewrite_plan_create(module->inputs, n, REWRITE_COUNTER_GS);
}

static void plan_functions(struct exact_module *module, struct exact_timers *timers)
{
    size_t n = module->choice.n_functions;

    module->functions = mem_alloc_array(n + 1, sizeof *module->functions);
    for (uint32_t i = 0; i < n; i++)
        plan_function(module, i);
    if (n)
        foreign_jumps_find(module);
    plan_copies(module, timers);
}

// Without a choice only marks count; looking for them is cheap.
static bool may_have_some(const struct choice_options *choice, struct object *obj)
{
    if (!object_debug_path(obj))
        return false;
    return choice->all || choice_is_asked(choice) || object_marks(obj)->count;
}

void exact_module_plan(const struct choice_options *choice, const char *path,
                       struct exact_timers *timers, struct exact_module **ret)
{
    struct object *obj = NULL;
    struct lprof_error *err = object_open(path, NULL, &obj);

    *ret = NULL;
    // What cannot be read is told when samples are symbolized.
    if (err || !may_have_some(choice, obj)) {
        error_destroy(err);
        object_destroy(obj);
        return;
    }
    struct exact_module *module = mem_alloc(sizeof *module);
    module->path = mem_strdup(path);
    module->object = obj;
    step_planner_plan_object(choice, obj, &module->choice);
    plan_functions(module, timers);
    if (module->choice.n_functions)
        *ret = module;
    else
        exact_module_destroy(module);
}

static void deinit_function(struct exact_function *function)
{
    hits_plan_destroy(function->hits);
    function_code_deinit(&function->code);
    free(function->entries);
    free(function->room);
    free(function->frames);
    free(function->refusal);
}

void exact_module_destroy(struct exact_module *module)
{
    if (!module)
        return;
    while (module->copies) {
        struct exact_copies *next = module->copies->next;
        exact_copies_destroy(module->copies);
        module->copies = next;
    }
    rewrite_plan_destroy(module->rewrite);
    for (size_t i = 0; i < module->choice.n_functions; i++)
        deinit_function(&module->functions[i]);
    free(module->functions);
    free(module->inputs);
    step_plan_deinit(&module->choice);
    object_destroy(module->object);
    free(module->path);
    free(module);
}

// ---- refusing

void exact_module_refuse(struct exact_module *module, size_t function, const char *reason)
{
    char **refusal = &module->functions[function].refusal;

    if (!*refusal)
        *refusal = mem_strdup(reason);
}

void exact_module_settle(struct exact_module *module)
{
    for (size_t i = 0; i < module->choice.n_functions; i++) {
        uint32_t number = module->functions[i].rewritten;
        const char *reason =
            number == STEP_NONE ? NULL : rewrite_plan_refusal(module->rewrite, number);
        if (reason)
            exact_module_refuse(module, i, reason);
    }
}

const char *exact_module_name(const struct exact_module *module, size_t function)
{
    struct object_frame frames[OBJECT_FRAMES_MAX];
    size_t n = object_frames_at(module->object, module->functions[function].entry, frames);

    return n ? frames[n - 1].function->name : "?";
}

// ---- telling

static void send(const struct event_sink *sink, enum event_kind kind,
                 const union event_detail *detail)
{
    struct event event = {.kind = kind, .u = *detail};

    sink->receive(sink->context, &event);
}

static void send_counter(const struct event_sink *sink, const struct event_counter *counter)
{
    if (counter->count || counter->kind == EVENT_COUNTER_ENTRIES)
        send(sink, EVENT_COUNTER, &(union event_detail){.counter = *counter});
}

static void tell_choices(const struct exact_module *module, const struct event_sink *sink)
{
    for (size_t i = 0; i < module->choice.n_choices; i++) {
        const struct step_choice *choice = &module->choice.choices[i];
        send(sink, EVENT_CHOICE,
             &(union event_detail){
                 .choice = {module->number, choice->addr, choice->depth, choice->marked}});
    }
}

static void tell_parts(const struct exact_module *module, const struct event_sink *sink)
{
    for (size_t i = 0; i < module->choice.n_parts; i++) {
        const struct step_part *part = &module->choice.parts[i];
        const struct exact_function *function = &module->functions[part->function];
        bool has_lines = !function->refusal || *function->refusal;
        if (has_lines)
            send_counter(sink,
                         &(struct event_counter){.kind = function->refusal ? EVENT_COUNTER_REFUSED
                                                                           : EVENT_COUNTER_PART,
                                                 .from_module = module->number,
                                                 .from = part->begin,
                                                 .module = module->number,
                                                 .addr = function->entry,
                                                 .count = part->end - part->begin});
    }
}

// Calls of what is not counted are told by nobody.
static void tell_call(const struct exact_module *module, const struct rewrite_count *count,
                      const struct exact_calls *calls, const struct event_sink *sink)
{
    const struct exact_callee *callee = exact_calls_find(calls, module, count->addr);

    if (callee)
        send_counter(sink, &(struct event_counter){.kind = EVENT_COUNTER_CALL,
                                                   .from_module = module->number,
                                                   .from = count->from,
                                                   .module = callee->module,
                                                   .addr = callee->entry,
                                                   .count = count->count});
}

static void tell_counts(const struct exact_module *module, uint32_t rewritten,
                        const uint64_t *slots, const struct exact_calls *calls,
                        const struct event_sink *sink)
{
    static const enum event_counter_kind kinds[] = {
        [REWRITE_COUNT_INSTRUCTION] = EVENT_COUNTER_INSTRUCTION,
        [REWRITE_COUNT_EDGE] = EVENT_COUNTER_EDGE,
        [REWRITE_COUNT_ENTRIES] = EVENT_COUNTER_ENTRIES,
    };
    CLEANUP(cleanup_free) struct rewrite_count *counts = NULL;
    size_t n = rewrite_counts(module->rewrite, rewritten, slots + module->first_slot, &counts);

    for (size_t i = 0; i < n; i++) {
        if (counts[i].kind == REWRITE_COUNT_CALL) {
            tell_call(module, &counts[i], calls, sink);
            continue;
        }
        send_counter(sink,
                     &(struct event_counter){
                         .kind = kinds[counts[i].kind],
                         .from_module = counts[i].kind == REWRITE_COUNT_EDGE ? module->number : 0,
                         .from = counts[i].from,
                         .module = module->number,
                         .addr = counts[i].addr,
                         .count = counts[i].count});
    }
}

void exact_module_tell(const struct exact_module *module, const uint64_t *slots,
                       const struct exact_calls *calls, const struct event_sink *sink)
{
    send(sink, EVENT_MODULE, &(union event_detail){.module = {module->number, module->path}});
    tell_choices(module, sink);
    tell_parts(module, sink);
    for (size_t i = 0; i < module->choice.n_functions; i++)
        if (!module->functions[i].refusal)
            tell_counts(module, module->functions[i].rewritten, slots, calls, sink);
}
