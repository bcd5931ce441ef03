// Operators of the C++ library call malloc and free, which are told of there: those calls are handed on as
// they are. Where a C++ library comes later, and for itself alone, there is none to be found: malloc does
// what its operators would do, but for calling handlers when there is no memory.
//
// All are handed on with three arguments, of which none needs more; by the calling convention what is too
// much is not looked at. An exception of the operator behind passes through here.
#include "preload/operators.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "preload/interposer.h"
#include "preload/modules.h"
#include "preload/next.h"

#define EXPORT __attribute__((visibility("default")))

enum {
    FIRST_NEW,
    FIRST_ALIGNED_NEW = FIRST_NEW + 4,
    FIRST_DELETE = FIRST_ALIGNED_NEW + 4,
    OPERATORS = FIRST_DELETE + 12
};

static const char *const names[OPERATORS] = {
    "_Znwm",
    "_Znam",
    "_ZnwmRKSt9nothrow_t",
    "_ZnamRKSt9nothrow_t",
    "_ZnwmSt11align_val_t",
    "_ZnamSt11align_val_t",
    "_ZnwmSt11align_val_tRKSt9nothrow_t",
    "_ZnamSt11align_val_tRKSt9nothrow_t",
    "_ZdlPv",
    "_ZdlPvm",
    "_ZdlPvRKSt9nothrow_t",
    "_ZdlPvSt11align_val_t",
    "_ZdlPvmSt11align_val_t",
    "_ZdlPvSt11align_val_tRKSt9nothrow_t",
    "_ZdaPv",
    "_ZdaPvm",
    "_ZdaPvRKSt9nothrow_t",
    "_ZdaPvSt11align_val_t",
    "_ZdaPvmSt11align_val_t",
    "_ZdaPvSt11align_val_tRKSt9nothrow_t",
};

static union {
    void *(*create)(size_t, uintptr_t, uintptr_t);
    void (*destroy)(void *, uintptr_t, uintptr_t);
} next[OPERATORS]; // NULL = there is none.

static bool allocates[OPERATORS]; // It does not call malloc or free.

void operators_init(void *(*allocator)(size_t))
{
    const uint8_t *code = modules_call_frames((uint64_t)(uintptr_t)allocator);

    for (size_t i = 0; i < OPERATORS; i++) {
        next_find(&next[i], names[i]);
        uint64_t addr = (uint64_t)(uintptr_t)next[i].create;
        allocates[i] = addr && code && modules_call_frames(addr) == code;
    }
}

static inline void *create(int i, size_t size, uintptr_t a, uintptr_t b)
{
    if (__builtin_expect(!next[i].create, 0)) {
        interposer_is_ready();
        if (!next[i].create)
            return i < FIRST_ALIGNED_NEW ? malloc(size ? size : 1) : memalign(a, size ? size : 1);
    }
    if (!allocates[i])
        return next[i].create(size, a, b);
    int64_t mark = interposer_mark();
    return interposer_allocated(next[i].create(size, a, b), size, mark);
}

static inline void destroy(int i, void *memory, uintptr_t a, uintptr_t b)
{
    if (__builtin_expect(!next[i].destroy, 0)) {
        free(memory);
        return;
    }
    if (allocates[i])
        interposer_freeing(memory);
    next[i].destroy(memory, a, b);
}

// ---- what the program calls

#define CREATE(name, i)                                                                            \
    EXPORT void *name(size_t size, uintptr_t a, uintptr_t b);                                      \
    EXPORT void *name(size_t size, uintptr_t a, uintptr_t b)                                       \
    {                                                                                              \
        return create(i, size, a, b);                                                              \
    }

#define DESTROY(name, i)                                                                           \
    EXPORT void name(void *memory, uintptr_t a, uintptr_t b);                                      \
    EXPORT void name(void *memory, uintptr_t a, uintptr_t b)                                       \
    {                                                                                              \
        destroy(i, memory, a, b);                                                                  \
    }

CREATE(_Znwm, FIRST_NEW + 0)
CREATE(_Znam, FIRST_NEW + 1)
CREATE(_ZnwmRKSt9nothrow_t, FIRST_NEW + 2)
CREATE(_ZnamRKSt9nothrow_t, FIRST_NEW + 3)
CREATE(_ZnwmSt11align_val_t, FIRST_NEW + 4)
CREATE(_ZnamSt11align_val_t, FIRST_NEW + 5)
CREATE(_ZnwmSt11align_val_tRKSt9nothrow_t, FIRST_NEW + 6)
CREATE(_ZnamSt11align_val_tRKSt9nothrow_t, FIRST_NEW + 7)
DESTROY(_ZdlPv, FIRST_DELETE + 0)
DESTROY(_ZdlPvm, FIRST_DELETE + 1)
DESTROY(_ZdlPvRKSt9nothrow_t, FIRST_DELETE + 2)
DESTROY(_ZdlPvSt11align_val_t, FIRST_DELETE + 3)
DESTROY(_ZdlPvmSt11align_val_t, FIRST_DELETE + 4)
DESTROY(_ZdlPvSt11align_val_tRKSt9nothrow_t, FIRST_DELETE + 5)
DESTROY(_ZdaPv, FIRST_DELETE + 6)
DESTROY(_ZdaPvm, FIRST_DELETE + 7)
DESTROY(_ZdaPvRKSt9nothrow_t, FIRST_DELETE + 8)
DESTROY(_ZdaPvSt11align_val_t, FIRST_DELETE + 9)
DESTROY(_ZdaPvmSt11align_val_t, FIRST_DELETE + 10)
DESTROY(_ZdaPvSt11align_val_tRKSt9nothrow_t, FIRST_DELETE + 11)
