// A thread's memory comes from the system, resident from the start so that it causes no faults, and goes to
// the next thread when it ends.
#include "preload/stack_ids.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "preload/stack_rules.h"

#define TOLD_BYTES (UINT64_C(1) << 18)

enum { SPARE_MAX = 256, WAYS = 4 };

static const uint64_t n_told = TOLD_BYTES / sizeof(uint64_t);
static uint64_t *told; // Ids; where there is no room one is told of again.
static uint64_t salt;
static pthread_key_t key;
static void *spare[SPARE_MAX];
static uint64_t bytes;

// What the thread's last stack was numbered.
struct last {
    uint64_t hash;
    uint64_t salt;
    uint64_t id;
};

#define THREAD_LOCAL static __thread __attribute__((tls_model("initial-exec")))
THREAD_LOCAL struct stack_walk *own;
THREAD_LOCAL struct last last;

static void *get_memory(uint64_t size)
{
    int before = errno;
    long place = syscall(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0UL);

    errno = before;
    if (place == -1)
        return NULL;
    __atomic_fetch_add(&bytes, size, __ATOMIC_RELAXED);
    return (void *)place; // NOLINT: an address
}

static void put_back(void *walk)
{
    own = NULL;
    for (int i = 0; i < SPARE_MAX; i++) {
        void *none = NULL;
        if (__atomic_compare_exchange_n(&spare[i], &none, walk, false, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
            return;
    }
    __atomic_fetch_sub(&bytes, stack_walk_bytes, __ATOMIC_RELAXED);
    syscall(SYS_munmap, walk, stack_walk_bytes);
}

static void *take_spare(void)
{
    for (int i = 0; i < SPARE_MAX; i++) {
        void *found = __atomic_load_n(&spare[i], __ATOMIC_RELAXED);
        if (found)
            found = __atomic_exchange_n(&spare[i], NULL, __ATOMIC_ACQUIRE);
        if (found) {
            stack_walk_reset(found);
            return found;
        }
    }
    return NULL;
}

__attribute__((noinline)) static struct stack_walk *get_own_walk(void)
{
    void *found = take_spare();
    if (!found)
        found = get_memory(stack_walk_bytes);
    if (found)
        pthread_setspecific(key, found);
    own = found;
    return own;
}

static inline struct stack_walk *own_walk(void)
{
    return __builtin_expect(own != NULL, 1) ? own : get_own_walk();
}

static void make_salt(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    salt = ((uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec) ^
           (uint64_t)syscall(SYS_getpid) << 40;
}

bool stack_ids_init(void)
{
    uint8_t *memory = get_memory(TOLD_BYTES + STACK_RULES_BYTES);

    if (!memory || pthread_key_create(&key, put_back))
        return false;
    stack_rules_init(memory + TOLD_BYTES);
    make_salt();
    told = (uint64_t *)(void *)memory;
    return true;
}

uint64_t stack_ids_bytes(void)
{
    return __atomic_load_n(&bytes, __ATOMIC_RELAXED);
}

void stack_ids_after_fork(void)
{
    make_salt();
}

void stack_ids_forget(void)
{
    if (!told)
        return;
    stack_walk_forget();
    make_salt();
}

static bool is_readable(uint64_t addr)
{
    char byte;
    const struct iovec local = {.iov_base = &byte, .iov_len = 1};
    const struct iovec remote = {.iov_base = (void *)(uintptr_t)addr, .iov_len = 1};

    int before = errno;
    bool is =
        syscall(SYS_process_vm_readv, syscall(SYS_getpid), &local, 1UL, &remote, 1UL, 0UL) == 1;

    errno = before;
    return is;
}

static uint64_t id_of(uint64_t hash, int32_t tid)
{
    uint64_t id = (hash ^ salt) * UINT64_C(0x9e3779b97f4a7c15);

    id = (id ^ id >> 32 ^ (uint64_t)(uint32_t)tid) * UINT64_C(0xbf58476d1ce4e5b9);
    return id ^ id >> 29 ? id ^ id >> 29 : 1;
}

// Whether it was not there; it is then.
static bool add_told(uint64_t id)
{
    uint64_t *ways = &told[id % (n_told / WAYS) * WAYS];

    for (int i = 0; i < WAYS; i++) {
        uint64_t here = __atomic_load_n(&ways[i], __ATOMIC_RELAXED);
        if (here == id)
            return false;
        if (!here) {
            __atomic_store_n(&ways[i], id, __ATOMIC_RELAXED);
            return true;
        }
    }
    __atomic_store_n(&ways[id >> 62], id, __ATOMIC_RELAXED);
    return true;
}

__attribute__((noinline)) static bool number_anew(uint64_t hash, int32_t tid)
{
    last = (struct last){hash, salt, id_of(hash, tid)};
    return add_told(last.id);
}

bool stack_ids_find(const struct stack_walk_at *at, int32_t tid, struct stack_id *ret)
{
    struct stack_walk *walk = told ? own_walk() : NULL;
    struct stack_walk_result result;

    if (!walk || !stack_walk(walk, at, is_readable, &result))
        return false;
    *ret = (struct stack_id){.stack_bytes = result.stack_bytes};
    if (__builtin_expect(result.hash != last.hash || salt != last.salt, 0))
        ret->is_new = number_anew(result.hash, tid);
    ret->id = last.id;
    return true;
}
