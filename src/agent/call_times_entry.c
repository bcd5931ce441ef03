// What copies call: like no function of C it changes no register, and no flag. It may use the stack below its
// caller's, since that is about to return, or has just been entered.
#include <stddef.h>

#include "agent/call_times.h"

// The times are at this distance from the GS base, which points behind the block.
_Static_assert(sizeof(struct agent_block) - offsetof(struct agent_block, times) == 24, "");

// Those of a timer that is off are at these distances from the times; a timer is 88 bytes.
_Static_assert(sizeof(struct agent_times) + offsetof(struct agent_timer, off) == 98416, "");
_Static_assert(sizeof(struct agent_times) + offsetof(struct agent_timer, skipped) == 98424, "");
_Static_assert(sizeof(struct agent_timer) == 88, "");

// The number of the timer is in the nop behind the call: 0f 1f 80 and 4 bytes. A timer that is off takes as
// little as can be.
#define ENTRY(name, function)                                                                      \
    __asm__(".text\n"                                                                              \
            ".globl " name "\n"                                                                    \
            ".hidden " name "\n"                                                                   \
            ".type " name ", @function\n"                                                          \
            ".p2align 4\n" name ":\n"                                                              \
            ".cfi_startproc\n"                                                                     \
            "push %rax\n.cfi_adjust_cfa_offset 8\n"                                                \
            "lahf\nseto %al\n"                                                                     \
            "push %rax\n.cfi_adjust_cfa_offset 8\n"                                                \
            "mov 16(%rsp), %rax\n"                                                                 \
            "mov 3(%rax), %eax\n"                                                                  \
            "imul $88, %rax, %rax\n"                                                               \
            "add %gs:-24, %rax\n"                                                                  \
            "cmpq $0, 98416(%rax)\n"                                                               \
            "jne 1f\n"                                                                             \
            "push %rcx\n.cfi_adjust_cfa_offset 8\n"                                                \
            "push %rdx\n.cfi_adjust_cfa_offset 8\n"                                                \
            "push %rsi\n.cfi_adjust_cfa_offset 8\n"                                                \
            "push %rdi\n.cfi_adjust_cfa_offset 8\n"                                                \
            "push %r8\n.cfi_adjust_cfa_offset 8\n"                                                 \
            "push %r9\n.cfi_adjust_cfa_offset 8\n"                                                 \
            "push %r10\n.cfi_adjust_cfa_offset 8\n"                                                \
            "push %r11\n.cfi_adjust_cfa_offset 8\n"                                                \
            "push %rbx\n.cfi_adjust_cfa_offset 8\n.cfi_rel_offset %rbx, 0\n"                       \
            "rdtsc\n"                                                                              \
            "shl $32, %rdx\n"                                                                      \
            "lea (%rdx,%rax), %rcx\n"                                                              \
            "mov 88(%rsp), %rsi\n"                                                                 \
            "mov 3(%rsi), %esi\n"                                                                  \
            "lea 96(%rsp), %rdx\n"                                                                 \
            "mov %gs:-24, %rdi\n"                                                                  \
            "mov %rsp, %rbx\n.cfi_def_cfa_register %rbx\n"                                         \
            "and $-16, %rsp\n"                                                                     \
            "call " function "\n"                                                                  \
            "mov %rbx, %rsp\n.cfi_def_cfa_register %rsp\n"                                         \
            "pop %rbx\n.cfi_adjust_cfa_offset -8\n.cfi_restore %rbx\n"                             \
            "pop %r11\n.cfi_adjust_cfa_offset -8\n"                                                \
            "pop %r10\n.cfi_adjust_cfa_offset -8\n"                                                \
            "pop %r9\n.cfi_adjust_cfa_offset -8\n"                                                 \
            "pop %r8\n.cfi_adjust_cfa_offset -8\n"                                                 \
            "pop %rdi\n.cfi_adjust_cfa_offset -8\n"                                                \
            "pop %rsi\n.cfi_adjust_cfa_offset -8\n"                                                \
            "pop %rdx\n.cfi_adjust_cfa_offset -8\n"                                                \
            "pop %rcx\n.cfi_adjust_cfa_offset -8\n"                                                \
            "2:\npop %rax\n.cfi_adjust_cfa_offset -8\n"                                            \
            "add $127, %al\nsahf\n"                                                                \
            "pop %rax\n.cfi_adjust_cfa_offset -8\n"                                                \
            "ret\n"                                                                                \
            ".cfi_adjust_cfa_offset 16\n"                                                          \
            "1:\n"                                                                                 \
            "incq 98424(%rax)\n"                                                                   \
            "jmp 2b\n"                                                                             \
            ".cfi_endproc\n"                                                                       \
            ".size " name ", . - " name "\n")

ENTRY("call_times_entered", "call_times_enter");
ENTRY("call_times_left", "call_times_leave");

__asm__(".text\n"
        ".globl call_times_ignored\n"
        ".hidden call_times_ignored\n"
        ".type call_times_ignored, @function\n"
        "call_times_ignored:\n"
        ".cfi_startproc\n"
        "ret\n"
        ".cfi_endproc\n"
        ".size call_times_ignored, . - call_times_ignored\n");
