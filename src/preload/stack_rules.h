/**
 * @file
 * How to get from a frame of this process to its caller's: rules from the call frame information that is
 * mapped with each library, kept by address. Without locks; safe in signal handlers.
 *
 * Only what compilers emit for ordinary code is understood. Where there is no such rule the stack is copied
 * and walked by lprof.
 */
#ifndef LPROF_PRELOAD_STACK_RULES_H
#define LPROF_PRELOAD_STACK_RULES_H

#include <stdint.h>

/** Where the caller's stack pointer (the canonical frame address, CFA) is. */
enum stack_rule_cfa {
    STACK_RULE_NONE = 1, ///< Nothing is known.
    STACK_RULE_END,      ///< There is no caller.
    STACK_RULE_SP,       ///< sp + offset.
    STACK_RULE_BP,       ///< bp + offset.
    STACK_RULE_AT_BP,    ///< Stored at bp + offset.
};

/** Where the caller's bp is. The return address always is at CFA - 8. */
enum stack_rule_bp {
    STACK_RULE_BP_KEPT,   ///< Still there.
    STACK_RULE_BP_AT_CFA, ///< Stored at CFA + offset.
    STACK_RULE_BP_AT_BP,  ///< Stored at bp + offset.
};

struct stack_rule {
    enum stack_rule_cfa cfa;
    enum stack_rule_bp bp;
    int32_t cfa_offset;
    int32_t bp_offset;
};

/** Bytes that stack_rules_init() wants, all zero. */
#define STACK_RULES_BYTES (UINT64_C(1) << 18)

/** Before there are threads: find what is needed, and keep rules in `memory`. */
void stack_rules_init(void *memory);

/** The rule at an instruction; of a caller, of the last byte of its call. */
struct stack_rule stack_rules_get(uint64_t pc);

/** A library went: forget all rules. */
void stack_rules_forget(void);

#endif
