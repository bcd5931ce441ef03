#include "ingest/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "event/heap_wire.h"
#include "profile/builder.h"

void fold_init(struct fold *fold, struct profile *profile, const struct space *space,
               struct module_table *modules)
{
    *fold = (struct fold){.profile = profile, .space = space, .modules = modules};
    splice_init(&fold->splice);
    code_cache_init(&fold->code, profile, space, modules);
    fold->stack = mem_alloc(sizeof *fold->stack);
}

void fold_deinit(struct fold *fold)
{
    splice_deinit(&fold->splice);
    code_cache_deinit(&fold->code);
    free(fold->stack);
}

void fold_forget_code(struct fold *fold)
{
    code_cache_forget(&fold->code);
}

void fold_forget_thread(struct fold *fold, pid_t tid)
{
    splice_drop(&fold->splice, tid);
}

// ---- locations

// 0 when the address is in no mapping.
static uint32_t mapped_location(const struct fold *fold, pid_t pid, uint64_t run_addr,
                                enum profile_address_kind kind)
{
    const struct space_mapping *mapping = space_find(fold->space, pid, run_addr);

    if (!mapping)
        return 0;
    return module_table_location(fold->modules, fold->profile, mapping, run_addr, kind);
}

static uint32_t kernel_location(const struct fold *fold, pid_t pid,
                                const struct event_sample *sample)
{
    uint32_t location = 0;

    if (sample->has_registers)
        location =
            mapped_location(fold, pid, sample->registers[EVENT_REG_IP], PROFILE_ADDRESS_KERNEL);
    if (location)
        return location;
    uint32_t kernel = builder_mapping(fold->profile, &(struct profile_mapping){.path = "[kernel]"});
    return builder_location(fold->profile, kernel, 0, PROFILE_ADDRESS_KERNEL);
}

// A clock tells of the next instruction, a page fault of the one that caused it.
static uint32_t user_location(const struct fold *fold, const struct event *event, uint64_t ip)
{
    enum profile_address_kind kind =
        event->kind == EVENT_SAMPLE ? PROFILE_ADDRESS_SKID : PROFILE_ADDRESS_EXACT;
    uint32_t location = mapped_location(fold, event->pid, ip, kind);

    return location ? location : builder_location(fold->profile, 0, ip, kind);
}

// ---- walking

static void count_end(struct fold_counts *counts, enum unwind_end end, bool spliced)
{
    counts->walked++;
    counts->spliced += spliced;
    counts->complete += end == UNWIND_COMPLETE;
    counts->truncated += end == UNWIND_TRUNCATED;
    counts->lost_way += end == UNWIND_NO_RULE || end == UNWIND_BROKEN;
    counts->limited += end == UNWIND_LIMIT;
}

// Walk the sample's stack into `fold->stack`.
static void walk(struct fold *fold, const struct event *event, const struct event_sample *sample)
{
    const struct unwind_lookup lookup = code_cache_lookup(&fold->code, event->pid);
    const struct unwind_memory memory = {
        .bytes = sample->stack,
        .size = sample->stack_size,
        .addr = sample->registers[EVENT_REG_SP],
    };
    struct unwind_stack *stack = fold->stack;
    bool spliced = false;

    unwind_walk(sample->registers, &memory, &lookup, stack);
    if (stack->end == UNWIND_COMPLETE)
        splice_keep(&fold->splice, event->tid, stack);
    else if (stack->end == UNWIND_TRUNCATED)
        spliced = splice_mend(&fold->splice, event->tid, stack);
    count_end(&fold->counts, stack->end, spliced);
}

static const struct event_sample *sample_of(const struct event *event)
{
    switch (event->kind) {
    case EVENT_FAULT:
        return &event->u.fault.at;
    case EVENT_ALLOC:
        return &event->u.alloc.at;
    default:
        return &event->u.sample;
    }
}

// How many of the innermost frames are lprof's own, which stand before the program's allocator.
static size_t allocator_frames(const struct fold *fold, const uint32_t *locations, size_t n)
{
    const struct profile *profile = fold->profile;
    size_t own = 0;

    while (own + 1 < n) {
        uint32_t mapping = profile->locations[locations[own] - 1].mapping;
        if (!mapping ||
            strcmp(path_basename(profile->mappings[mapping - 1].path), HEAP_WIRE_LIBRARY) != 0)
            break;
        own++;
    }
    return own;
}

uint32_t fold_stack(struct fold *fold, const struct event *event)
{
    const struct event_sample *sample = sample_of(event);
    uint32_t locations[UNWIND_FRAMES_MAX];
    size_t n = 0;

    locations[n++] = sample->in_kernel ? kernel_location(fold, event->pid, sample)
                                       : user_location(fold, event, sample->ip);
    fold->stack->n_frames = 1;
    if (sample->has_registers && sample->stack)
        walk(fold, event, sample);
    for (size_t i = 1; i < fold->stack->n_frames; i++) {
        const struct unwind_frame *frame = &fold->stack->frames[i];
        uint64_t addr = frame->is_call ? frame->run_addr - 1 : frame->run_addr;
        uint32_t location = code_cache_location(&fold->code, event->pid, addr, frame->is_call);
        if (location)
            locations[n++] = location;
    }
    size_t skipped = event->kind == EVENT_ALLOC ? allocator_frames(fold, locations, n) : 0;
    return builder_stack(fold->profile, locations + skipped, n - skipped);
}
