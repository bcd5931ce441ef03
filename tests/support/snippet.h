/**
 * @file
 * Functions of machine code for tests, written as text: one instruction per line.
 *
 *     "test:  branch end   @3 #11"     label, instruction, line-table row, how often it runs
 *     "       call         @4 #10"
 *     "       jump test"               no row, no count: as above
 *     "end:   return       @5 #1"
 *
 * Instructions: plain, nop, packed (an addps), choose (a cmov), call, call2 (2 bytes), jump, branch,
 * away (a jump out of the function), dispatch (an indirect jump), return, stop. A row is `@line`,
 * `@line:column`, or `@0` for code of no line; the line's own number stands for it. "cold" on a line
 * of its own starts a second part.
 */
#ifndef TESTS_SUPPORT_SNIPPET_H
#define TESTS_SUPPORT_SNIPPET_H

#include <stdbool.h>
#include <stdint.h>

#include "code/flow.h"
#include "code/line_map.h"

#define SNIPPET_MAX 64
#define SNIPPET_START 0x1000
#define SNIPPET_COLD 0x9000

struct snippet_insn {
    char label[16];
    char target[16];
    uint64_t addr;
    uint64_t count;
};

struct snippet {
    struct snippet_insn insns[SNIPPET_MAX];
    uint32_t insn_count;
    uint8_t hot[512], cold[512];
    size_t hot_size, cold_size;
    struct line_row rows[SNIPPET_MAX];
    size_t row_count;
    struct line_source lines[SNIPPET_MAX]; ///< Line n is number n of file 1, not inlined.
    struct flow_part parts[2];
    struct flow_source source; ///< Without pads, jumps and targets: the test adds those.
    struct line_map map;
};

/** Assemble. A text that makes no sense fails the test. */
void snippet_init(struct snippet *ret, const char *text);

/** The address of a label. */
uint64_t snippet_addr(const struct snippet *snippet, const char *label);

/** How often the instruction at an address runs. */
uint64_t snippet_count(const struct snippet *snippet, uint64_t addr);

/** The block that starts at a label. */
uint32_t snippet_block(const struct snippet *snippet, const struct flow *flow, const char *label);

/** Make the flow of a snippet; fails the test when it is not sure. Free with flow_deinit(). */
void snippet_flow(const struct snippet *snippet, struct flow *ret);

#endif
