#include "ingest/ingest.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "ingest/clustering.h"
#include "ingest/counted.h"
#include "ingest/fold.h"
#include "ingest/heap.h"
#include "ingest/module_table.h"
#include "ingest/numbered_stacks.h"
#include "ingest/region_table.h"
#include "ingest/resident.h"
#include "ingest/space.h"
#include "ingest/task_table.h"
#include "profile/builder.h"

struct ingest {
    struct profile *profile;
    struct space space;
    struct module_table modules;
    struct task_table tasks;
    struct region_table regions;
    struct fold fold;
    struct counted counted;
    struct clustering clustering;
    struct resident resident;
    struct heap heap;
    struct numbered_stacks numbered;
    int64_t lost;
    int64_t throttled;
};

struct ingest *ingest_create(struct profile *profile)
{
    struct ingest *ingest = mem_alloc(sizeof *ingest);

    ingest->profile = profile;
    space_init(&ingest->space);
    module_table_init(&ingest->modules);
    task_table_init(&ingest->tasks, profile);
    region_table_init(&ingest->regions, profile);
    ingest->counted = (struct counted){.profile = profile, .modules = &ingest->modules};
    fold_init(&ingest->fold, profile, &ingest->space, &ingest->modules);
    clustering_init(&ingest->clustering);
    resident_init(&ingest->resident);
    heap_init(&ingest->heap);
    return ingest;
}

void ingest_destroy(struct ingest *ingest)
{
    if (!ingest)
        return;
    fold_deinit(&ingest->fold);
    counted_deinit(&ingest->counted);
    clustering_deinit(&ingest->clustering);
    resident_deinit(&ingest->resident);
    heap_deinit(&ingest->heap);
    numbered_stacks_deinit(&ingest->numbered);
    space_deinit(&ingest->space);
    module_table_deinit(&ingest->modules);
    task_table_deinit(&ingest->tasks);
    region_table_deinit(&ingest->regions);
    free(ingest);
}

