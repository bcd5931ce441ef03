// Loaded into a profiled program before its other libraries: stands before the allocator that the program
// uses, and tells lprof of allocations and frees, of all or of samples.
//
// Sampling: bytes are counted down to an exponentially distributed number, so that an allocation of s bytes
// is taken with probability 1 - exp(-s / interval), whatever came before.
//
// dlsym(3) may allocate while the allocator is looked for: that memory comes from a small store and is never
// freed.
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "preload/heap_environment.h"
#include "preload/heap_exec.h"
#include "preload/heap_pointers.h"
#include "preload/heap_records.h"
#include "preload/heap_ring_writer.h"
#include "preload/interposer.h"
#include "preload/mappings.h"
#include "preload/modules.h"
#include "preload/next.h"
#include "preload/operators.h"
#include "preload/stack_ids.h"
#include "preload/telling.h"

#define EXPORT __attribute__((visibility("default")))
#define THREAD_LOCAL static __thread __attribute__((tls_model("initial-exec")))

// The allocator behind. Until it is found, these find it.
static void *early_malloc(size_t size);
static void early_free(void *memory);

static struct {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    void *(*memalign)(size_t, size_t);
    void *(*valloc)(size_t);
    void *(*pvalloc)(size_t);
    int (*dlclose)(void *);
} next = {.malloc = early_malloc, .free = early_free};

static enum { STATE_NONE, STATE_LOOKING, STATE_READY } state;

static _Alignas(16) uint8_t store[16384];
static size_t store_used;

THREAD_LOCAL int64_t bytes_left;    // Until the next sample.
THREAD_LOCAL uint64_t random_state; // 0 = the thread has not allocated yet.
THREAD_LOCAL const void *last;      // The last sample, if it lives.
THREAD_LOCAL int64_t last_left;     // `bytes_left` behind it.

// ---- the allocator behind

static void *from_store(size_t size)
{
    size_t rounded = (size + 15) / 16 * 16;
    size_t at = __atomic_fetch_add(&store_used, rounded, __ATOMIC_RELAXED);

    return at + rounded <= sizeof store ? store + at : NULL;
}

static inline bool is_from_store(const void *memory)
{
    return (uintptr_t)memory - (uintptr_t)store < sizeof store;
}

// What runs before the C library is up has no environment yet.
static void join(void)
{
    if (!environ || heap_ring_writer_is_on())
        return;
    if (heap_ring_writer_join() && heap_ring_writer_is_full())
        heap_pointers_add_all();
}

// The first call comes from the loader or a constructor, before there are threads.
static bool get_ready(void)
{
    if (state == STATE_LOOKING)
        return false;
    state = STATE_LOOKING;
    next_find(&next.calloc, "calloc");
    next_find(&next.realloc, "realloc");
    next_find(&next.posix_memalign, "posix_memalign");
    next_find(&next.aligned_alloc, "aligned_alloc");
    next_find(&next.memalign, "memalign");
    next_find(&next.valloc, "valloc");
    next_find(&next.pvalloc, "pvalloc");
    next_find(&next.dlclose, "dlclose");
    next_find(&next.free, "free");
    next_find(&next.malloc, "malloc");
    mappings_init(next.malloc);
    operators_init(next.malloc);
    heap_exec_init();
    join();
    state = STATE_READY;
    return true;
}

static inline bool is_ready(void)
{
    return __builtin_expect(state == STATE_READY, 1) || get_ready();
}

static void *early_malloc(size_t size)
{
    return is_ready() ? next.malloc(size) : from_store(size);
}

// What was allocated before is in the store.
static void early_free(void *memory)
{
    (void)memory;
}

// ---- sampling

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

// -ln of a number above 0 and up to 1, within 1e-6: m in [1, 2) and 2^-e, ln m by its series in
// (m - 1) / (m + 1). The mathematical library is not ours to load.
static double minus_log(uint64_t random)
{
    uint64_t bits = random >> 11 | 1; // 53 bits.
    int exponent = 63 - __builtin_clzll(bits);
    double m = (double)bits / (double)(UINT64_C(1) << exponent);
    double z = (m - 1) / (m + 1);
    double z2 = z * z;
    double ln_m =
        2 * z * (1 + z2 * (1.0 / 3 + z2 * (1.0 / 5 + z2 * (1.0 / 7 + z2 * (1.0 / 9 + z2 / 11)))));

    return (53 - exponent) * 0.693147180559945309 - ln_m;
}

static int64_t draw_interval(void)
{
    return (int64_t)(minus_log(next_random()) * (double)heap_ring_writer_interval()) + 1;
}

