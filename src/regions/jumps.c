// longjmp(3) runs no cleanup, so the regions of the functions that it leaves are ended here, before it. Where
// it will come out is in the buffer, which the C library encodes; what makes no sense is left alone.
#include <dlfcn.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include "regions/thread.h"

// glibc: the registers rbx, rbp, r12 to r15, rsp, pc; the last two and rbp are encoded.
enum { SAVED_SP = 6, GUARD_ROTATION = 17 };

// No stack is larger.
#define STACK_MAX (UINT64_C(1) << 30)

typedef void jump_function(struct __jmp_buf_tag *, int) __attribute__((noreturn));

static uint64_t decode(uint64_t saved)
{
    uint64_t guard;

    __asm__("movq %%fs:0x30, %0" : "=r"(guard));
    saved = saved >> GUARD_ROTATION | saved << (64 - GUARD_ROTATION);
    return saved ^ guard;
}

static void end_regions(const struct __jmp_buf_tag *buffer)
{
    uint64_t saved;
    uint64_t here = (uint64_t)(uintptr_t)__builtin_frame_address(0);

    memcpy(&saved, (const uint8_t *)buffer + SAVED_SP * sizeof saved, sizeof saved);
    uint64_t there = decode(saved);
    if (there > here && there - here < STACK_MAX)
        thread_unwind(here, there);
}

enum { LONGJMP, UNDERSCORE_LONGJMP, SIGLONGJMP, LONGJMP_CHK, JUMPS };

static const char *const names[JUMPS] = {"longjmp", "_longjmp", "siglongjmp", "__longjmp_chk"};
static jump_function *real[JUMPS];

// Before a signal handler may need them.
__attribute__((constructor)) static void find_all(void)
{
    for (int i = 0; i < JUMPS; i++)
        if (!real[i])
            real[i] = (jump_function *)(uintptr_t)dlsym(RTLD_NEXT, names[i]);
}

static void __attribute__((noreturn)) jump(int which, struct __jmp_buf_tag *buffer, int value)
{
    end_regions(buffer);
    if (!real[which])
        find_all();
    real[which](buffer, value);
    __builtin_unreachable();
}

#define JUMP(name, which)                                                                          \
    __attribute__((visibility("default"), noreturn)) void name(struct __jmp_buf_tag buffer[1],     \
                                                               int value);                         \
    void name(struct __jmp_buf_tag buffer[1], int value)                                           \
    {                                                                                              \
        jump(which, buffer, value);                                                                \
    }

JUMP(longjmp, LONGJMP)
JUMP(_longjmp, UNDERSCORE_LONGJMP)
JUMP(siglongjmp, SIGLONGJMP)
JUMP(__longjmp_chk, LONGJMP_CHK)
