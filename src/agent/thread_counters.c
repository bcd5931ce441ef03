// A new thread inherits the GS base of its maker. Its block is claimed by the maker, which hands over in
// it what the thread is to run: nothing has to be allocated.
//
// A thread counts to its very end: destructors of its data run late. So its block is locked by a mutex that
// only the kernel opens, when the thread or its program is gone (a robust one). No system call is made,
// which a program in a sandbox might not survive.
#include "agent/thread_counters.h"

#include <asm/prctl.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <threads.h>
#include <unistd.h>

#include "agent/call_times.h"

// In AT_HWCAP2: programs may set their GS base themselves.
#define HWCAP2_FSGSBASE 2

// Where neither programs nor libraries are: near to these there must be room for copies of functions.
#define FAR_AWAY UINT64_C(0x200000000000)

// Blocks that are tried, before a fresh one is taken.
enum { TRIES = 16 };

// With fewer there is no use in counting.
enum { BLOCKS_LEAST = 4 };

typedef int create_function(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static uint8_t *blocks; // NULL = nothing is counted.
static uint64_t size_of_block;
static uint64_t number_of_blocks;
static uint64_t times_at; // In a block; 0 = calls are not timed.
static uint64_t least_ticks;
static uint64_t next_try; // Where the search for a block goes on; a race does no harm.
static bool may_write_gs;
static create_function *real_create;

static struct agent_block *block_at(uint64_t number)
{
    return (struct agent_block *)(void *)(blocks + number * size_of_block);
}

// ---- blocks

static pthread_mutex_t *lock_of(struct agent_block *block)
{
    _Static_assert(sizeof(pthread_mutex_t) <= sizeof block->lock, "a mutex fits in a block");
    return (pthread_mutex_t *)(void *)block->lock;
}

static void make_lock(struct agent_block *block)
{
    pthread_mutexattr_t attributes;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(lock_of(block), &attributes);
    pthread_mutexattr_destroy(&attributes);
}

static bool change_state(struct agent_block *block, uint64_t from, uint64_t to)
{
    return __atomic_compare_exchange_n(&block->state, &from, to, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

// Take over the block of a thread that is gone.
static bool claim_used(struct agent_block *block)
{
    if (pthread_mutex_trylock(lock_of(block)) != EOWNERDEAD)
        return false;
    bool claimed = change_state(block, AGENT_BLOCK_USED, AGENT_BLOCK_CLAIMED);
    pthread_mutex_consistent(lock_of(block));
    pthread_mutex_unlock(lock_of(block));
    return claimed;
}

static bool claim(struct agent_block *block)
{
    switch (__atomic_load_n(&block->state, __ATOMIC_ACQUIRE)) {
    case AGENT_BLOCK_FREE:
        if (!change_state(block, AGENT_BLOCK_FREE, AGENT_BLOCK_CLAIMED))
            return false;
        make_lock(block);
        return true;
    case AGENT_BLOCK_USED:
        return claim_used(block);
    default:
        return false;
    }
}

// One of the blocks of a region that were used before; NULL when none of so many is free.
static struct agent_block *reclaim(uint64_t region, uint64_t used, uint64_t tries)
{
    for (uint64_t i = 0; i < tries && used > 1; i++) {
        uint64_t number = 1 + __atomic_fetch_add(&next_try, 1, __ATOMIC_RELAXED) % (used - 1);
        struct agent_block *block = block_at(number);
        if (block->region == region && claim(block))
            return block;
    }
    return NULL;
}

static struct agent_block *take_fresh(uint64_t region, struct agent_area *area)
{
    uint64_t number = __atomic_load_n(&area->used, __ATOMIC_ACQUIRE);

    while (number < number_of_blocks) {
        if (!__atomic_compare_exchange_n(&area->used, &number, number + 1, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_ACQUIRE))
            continue;
        if (!claim(block_at(number)))
            continue;
        block_at(number)->region = region;
        return block_at(number);
    }
    return NULL;
}

// A claimed block of a region, 0 = of none; NULL when there is none left.
static struct agent_block *take_block(uint64_t region)
{
    struct agent_area *area = (struct agent_area *)(void *)blocks;
    uint64_t used = __atomic_load_n(&area->used, __ATOMIC_ACQUIRE);

    // Others may use more than this program can.
    used = used < number_of_blocks ? used : number_of_blocks;
    struct agent_block *block = reclaim(region, used, used < TRIES ? used : TRIES);

    if (!block)
        block = take_fresh(region, area);
    if (!block)
        block = reclaim(region, number_of_blocks, number_of_blocks);
    if (!block)
        __atomic_fetch_add(&area->overflow, 1, __ATOMIC_RELAXED);
    return block;
}

__attribute__((target("fsgsbase"))) static void write_gs(uint64_t base)
{
    __builtin_ia32_wrgsbase64(base);
}

static struct agent_times *times_of(struct agent_block *block)
{
    return (struct agent_times *)(void *)((uint8_t *)block + times_at);
}

static void start_times(struct agent_block *block)
{
    struct agent_times *times = times_of(block);

    call_times_forget(times);
    times->ticks_least = least_ticks;
    block->entered = (uintptr_t)call_times_entered;
    block->left = (uintptr_t)call_times_left;
    block->times = (uintptr_t)times;
}

static void count_in(struct agent_block *block)
{
    uint64_t counters = (uint64_t)(uintptr_t)(block + 1);

    if (may_write_gs)
        write_gs(counters);
    else
        syscall(SYS_arch_prctl, ARCH_SET_GS, counters);
}

// The calling thread owns the block to its end.
static void own_block(struct agent_block *block)
{
    pthread_mutex_lock(lock_of(block));
    __atomic_store_n(&block->state, AGENT_BLOCK_USED, __ATOMIC_RELEASE);
}

// The calling thread counts in this block from now on.
static void use_block(struct agent_block *block)
{
    if (times_at)
        start_times(block);
    count_in(block);
    own_block(block);
}

// ---- threads

static void *run_thread(void *argument)
{
    struct agent_block *block = argument;
    void *(*start)(void *) = (void *(*)(void *))(uintptr_t)block->start;
    void *own = (void *)(uintptr_t)block->argument;

    use_block(block);
    return start(own);
}

static int run_c11_thread(void *argument)
{
    struct agent_block *block = argument;
    thrd_start_t start = (thrd_start_t)(uintptr_t)block->start;
    void *own = (void *)(uintptr_t)block->argument;

    use_block(block);
    return start(own);
}

static struct agent_block *prepare(uintptr_t start, void *argument)
{
    struct agent_block *block = blocks ? take_block(0) : NULL;

    if (block) {
        block->start = start;
        block->argument = (uintptr_t)argument;
    }
    return block;
}

static void give_back(struct agent_block *block)
{
    __atomic_store_n(&block->state, AGENT_BLOCK_FREE, __ATOMIC_RELEASE);
}

static create_function *find_create(void)
{
    if (!real_create)
        real_create = (create_function *)(uintptr_t)dlsym(RTLD_NEXT, "pthread_create");
    return real_create;
}

__attribute__((visibility("default"))) int pthread_create(pthread_t *restrict ret,
                                                          const pthread_attr_t *restrict attributes,
                                                          void *(*start)(void *),
                                                          void *restrict argument)
{
    create_function *create = find_create();
    struct agent_block *block = prepare((uintptr_t)start, argument);

    if (!block)
        return create(ret, attributes, start, argument);
    int result = create(ret, attributes, run_thread, block);
    if (result)
        give_back(block);
    return result;
}

__attribute__((visibility("default"))) int thrd_create(thrd_t *ret, thrd_start_t start,
                                                       void *argument)
{
    typedef int thrd_function(thrd_t *, thrd_start_t, void *);
    static thrd_function *real;
    struct agent_block *block = prepare((uintptr_t)start, argument);

    if (!real)
        real = (thrd_function *)(uintptr_t)dlsym(RTLD_NEXT, "thrd_create");
    if (!block)
        return real(ret, start, argument);
    int result = real(ret, run_c11_thread, block);
    if (result != thrd_success)
        give_back(block);
    return result;
}

// Without a block of its own it goes on in its parent's.
static void start_child(void)
{
    struct agent_block *block = take_block(0);

    if (block)
        use_block(block);
}

// ---- regions (regions/counters.c calls these)

// The block that the calling thread counts in; NULL when nothing is counted.
__attribute__((visibility("default"))) void *lprof_agent_block(void);

// A block of its own for a region; NULL when there is none left.
__attribute__((visibility("default"))) void *lprof_agent_take(uint64_t region);

// The calling thread counts there from now on.
__attribute__((visibility("default"))) void lprof_agent_use(void *block);

// All counts are 0 again.
__attribute__((visibility("default"))) void lprof_agent_reset(void);

void *lprof_agent_block(void)
{
    uint64_t counters = 0;

    if (!blocks)
        return NULL;
    syscall(SYS_arch_prctl, ARCH_GET_GS, &counters);
    return counters ? (struct agent_block *)(uintptr_t)counters - 1 : NULL;
}

// A thread has one stack of calls, wherever it counts.
static void lend_times(struct agent_block *block)
{
    const struct agent_block *own = lprof_agent_block();

    if (!own || !times_at)
        return;
    bool paused = block->region == AGENT_REGION_PAUSED;
    block->times = own->times;
    block->left = (uintptr_t)call_times_left;
    block->entered = (uintptr_t)(paused ? call_times_ignored : call_times_entered);
    if (paused)
        ((struct agent_times *)(uintptr_t)own->times)->paused = 1;
}

void *lprof_agent_take(uint64_t region)
{
    struct agent_block *block = blocks ? take_block(region) : NULL;

    if (block)
        lend_times(block);
    if (block)
        own_block(block);
    return block;
}

void lprof_agent_use(void *block)
{
    count_in(block);
}

void lprof_agent_reset(void)
{
    const struct agent_area *area = (const struct agent_area *)(const void *)blocks;
    uint64_t used = blocks ? __atomic_load_n(&area->used, __ATOMIC_ACQUIRE) : 0;

    uint64_t end = times_at ? times_at : size_of_block;

    for (uint64_t number = 1; number < used && number < number_of_blocks; number++) {
        memset(block_at(number) + 1, 0, end - sizeof(struct agent_block));
        if (times_at)
            call_times_reset(times_of(block_at(number)), size_of_block - times_at);
    }
}

// ---- the start

struct agent_area *thread_counters_area(void)
{
    return (struct agent_area *)(void *)blocks;
}

// Map the blocks, or as many as the program may have memory (ulimit -v). NULL when that is none.
static void *map_blocks(int file, uint64_t block_size, uint64_t *count)
{
    for (; *count >= BLOCKS_LEAST; *count /= 2) {
        void *memory = mmap((void *)(uintptr_t)FAR_AWAY, block_size * *count,
                            PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
        if (memory == MAP_FAILED)
            continue;
        // Much of nothing: no core file should have it.
        madvise(memory, block_size * *count, MADV_DONTDUMP);
        return memory;
    }
    return NULL;
}

bool thread_counters_start(int file, const struct agent_load *order)
{
    if (blocks)
        return true;
    uint64_t count = order->block_count;
    void *memory = map_blocks(file, order->block_size, &count);

    if (!memory)
        return false;
    size_of_block = order->block_size;
    number_of_blocks = count;
    times_at = order->times;
    least_ticks = order->ticks_least;
    may_write_gs = getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE;
    blocks = memory;
    struct agent_block *first = find_create() ? take_block(0) : NULL;
    if (!first || pthread_atfork(NULL, NULL, start_child) != 0) {
        blocks = NULL;
        return false;
    }
    use_block(first);
    return true;
}

// ---- what timing costs

// As a copy does it. Timer 0 is not that of a function.
static void time_nothing(void)
{
    __asm__ volatile("sub $128, %%rsp\n"
                     "call *%%gs:-40\n.byte 0x0f, 0x1f, 0x80\n.long 0\n"
                     "call *%%gs:-32\n.byte 0x0f, 0x1f, 0x80\n.long 0\n"
                     "add $128, %%rsp\n" ::
                         : "memory", "cc");
}

_Static_assert(sizeof(struct agent_block) - offsetof(struct agent_block, entered) == 40 &&
                   sizeof(struct agent_block) - offsetof(struct agent_block, left) == 32,
               "");

uint64_t thread_counters_timing_cost(void)
{
    enum { ROUNDS = 4, CALLS = 256 };
    static uint64_t least;

    if (!times_at || least)
        return least;
    least = UINT64_MAX;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t start = __builtin_ia32_rdtsc();
        for (int i = 0; i < CALLS; i++)
            time_nothing();
        uint64_t ticks = (__builtin_ia32_rdtsc() - start) / CALLS;
        least = ticks < least ? ticks : least;
    }
    return least;
}
