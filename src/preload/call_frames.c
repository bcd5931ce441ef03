#include "preload/call_frames.h"

#include <string.h>

#include "preload/frame_rows.h"

// A common information entry.
struct common {
    struct frame_bytes instructions;
    uint64_t code_align;
    int64_t data_align;
    uint8_t pointers;
    bool sized; // Augmentation data is preceded by its size.
};

// ---- entries

// The last entry of the sorted table that starts at or before pc; NULL = none.
static const uint8_t *find_entry(const uint8_t *header, uint64_t pc)
{
    int64_t wanted = (int64_t)(pc - (uint64_t)(uintptr_t)header);
    int32_t pair[2];
    uint32_t count;

    if (header[0] != 1 || (header[1] & ENCODED_FORMAT) != ENCODED_SDATA4 ||
        header[2] != ENCODED_UDATA4 || header[3] != (ENCODED_DATAREL | ENCODED_SDATA4))
        return NULL;
    memcpy(&count, header + 8, sizeof count);
    const uint8_t *table = header + 12;
    size_t low = 0;
    for (size_t high = count; low < high;) {
        size_t middle = low + (high - low) / 2;
        memcpy(pair, table + middle * sizeof pair, sizeof pair);
        if (pair[0] <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return NULL;
    memcpy(pair, table + (low - 1) * sizeof pair, sizeof pair);
    return header + pair[1];
}

static struct frame_bytes entry_at(const uint8_t *at)
{
    uint32_t length;

    memcpy(&length, at, sizeof length);
    // Lengths of 64 bits are not for code of this size.
    if (length == UINT32_MAX)
        length = 0;
    return (struct frame_bytes){.at = at + 4, .end = at + 4 + length};
}

static bool read_augmentation(struct frame_bytes *entry, const char *letters, struct common *ret)
{
    if (*letters == 'z') {
        ret->sized = true;
        frame_bytes_take_uleb(entry);
        letters++;
    }
    for (; *letters; letters++) {
        if (*letters == 'R')
            ret->pointers = (uint8_t)frame_bytes_take(entry, 1);
        else if (*letters == 'L')
            frame_bytes_take(entry, 1);
        else if (*letters == 'P')
            frame_bytes_take_format(entry, (uint8_t)frame_bytes_take(entry, 1));
        else
            return false; // 'S': the frame of a signal's handler, among others.
    }
    return true;
}

static bool read_common(const uint8_t *at, struct common *ret)
{
    struct frame_bytes entry = entry_at(at);

    *ret = (struct common){0};
    if (frame_bytes_take(&entry, 4) != 0)
        return false;
    uint64_t version = frame_bytes_take(&entry, 1);
    const char *letters = (const char *)entry.at;
    while (frame_bytes_take(&entry, 1))
        ;
    ret->code_align = frame_bytes_take_uleb(&entry);
    ret->data_align = frame_bytes_take_sleb(&entry);
    uint64_t ra = version == 1 ? frame_bytes_take(&entry, 1) : frame_bytes_take_uleb(&entry);
    if ((version != 1 && version != 3) || ra != FRAME_REGISTER_RA || entry.bad ||
        !read_augmentation(&entry, letters, ret))
        return false;
    ret->instructions = entry;
    return !entry.bad;
}

// ---- rules

static struct stack_rule rule_of(const struct frame_row *row)
{
    struct stack_rule none = {.cfa = STACK_RULE_NONE};
    struct stack_rule rule = {.cfa_offset = (int32_t)row->cfa_offset,
                              .bp_offset = (int32_t)row->bp.offset};

    if (row->ra.kind == FRAME_PLACE_UNDEFINED)
        return (struct stack_rule){.cfa = STACK_RULE_END};
    if (row->ra.kind != FRAME_PLACE_AT_CFA || row->ra.offset != -8)
        return none;
    if (row->cfa == FRAME_CFA_IS_AT_BP)
        rule.cfa = STACK_RULE_AT_BP;
    else if (row->cfa == FRAME_CFA_IS_REGISTER && row->cfa_register == FRAME_REGISTER_SP)
        rule.cfa = STACK_RULE_SP;
    else if (row->cfa == FRAME_CFA_IS_REGISTER && row->cfa_register == FRAME_REGISTER_BP)
        rule.cfa = STACK_RULE_BP;
    else
        return none;
    // What is undefined is not looked at by the caller.
    if (row->bp.kind == FRAME_PLACE_AT_CFA)
        rule.bp = STACK_RULE_BP_AT_CFA;
    else if (row->bp.kind == FRAME_PLACE_AT_BP)
        rule.bp = STACK_RULE_BP_AT_BP;
    else if (row->bp.kind == FRAME_PLACE_OTHER)
        return none;
    bool fits = rule.cfa_offset == row->cfa_offset && rule.bp_offset == row->bp.offset;
    return fits ? rule : none;
}

struct stack_rule call_frames_rule(const uint8_t *header, uint64_t pc)
{
    const struct stack_rule none = {.cfa = STACK_RULE_NONE};
    const uint8_t *at = find_entry(header, pc);
    struct common common;

    if (!at)
        return none;
    struct frame_bytes entry = entry_at(at);
    const uint8_t *place = entry.at;
    uint64_t back = frame_bytes_take(&entry, 4);
    if (entry.bad || !back || !read_common(place - back, &common))
        return none;
    uint64_t start = frame_bytes_take_pointer(&entry, common.pointers);
    uint64_t size = frame_bytes_take_format(&entry, common.pointers);
    if (common.sized)
        frame_bytes_skip(&entry, frame_bytes_take_uleb(&entry));
    if (entry.bad || pc < start || pc - start >= size)
        return none;
    struct frame_program program = {
        .code_align = common.code_align, .data_align = common.data_align, .at = start, .pc = pc};
    if (!frame_rows_run(&program, common.instructions))
        return none;
    program.first = program.row;
    return frame_rows_run(&program, entry) ? rule_of(&program.row) : none;
}
