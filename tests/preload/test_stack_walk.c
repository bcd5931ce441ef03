// Walks that keep what they know, against walks that know nothing, and against backtrace(3).
#include "preload/stack_walk.h"

#include <alloca.h>
#include <execinfo.h>
#include <stdlib.h>
#include <string.h>

#include "preload/stack_rules.h"
#include "support/test.h"

#define NOINLINE __attribute__((noinline))

enum { STACKS_MAX = 4000, DEPTH_MAX = 12, FRAMES_MAX = 100 };

// What one stack was found to be, by us and by others.
struct seen {
    uint64_t hash;
    void *frames[FRAMES_MAX];
    int n;
};

struct bench {
    struct stack_walk *kept;
    struct stack_walk *fresh;
    struct seen *seen;
    size_t n;
    uint64_t random;
};

static uint64_t rules[STACK_RULES_BYTES / 8];

static bool yes(uint64_t addr)
{
    return addr != 0;
}

static bool no(uint64_t addr)
{
    return addr == 0;
}

static unsigned draw(struct bench *bench, unsigned below)
{
    bench->random = bench->random * 6364136223846793005 + 1442695040888963407;
    return (unsigned)(bench->random >> 33) % below;
}

static inline __attribute__((always_inline)) struct stack_walk_at here(void)
{
    struct stack_walk_at at;

    __asm__ volatile("leaq 0(%%rip), %0\n\tmovq %%rsp, %1\n\tmovq %%rbp, %2"
                     : "=r"(at.pc), "=r"(at.sp), "=r"(at.bp));
    return at;
}

static NOINLINE void look(struct bench *bench)
{
    struct stack_walk_at at = here();
    struct stack_walk_result kept = {0};
    struct stack_walk_result fresh = {0};

    if (bench->n == STACKS_MAX)
        return;
    stack_walk_reset(bench->fresh);
    cr_assert(stack_walk(bench->fresh, &at, yes, &fresh));
    cr_assert(stack_walk(bench->kept, &at, yes, &kept));
    cr_assert(kept.hash == fresh.hash, "stack %zu", bench->n);
    cr_assert(kept.stack_bytes == fresh.stack_bytes);
    struct seen *seen = &bench->seen[bench->n++];
    seen->hash = kept.hash;
    seen->n = backtrace(seen->frames, FRAMES_MAX);
}

static NOINLINE void go(struct bench *bench, int depth);

// A frame that bp leads out of.
static NOINLINE void in_alloca(struct bench *bench, int depth)
{
    char *volatile memory = alloca(16 + draw(bench, 100));

    memory[0] = 1;
    go(bench, depth + 1);
    look(bench);
}

static NOINLINE void in_aligned(struct bench *bench, int depth)
{
    _Alignas(64) volatile char memory[64];

    memory[0] = 1;
    go(bench, depth + 1);
    look(memory[0] ? bench : NULL);
}

// bp holds what has nothing to do with frames, and changes.
static NOINLINE void in_loop(struct bench *bench, int depth)
{
    unsigned times = 1 + draw(bench, 3);

    for (unsigned a = 1, b = 2, c = 3, d = 4, e = 5; times; times--) {
        go(bench, depth + 1);
        __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e));
    }
    look(bench);
    look(bench);
}

static NOINLINE void go(struct bench *bench, int depth)
{
    if (depth == DEPTH_MAX || bench->n == STACKS_MAX)
        return;
    switch (draw(bench, 5)) {
    case 0:
        in_alloca(bench, depth);
        break;
    case 1:
        in_aligned(bench, depth);
        break;
    case 2:
        in_loop(bench, depth);
        break;
    case 3:
        go(bench, depth + 1);
        break;
    default:
        break;
    }
    look(bench);
}

static void begin(struct bench *bench)
{
    stack_rules_init(rules);
    *bench = (struct bench){.kept = calloc(1, stack_walk_bytes),
                            .fresh = calloc(1, stack_walk_bytes),
                            .seen = calloc(STACKS_MAX, sizeof *bench->seen),
                            .random = 42};
}

static void end(struct bench *bench)
{
    free(bench->kept);
    free(bench->fresh);
    free(bench->seen);
}

static bool same_frames(const struct seen *a, const struct seen *b)
{
    return a->n == b->n && memcmp(a->frames, b->frames, (size_t)a->n * sizeof *a->frames) == 0;
}

LP_TEST(stack_walk, the_same_calls_have_the_same_hash_and_no_others)
{
    struct bench bench;
    size_t same = 0;

    begin(&bench);
    while (bench.n < STACKS_MAX)
        go(&bench, 0);
    for (size_t i = 0; i < bench.n; i++) {
        for (size_t k = 0; k < i; k++) {
            bool equal = bench.seen[i].hash == bench.seen[k].hash;
            cr_assert(equal == same_frames(&bench.seen[i], &bench.seen[k]), "%zu and %zu", i, k);
            same += equal;
        }
    }
    cr_expect(same > STACKS_MAX, "stacks come again: %zu", same);
    end(&bench);
}

LP_TEST(stack_walk, what_cannot_be_read_is_not)
{
    struct bench bench;
    struct stack_walk_result result = {0};

    begin(&bench);
    struct stack_walk_at at = here();
    at.sp &= ~UINT64_C(4095);
    at.sp -= 8;
    cr_expect(!stack_walk(bench.kept, &at, no, &result), "the next page is not there");
    at = here();
    at.pc = (uint64_t)(uintptr_t)&bench;
    cr_expect(!stack_walk(bench.kept, &at, yes, &result), "no code");
    cr_expect(!result.hash);
    at = here();
    cr_expect(stack_walk(bench.kept, &at, yes, &result) && result.hash);
    end(&bench);
}

// Numbers are taken anew, and are the same when no code changed.
LP_TEST(stack_walk, forgetting_changes_nothing)
{
    struct bench bench;
    struct stack_walk_result before = {0};
    struct stack_walk_result after = {0};

    begin(&bench);
    struct stack_walk_at at = here();
    cr_assert(stack_walk(bench.kept, &at, yes, &before));
    stack_walk_forget();
    cr_assert(stack_walk(bench.kept, &at, yes, &after));
    cr_expect(before.hash == after.hash && before.stack_bytes == after.stack_bytes);
    end(&bench);
}
