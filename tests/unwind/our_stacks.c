// Walks the stacks of a recorded event stream with lprof's unwinder, and prints what dw_stacks.c prints
// with libdw: "TIME TID END ADDR ADDR ...". Stacks are told as walked: not spliced. With --time each walk
// is repeated, and the time of a frame is told instead: cold of the first walks, what they read of the
// modules included; warm of the repeated ones.
//
//     our_stacks [--time] EVENTS
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "event/event_text.h"
#include "ingest/code_cache.h"
#include "ingest/module_table.h"
#include "ingest/space.h"
#include "ingest/unwind.h"
#include "unwind/stopwatch.h"

enum { REPEATS = 200 };

struct walker {
    struct profile *profile;
    struct space space;
    struct module_table modules;
    struct code_cache code;
    bool timed;
    double first_seconds; ///< Of the first walk of each stack; reading unwind tables is in it.
    double again_seconds; ///< Of the repeated walks.
    size_t frames;        ///< Of the first walks.
};

static void print_stack(const struct event *event, const struct unwind_stack *stack)
{
    const char *end = stack->end == UNWIND_COMPLETE ? "complete" : "cut";

    printf("%" PRIu64 " %d %s", event->time_ns, event->tid, stack->n_guessed ? "guessed" : end);
    for (size_t i = 0; i < stack->n_frames; i++)
        printf(" %" PRIx64, stack->frames[i].run_addr);
    putchar('\n');
}

static void walk(struct walker *w, const struct event *event)
{
    static struct unwind_stack stack;
    const struct event_sample *sample = &event->u.sample;
    struct unwind_memory memory = {sample->stack, sample->stack_size,
                                   sample->registers[EVENT_REG_SP]};
    double start = stopwatch_now();
    struct unwind_lookup lookup = code_cache_lookup(&w->code, event->pid);

    unwind_walk(sample->registers, &memory, &lookup, &stack);
    if (!w->timed) {
        print_stack(event, &stack);
        return;
    }
    double middle = stopwatch_now();
    for (int i = 0; i < REPEATS; i++)
        unwind_walk(sample->registers, &memory, &lookup, &stack);
    w->first_seconds += stopwatch_between(start, middle);
    w->again_seconds += stopwatch_between(middle, stopwatch_now());
    w->frames += stack.n_frames;
}

static void receive(void *context, const struct event *event)
{
    struct walker *w = context;
    const struct event_map *map = &event->u.map;

    if (event->kind == EVENT_MAP || event->kind == EVENT_COMM || event->kind == EVENT_FORK)
        code_cache_forget(&w->code);
    if (event->kind == EVENT_MAP)
        space_map(&w->space, event->pid,
                  &(struct space_mapping){.start = map->start,
                                          .end = map->start + map->size,
                                          .file_offset = map->file_offset,
                                          .module = module_table_add(&w->modules, event->pid, map)});
    else if (event->kind == EVENT_COMM && event->u.comm.exec)
        space_drop(&w->space, event->pid);
    else if (event->kind == EVENT_FORK)
        space_fork(&w->space, event->u.fork.parent_pid, event->pid);
    else if (event->kind == EVENT_SAMPLE && !event->u.sample.in_kernel && event->u.sample.stack)
        walk(w, event);
}

int main(int argc, char **argv)
{
    struct walker w = {.timed = argc == 3 && strcmp(argv[1], "--time") == 0};
    struct event_sink sink = {receive, &w};

    if (argc != (w.timed ? 3 : 2)) {
        fprintf(stderr, "usage: our_stacks [--time] EVENTS\n");
        return 2;
    }
    w.profile = profile_create();
    space_init(&w.space);
    module_table_init(&w.modules);
    code_cache_init(&w.code, w.profile, &w.space, &w.modules);
    struct lprof_error *err = event_text_play(argv[argc - 1], &sink);
    if (w.timed && w.frames)
        printf("cold %.1f warm %.1f ns a frame, %zu frames\n",
               w.first_seconds * 1e9 / (double)w.frames,
               w.again_seconds * 1e9 / (double)w.frames / REPEATS, w.frames);
    code_cache_deinit(&w.code);
    module_table_deinit(&w.modules);
    space_deinit(&w.space);
    profile_destroy(w.profile);
    if (err)
        fprintf(stderr, "our_stacks: %s\n", err->message);
    error_destroy(err);
    return err ? 1 : 0;
}
