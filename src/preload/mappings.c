// Memory is what is anonymous and can be written to: files, and address space that is only reserved, are none.
// The calls of an allocator with a library of its own are not told of, for what it hands out is.
#include "preload/mappings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload/heap_records.h"
#include "preload/modules.h"
#include "preload/next.h"
#include "preload/telling.h"

#define EXPORT __attribute__((visibility("default")))

enum { PAGE = 4096 };

static void *(*next_mmap)(void *, size_t, int, int, int, off_t);
static int (*next_munmap)(void *, size_t);
static void *(*next_mremap)(void *, size_t, size_t, int, ...);
static int (*next_brk)(void *);
static void *(*next_sbrk)(intptr_t);
static const void *allocator_code; // NULL = not known.

void mappings_init(void *(*allocator)(size_t))
{
    next_find(&next_munmap, "munmap");
    next_find(&next_mremap, "mremap");
    next_find(&next_brk, "brk");
    next_find(&next_sbrk, "sbrk");
    next_find(&next_mmap, "mmap");
    modules_init();
    allocator_code = modules_call_frames((uint64_t)(uintptr_t)allocator);
}

static size_t rounded(size_t size)
{
    return (size + PAGE - 1) / PAGE * PAGE;
}

static bool is_memory(int protection, int flags)
{
    return flags & MAP_ANONYMOUS && protection & PROT_WRITE;
}

static bool is_allocators(const void *caller)
{
    return allocator_code && modules_call_frames((uint64_t)(uintptr_t)caller) == allocator_code;
}

static void tell_unmap(const void *memory, size_t size)
{
    if (!telling_begin())
        return;
    heap_records_unmap(memory, size);
    telling_end();
}

static void tell_map(const void *memory, size_t size)
{
    if (!telling_begin())
        return;
    heap_records_alloc(memory, size, true);
    telling_end();
}

// ---- what the program calls

EXPORT void *mmap(void *addr, size_t size, int protection, int flags, int fd, off_t offset)
{
    const void *caller = __builtin_return_address(0);
    void *memory = next_mmap ? next_mmap(addr, size, protection, flags, fd, offset)
                             : (void *)syscall(SYS_mmap, addr, size, protection, flags, fd, offset);

    if (memory == MAP_FAILED || is_allocators(caller))
        return memory;
    if (is_memory(protection, flags))
        tell_map(memory, rounded(size));
    else if (flags & MAP_FIXED)
        tell_unmap(memory, rounded(size));
    return memory;
}

EXPORT void *mmap64(void *addr, size_t size, int protection, int flags, int fd, off_t offset)
    __attribute__((alias("mmap")));

// Told before another thread may be given the place.
EXPORT int munmap(void *addr, size_t size)
{
    if (size && (uintptr_t)addr % PAGE == 0 && !is_allocators(__builtin_return_address(0)))
        tell_unmap(addr, rounded(size));
    return next_munmap ? next_munmap(addr, size) : (int)syscall(SYS_munmap, addr, size);
}

// As realloc(3): the old goes and the new comes.
EXPORT void *mremap(void *old, size_t old_size, size_t size, int flags, ...)
{
    const void *caller = __builtin_return_address(0);
    void *place = NULL;

    if (flags & MREMAP_FIXED) {
        va_list rest;
        va_start(rest, flags);
        place = va_arg(rest, void *);
        va_end(rest);
    }
    void *memory = next_mremap ? next_mremap(old, old_size, size, flags, place)
                               : (void *)syscall(SYS_mremap, old, old_size, size, flags, place);
    if (memory == MAP_FAILED || is_allocators(caller))
        return memory;
    // A file's mapping would not become memory by this; that it was one is not known here.
    tell_unmap(old, rounded(old_size));
    tell_map(memory, rounded(size));
    return memory;
}

static void tell_break(uint8_t *before, const uint8_t *now)
{
    if (now > before)
        tell_map(before, (size_t)(now - before));
    else if (now < before)
        tell_unmap(now, (size_t)(before - now));
}

EXPORT void *sbrk(intptr_t by)
{
    void *before = next_sbrk ? next_sbrk(by) : MAP_FAILED;

    if (before != MAP_FAILED && by && !is_allocators(__builtin_return_address(0)))
        tell_break(before, (uint8_t *)before + by);
    return before;
}

EXPORT int brk(void *end)
{
    uint8_t *before = next_sbrk ? next_sbrk(0) : NULL;
    int status = next_brk ? next_brk(end) : -1;

    if (!status && before && !is_allocators(__builtin_return_address(0)))
        tell_break(before, end);
    return status;
}
