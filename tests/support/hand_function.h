/**
 * @file
 * A function of bytes written by hand, ready to be rewritten.
 */
#ifndef TESTS_SUPPORT_HAND_FUNCTION_H
#define TESTS_SUPPORT_HAND_FUNCTION_H

#include "code/hits.h"
#include "rewrite/rewrite.h"

#define HAND_FUNCTION_ADDR 0x1000

/** Do not move it: it points into itself. */
struct hand_function {
    struct flow_part part;
    struct flow_source source; ///< Targets and landing pads may be set before it is made.
    struct flow flow;
    struct line_map map; ///< No lines.
    struct hits_plan *hits;
    uint32_t room;
    struct rewrite_function function;
};

/**
 * Make one at HAND_FUNCTION_ADDR. Fails the test when its flow is not sure.
 *
 * @param room Bytes of padding behind `size`, which `code` has as well.
 */
void hand_function_init(struct hand_function *ret, const uint8_t *code, size_t size, uint32_t room);

/** Free what it holds. */
void hand_function_deinit(struct hand_function *hand);

#endif