static void start_thread(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    random_state =
        ((uint64_t)(uintptr_t)&random_state ^ (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec) *
            UINT64_C(0x9e3779b97f4a7c15) |
        1;
    for (int i = 0; i < 8; i++)
        next_random();
    bytes_left = draw_interval();
}

// A sample is told of only when its end will be known.
static void tell_sample(const void *memory, size_t bytes)
{
    if (heap_pointers_add(memory) && !heap_records_alloc(memory, bytes, false))
        heap_pointers_take(memory);
}

// No memory has more; a wrong size must not turn the count around.
static inline int64_t counted(size_t bytes)
{
    return (int64_t)(bytes & ((UINT64_C(1) << 48) - 1));
}

// Of a new thread `bytes_left` is 0.
__attribute__((noinline)) static void *tell_if_sampled(void *memory, size_t bytes)
{
    if (!memory)
        bytes_left += counted(bytes); // Nothing was allocated.
    if (!memory || !telling_begin())
        return memory;
    if (!random_state) {
        start_thread();
        bytes_left -= counted(bytes);
    }
    if (bytes_left <= 0) {
        tell_sample(memory, bytes);
        bytes_left = draw_interval();
        last = memory;
        last_left = bytes_left;
    }
    telling_end();
    return memory;
}

// Where every allocation is told of, `bytes_left` never is more than 0.
static inline void *tell_slowly(void *memory, size_t bytes)
{
    if (!heap_ring_writer_is_full())
        return tell_if_sampled(memory, bytes);
    return memory ? heap_records_every_alloc(memory, bytes) : NULL;
}

// Whether an allocation is to be told of, or may be.
static inline bool is_due(size_t bytes)
{
    bytes_left -= counted(bytes);
    return __builtin_expect(bytes_left <= 0, 0);
}

static inline void *told(void *memory, size_t bytes)
{
    return is_due(bytes) ? tell_slowly(memory, bytes) : memory;
}

// Returns whether it was told.
__attribute__((noinline)) static bool tell_sampled_free(const void *memory)
{
    if (telling_is_underway() || !heap_pointers_take(memory) || !telling_begin())
        return false;
    // Every allocation counts bytes down.
    heap_records_free(memory, memory == last && bytes_left == last_left);
    if (memory == last)
        last = NULL;
    telling_end();
    return true;
}

static inline bool tell_free(const void *memory)
{
    return heap_ring_writer_is_full() ? heap_records_every_free(memory) : tell_sampled_free(memory);
}

// ---- other ways of allocating

bool interposer_is_ready(void)
{
    return is_ready();
}

int64_t interposer_mark(void)
{
    return bytes_left;
}

void *interposer_allocated(void *memory, size_t bytes, int64_t mark)
{
    return bytes_left == mark ? told(memory, bytes) : memory;
}

void interposer_freeing(const void *memory)
{
    if (memory && heap_pointers_may_have(memory))
        tell_free(memory);
}

// ---- what the program calls

EXPORT void *malloc(size_t size)
{
    return is_due(size) ? tell_slowly(next.malloc(size), size) : next.malloc(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
    size_t bytes;

    if (!is_ready())
        return __builtin_mul_overflow(count, size, &bytes) ? NULL : from_store(bytes);
    return told(next.calloc(count, size), count * size);
}

EXPORT void free(void *memory)
{
    if (__builtin_expect(is_from_store(memory), 0))
        return;
    if (__builtin_expect(heap_pointers_may_have(memory), 0) && memory)
        tell_free(memory);
    next.free(memory);
}

// Of memory that was said to be freed, and was not.
static void tell_again(void *memory)
{
    if (heap_ring_writer_is_full()) {
        heap_records_every_alloc(memory, malloc_usable_size(memory));
    } else if (telling_begin()) {
        tell_sample(memory, malloc_usable_size(memory));
        telling_end();
    }
}

// The free is told before another thread may get the old place; it is taken back when there was none.
static void *realloc_told(void *memory, size_t size)
{
    bool was_told = heap_pointers_may_have(memory) && tell_free(memory);
    void *moved = next.realloc(memory, size);

    if (!moved && size && was_told)
        tell_again(memory);
    return told(moved, size);
}

EXPORT void *realloc(void *memory, size_t size)
{
    if (!memory)
        return malloc(size);
    if (is_from_store(memory)) {
        size_t most = (size_t)(store + sizeof store - (uint8_t *)memory);
        void *moved = malloc(size);
        if (moved)
            memcpy(moved, memory, size < most ? size : most);
        return moved;
    }
    return is_ready() ? realloc_told(memory, size) : NULL;
}

EXPORT void *reallocarray(void *memory, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(memory, bytes);
}

EXPORT int posix_memalign(void **ret, size_t alignment, size_t size)
{
    int errnum = is_ready() ? next.posix_memalign(ret, alignment, size) : ENOMEM;

    if (!errnum)
        told(*ret, size);
    return errnum;
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
    return is_ready() ? told(next.aligned_alloc(alignment, size), size) : NULL;
}

EXPORT void *memalign(size_t alignment, size_t size)
{
    return is_ready() ? told(next.memalign(alignment, size), size) : NULL;
}

EXPORT void *valloc(size_t size)
{
    return is_ready() ? told(next.valloc(size), size) : NULL;
}

EXPORT void *pvalloc(size_t size)
{
    return is_ready() ? told(next.pvalloc(size), size) : NULL;
}

// Another library may come to lie where this one did.
EXPORT int dlclose(void *handle)
{
    int status = is_ready() ? next.dlclose(handle) : -1;

    stack_ids_forget();
    return status;
}

// Whether the program's calls of malloc do not come here: its executable has one of its own.
static bool is_passed_by(void)
{
    void *found = dlsym(RTLD_DEFAULT, "malloc");
    const uint8_t *here = modules_call_frames((uint64_t)(uintptr_t)early_malloc);

    return here && modules_call_frames((uint64_t)(uintptr_t)found) != here;
}

__attribute__((constructor)) static void start(void)
{
    if (!is_ready())
        return;
    join();
    if (is_passed_by())
        heap_ring_writer_is_passed_by();
    heap_environment_take(heap_ring_writer_follows());
}
