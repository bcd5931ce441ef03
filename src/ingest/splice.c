#include "ingest/splice.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"

struct splice_thread {
    UT_hash_handle hh;
    pid_t tid;
    struct unwind_frame *frames; // Of the last whole stack, innermost first.
    size_t n_frames;
    size_t capacity;
};

void splice_init(struct splice *splice)
{
    splice->threads = NULL;
}

static void free_thread(struct splice *splice, struct splice_thread *thread)
{
    HASH_DEL(splice->threads, thread);
    free(thread->frames);
    free(thread);
}

void splice_deinit(struct splice *splice)
{
    struct splice_thread *thread;
    struct splice_thread *next;

    HASH_ITER(hh, splice->threads, thread, next)
    {
        free_thread(splice, thread);
    }
}

static struct splice_thread *find(const struct splice *splice, pid_t tid)
{
    struct splice_thread *thread;

    HASH_FIND(hh, splice->threads, &tid, sizeof tid, thread);
    return thread;
}

void splice_keep(struct splice *splice, pid_t tid, const struct unwind_stack *stack)
{
    struct splice_thread *thread = find(splice, tid);

    if (!thread) {
        thread = mem_alloc(sizeof *thread);
        thread->tid = tid;
        HASH_ADD(hh, splice->threads, tid, sizeof thread->tid, thread);
    }
    if (stack->n_frames > thread->capacity) {
        thread->capacity = stack->n_frames;
        thread->frames = mem_resize(thread->frames, thread->capacity, sizeof *thread->frames);
    }
    thread->n_frames = stack->n_frames;
    memcpy(thread->frames, stack->frames, stack->n_frames * sizeof *stack->frames);
}

// Whether two frames are one: `a[i]` and `b[j]` have the same return address, and their callees left
// the stack pointer in the same place.
static bool same_frame(const struct unwind_frame *a, size_t i, const struct unwind_frame *b,
                       size_t j)
{
    return a[i].is_call && a[i].run_addr == b[j].run_addr && a[i - 1].cfa == b[j - 1].cfa;
}

bool splice_mend(const struct splice *splice, pid_t tid, struct unwind_stack *stack)
{
    const struct splice_thread *thread = find(splice, tid);
    size_t last = stack->n_frames - 1;

    if (!thread || !last)
        return false;
    size_t meet = 1;
    while (meet < thread->n_frames && !same_frame(stack->frames, last, thread->frames, meet))
        meet++;
    if (meet >= thread->n_frames)
        return false;
    size_t more = thread->n_frames - meet - 1;
    bool fits = more <= UNWIND_FRAMES_MAX - stack->n_frames;
    if (!fits)
        more = UNWIND_FRAMES_MAX - stack->n_frames;
    stack->frames[last].cfa = thread->frames[meet].cfa;
    memcpy(stack->frames + stack->n_frames, thread->frames + meet + 1,
           more * sizeof *stack->frames);
    stack->n_frames += more;
    stack->end = fits ? UNWIND_COMPLETE : UNWIND_LIMIT;
    return true;
}

void splice_drop(struct splice *splice, pid_t tid)
{
    struct splice_thread *thread = find(splice, tid);

    if (thread)
        free_thread(splice, thread);
}
