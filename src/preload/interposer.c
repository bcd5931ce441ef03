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

#include "preload/heap_pointers.h"
#include "preload/heap_records.h"
#include "preload/heap_ring_writer.h"
#include "preload/stack_ids.h"

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
THREAD_LOCAL bool busy;             // Inside of what is below.
THREAD_LOCAL const void *last;      // What was told of last, if it lives.
THREAD_LOCAL int64_t last_left;     // `bytes_left` behind it, of a sample.

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

static void find(void *to, const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);

    memcpy(to, &found, sizeof found);
}

// What runs before the C library is up has no environment yet.
static void join(void)
{
    if (!environ || heap_ring_writer_is_on())
        return;
    busy = true;
    if (heap_ring_writer_join() && heap_ring_writer_is_full())
        heap_pointers_add_all();
    busy = false;
}

// The first call comes from the loader or a constructor, before there are threads.
static bool get_ready(void)
{
    if (state == STATE_LOOKING)
        return false;
    state = STATE_LOOKING;
    find(&next.calloc, "calloc");
    find(&next.realloc, "realloc");
    find(&next.posix_memalign, "posix_memalign");
    find(&next.aligned_alloc, "aligned_alloc");
    find(&next.memalign, "memalign");
    find(&next.valloc, "valloc");
    find(&next.pvalloc, "pvalloc");
    find(&next.dlclose, "dlclose");
    find(&next.free, "free");
    find(&next.malloc, "malloc");
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

static void tell_one(const void *memory, size_t bytes)
{
    // A sample is told of only when its end will be known.
    if (heap_ring_writer_is_full())
        heap_records_alloc(memory, bytes);
    else if (heap_pointers_add(memory) && !heap_records_alloc(memory, bytes))
        heap_pointers_take(memory);
}

// No memory has more; a wrong size must not turn the count around.
static inline int64_t counted(size_t bytes)
{
    return (int64_t)(bytes & ((UINT64_C(1) << 48) - 1));
}

// Of a new thread `bytes_left` is 0, so that its first allocation comes here, too.
__attribute__((noinline)) static void *tell_slowly(void *memory, size_t bytes)
{
    if (!memory)
        bytes_left += counted(bytes); // Nothing was allocated.
    if (busy || !memory || !heap_ring_writer_is_on())
        return memory;
    busy = true;
    if (heap_ring_writer_is_full()) {
        tell_one(memory, bytes);
        last = memory;
        bytes_left = INT64_MIN / 2; // The next one, too.
        busy = false;
        return memory;
    }
    if (!random_state) {
        start_thread();
        bytes_left -= counted(bytes);
    }
    if (bytes_left <= 0) {
        tell_one(memory, bytes);
        bytes_left = draw_interval();
        last = memory;
        last_left = bytes_left;
    }
    busy = false;
    return memory;
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

// Whether the thread allocated nothing since it allocated this. Every allocation counts bytes down.
static bool is_temporary(const void *memory)
{
    return memory == last && (heap_ring_writer_is_full() || bytes_left == last_left);
}

// Returns whether it was told.
__attribute__((noinline)) static bool tell_free(const void *memory)
{
    if (busy || (!heap_ring_writer_is_full() && !heap_pointers_take(memory)) ||
        !heap_ring_writer_is_on())
        return false;
    busy = true;
    heap_records_free(memory, is_temporary(memory));
    if (memory == last)
        last = NULL;
    busy = false;
    return true;
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

// The free is told before another thread may get the old place; it is taken back when there was none.
static void *realloc_told(void *memory, size_t size)
{
    bool was_told = heap_pointers_may_have(memory) && tell_free(memory);
    void *moved = next.realloc(memory, size);

    if (!moved && size && was_told) {
        busy = true;
        tell_one(memory, malloc_usable_size(memory));
        busy = false;
    }
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

__attribute__((constructor)) static void start(void)
{
    if (is_ready())
        join();
}