static int64_t count(uint64_t number)
{
    return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

// Code of a few lines: small functions that stand side by side are two.
enum { CODE_BITS = 5 };

static uint64_t code_of(const struct profile *profile, uint32_t id)
{
    const struct profile_location *location = &profile->locations[id - 1];

    return (location->addr >> CODE_BITS) + ((uint64_t)location->mapping << 48);
}

static void add_to_clusters(struct ingest *ingest, uint32_t stack_id, int64_t time_ns)
{
    const struct profile *profile = ingest->profile;
    const struct profile_stack *stack = &profile->stacks[stack_id - 1];
    const uint64_t code[CLUSTERING_KINDS] = {
        [CLUSTERING_LEAF] = code_of(profile, stack->locations[0]),
        [CLUSTERING_CALL] = stack->n > 1 ? stack->locations[1] : 0,
    };

    clustering_add(&ingest->clustering, code, time_ns);
}

static void receive_sample(struct ingest *ingest, const struct event *event)
{
    uint32_t stack = fold_stack(&ingest->fold, event);
    const int64_t values[PROFILE_VALUES] = {
        [PROFILE_SAMPLES] = 1,
        [PROFILE_CPU] = count(event->u.sample.weight_ns),
    };

    builder_sample_in(ingest->profile, stack, task_table_id(&ingest->tasks, event->pid, event->tid),
                      region_table_id(&ingest->regions, event->region), values);
    add_to_clusters(ingest, stack, values[PROFILE_CPU]);
}

// Only what made the process larger is of interest: where, and how large it was then.
static void receive_fault(struct ingest *ingest, const struct event *event)
{
    const struct event_fault *fault = &event->u.fault;
    uint64_t added = resident_touch(&ingest->resident, event->pid, fault->addr, fault->page_bytes);

    if (!added)
        return;
    const int64_t values[PROFILE_VALUES] = {
        [PROFILE_FAULTS] = 1,
        [PROFILE_RESIDENT] = count(added),
        [PROFILE_RSS] = count(resident_size(&ingest->resident, event->pid)),
    };
    builder_sample_in(ingest->profile, fold_stack(&ingest->fold, event),
                      task_table_id(&ingest->tasks, event->pid, event->tid),
                      region_table_id(&ingest->regions, event->region), values);
}

// An allocation of s bytes is told of with probability 1 - exp(-s / interval), and stands for as many.
static double weight_of(const struct event_alloc *alloc)
{
    if (!alloc->interval || !alloc->bytes)
        return 1;
    return -1 / expm1(-(double)alloc->bytes / (double)alloc->interval);
}

// A stack that has a number is folded once.
static uint32_t stack_of_alloc(struct ingest *ingest, const struct event *event)
{
    const struct event_alloc *alloc = &event->u.alloc;
    uint32_t stack;

    if (alloc->stack_id && !alloc->at.stack &&
        numbered_stacks_get(&ingest->numbered, alloc->stack_id, &stack))
        return stack;
    stack = fold_stack(&ingest->fold, event);
    if (alloc->stack_id)
        numbered_stacks_put(&ingest->numbered, alloc->stack_id, stack);
    return stack;
}

static void receive_alloc(struct ingest *ingest, const struct event *event)
{
    const struct event_alloc *alloc = &event->u.alloc;
    double weight = weight_of(alloc);

    heap_add(&ingest->heap,
             &(struct heap_alloc){.pid = event->pid,
                                  .addr = alloc->addr,
                                  .mapped = alloc->mapped,
                                  .gone = alloc->gone,
                                  .rounds = (double)alloc->rounds,
                                  .count = weight,
                                  .bytes = weight * (double)alloc->bytes,
                                  .stack = stack_of_alloc(ingest, event),
                                  .task = task_table_id(&ingest->tasks, event->pid, event->tid),
                                  .region = region_table_id(&ingest->regions, event->region)});
}

static void receive_free(struct ingest *ingest, const struct event *event)
{
    const struct event_free *freed = &event->u.free;

    if (freed->mapped_bytes)
        heap_unmap(&ingest->heap, event->pid, freed->addr, freed->mapped_bytes);
    else
        heap_free(&ingest->heap, event->pid, freed->addr, freed->temporary);
}

static void receive_map(struct ingest *ingest, const struct event *event)
{
    const struct event_map *map = &event->u.map;
    uint64_t end;

    if (__builtin_add_overflow(map->start, map->size, &end))
        end = UINT64_MAX;
    fold_forget_code(&ingest->fold);
    space_map(&ingest->space, event->pid,
              &(struct space_mapping){
                  .start = map->start,
                  .end = end,
                  .file_offset = map->file_offset,
                  .module = module_table_add(&ingest->modules, event->pid, map),
              });
}

static void receive_comm(struct ingest *ingest, const struct event *event)
{
    if (event->u.comm.exec) {
        fold_forget_code(&ingest->fold);
        space_drop(&ingest->space, event->pid);
        resident_drop(&ingest->resident, event->pid);
        heap_drop(&ingest->heap, event->pid);
    }
    task_table_name(&ingest->tasks, event->pid, event->tid, event->u.comm.name);
}

static void receive_fork(struct ingest *ingest, const struct event *event)
{
    const struct event_fork *fork = &event->u.fork;

    space_fork(&ingest->space, fork->parent_pid, event->pid);
    resident_fork(&ingest->resident, fork->parent_pid, event->pid);
    task_table_fork(&ingest->tasks, event->pid, event->tid, fork->parent_tid);
}

static void receive_exit(struct ingest *ingest, const struct event *event)
{
    fold_forget_thread(&ingest->fold, event->tid);
    if (task_table_exit(&ingest->tasks, event->pid, event->tid)) {
        fold_forget_code(&ingest->fold);
        space_drop(&ingest->space, event->pid);
        resident_drop(&ingest->resident, event->pid);
        heap_drop(&ingest->heap, event->pid);
    }
}

static void receive(void *context, const struct event *event)
{
    struct ingest *ingest = context;

    switch (event->kind) {
    case EVENT_SAMPLE:
        receive_sample(ingest, event);
        break;
    case EVENT_MAP:
        receive_map(ingest, event);
        break;
    case EVENT_COMM:
        receive_comm(ingest, event);
        break;
    case EVENT_FORK:
        receive_fork(ingest, event);
        break;
    case EVENT_EXIT:
        receive_exit(ingest, event);
        break;
    case EVENT_LOST:
        ingest->lost = profile_sum(ingest->lost, count(event->u.lost.count));
        break;
    case EVENT_THROTTLE:
        ingest->throttled += event->u.throttle.begins;
        break;
    case EVENT_MODULE:
        counted_module(&ingest->counted, &event->u.module);
        break;
    case EVENT_CHOICE:
        counted_choice(&ingest->counted, &event->u.choice);
        break;
    case EVENT_COUNTER:
        counted_counter(&ingest->counted, &event->u.counter,
                        region_table_id(&ingest->regions, event->region));
        break;
    case EVENT_CALLED:
        counted_called(&ingest->counted, &event->u.called);
        break;
    case EVENT_FAULT:
        receive_fault(ingest, event);
        break;
    case EVENT_ALLOC:
        receive_alloc(ingest, event);
        break;
    case EVENT_FREE:
        receive_free(ingest, event);
        break;
    case EVENT_REGION:
        region_table_add(&ingest->regions, &event->u.region);
        break;
    case EVENT_ENTERED:
        region_table_enter(&ingest->regions, &event->u.entered);
        break;
    case EVENT_RESIDENT:
        resident_read(&ingest->resident, event->pid, event->u.resident.bytes);
        break;
    }
}

struct event_sink ingest_sink(struct ingest *ingest)
{
    return (struct event_sink){receive, ingest};
}

// Stacks without their outer part leave the callers' inclusive times too small.
static void note_stacks(struct ingest *ingest)
{
    const struct fold_counts *counts = &ingest->fold.counts;
    int64_t cut = counts->truncated + counts->lost_way + counts->limited;

    // One in a hundred is in code that starts or ends the program.
    if (cut * 100 > counts->walked)
        builder_note(ingest->profile, "stacks-cut", cut,
                     "the callers of {} samples could not all be found: deeper than what is copied "
                     "of a stack, or in code without call frame information",
                     NULL);
}

// Copies of pages that are written to are few; more than a tenth was given back to the system before.
static void note_memory(struct ingest *ingest)
{
    uint64_t again = ingest->resident.again_bytes;
    uint64_t grown = (uint64_t)profile_total(ingest->profile, PROFILE_RESIDENT);

    if (again > grown / 10)
        builder_note(
            ingest->profile, "memory-again", count(again / 1024),
            "{} KiB of memory were touched for the first time again, for they had been given "
            "back to the system or were copied to be written to: no growth",
            NULL);
}

static void note_losses(struct ingest *ingest)
{
    static const char lost_time[] = "{} records were lost, for they came faster than they could be "
                                    "read; their time is missing";
    static const char lost_with_memory[] = "{} records were lost, for they came faster than they "
                                           "could be read; their time or memory is "
                                           "missing";

    if (ingest->lost)
        builder_note(ingest->profile, "lost-samples", ingest->lost,
                     ingest->resident.processes ? lost_with_memory : lost_time, "lprof -F 100");
    if (ingest->throttled)
        builder_note(ingest->profile, "throttled", ingest->throttled,
                     "the kernel held the clock back {} times; samples of that time are missing",
                     "lprof -F 100");
}

void ingest_finish(struct ingest *ingest)
{
    struct profile_meta *meta = &ingest->profile->meta;

    meta->threads = ingest->tasks.n_threads;
    meta->processes = ingest->tasks.n_processes;
    meta->lost_samples = ingest->lost;
    note_losses(ingest);
    meta->clustered_samples =
        llround((double)ingest->clustering.samples * clustering_effect(&ingest->clustering));
    note_stacks(ingest);
    note_memory(ingest);
    heap_finish(&ingest->heap, ingest->profile);
}

void ingest_keep(struct ingest *ingest, struct kept *kept)
{
    module_table_keep(&ingest->modules, kept);
}
