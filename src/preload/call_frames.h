/**
 * @file
 * The rule for one instruction, from a library's .eh_frame_hdr and .eh_frame as they are mapped.
 *
 * @source DWARF 5 section 6.4; Linux Standard Base 5.0, section 10.6
 */
#ifndef LPROF_PRELOAD_CALL_FRAMES_H
#define LPROF_PRELOAD_CALL_FRAMES_H

#include <stdint.h>

#include "preload/stack_rules.h"

/**
 * @param header The .eh_frame_hdr.
 * @param pc An instruction of the same library.
 * @return STACK_RULE_NONE where there is none, or one that is not understood.
 */
struct stack_rule call_frames_rule(const uint8_t *header, uint64_t pc);

#endif
