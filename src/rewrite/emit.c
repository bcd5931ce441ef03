#include "rewrite/emit.h"

#include <inttypes.h>
#include <string.h>

#include "code/encoding.h"
#include "rewrite/callee_table.h"
#include "rewrite/layout.h"
#include "rewrite/probe.h"
#include "rewrite/timer_call.h"

// An item on its way.
struct emitting {
    struct copy *copy;
    const struct emit_target *target;
    const struct item *item;
    uint64_t at; // Where it will be.
    uint8_t *ret;
};

static bool put_distance(uint8_t *ret, uint64_t from, uint64_t to)
{
    int64_t distance = (int64_t)(to - from);
    int32_t written = (int32_t)distance;

    memcpy(ret, &written, sizeof written);
    return written == distance;
}

bool emit_table(const struct copy *copy, const struct emit_target *target, uint32_t call,
                uint64_t at, uint8_t *ret)
{
    const struct insn *insn = copy_insn(copy, call);
    size_t size;
    const struct callee_table table = {
        .call = copy_bytes_at(copy, insn->addr, &size),
        .call_size = insn->size,
        .call_addr = insn->addr,
        .addr = at,
        .slots = target->counters + 8ull * (copy->slot_first + copy->tables[call]),
    };

    return callee_table_emit(&table, ret);
}

bool emit_long_jump(uint64_t from, uint64_t to, uint8_t ret[5])
{
    ret[0] = 0xe9;
    return put_distance(ret + 1, from + 5, to);
}

static uint64_t addr_of(const struct emitting *e, uint32_t item)
{
    return e->target->addr + layout_offset_of(e->copy, item);
}

// Where a jump of the original leads to now.
static uint64_t destination(const struct emitting *e)
{
    if (e->item->to == COPY_NONE)
        return copy_insn(e->copy, e->item->insn)->target;
    return addr_of(e, e->item->to);
}

static const uint8_t *original(const struct emitting *e, struct encoding *ret)
{
    const struct insn *insn = copy_insn(e->copy, e->item->insn);
    size_t size;
    const uint8_t *bytes = copy_bytes_at(e->copy, insn->addr, &size);

    return bytes && encoding_parse(bytes, insn->size, ret) ? bytes : NULL;
}

// As it was; an address relative to the instruction is made relative to its new place.
static bool emit_insn(struct emitting *e)
{
    const struct insn *insn = copy_insn(e->copy, e->item->insn);
    struct encoding encoding;
    const uint8_t *bytes = original(e, &encoding);

    if (!bytes)
        return false;
    memcpy(e->ret, bytes, insn->size);
    if (encoding.base != ENCODING_RIP)
        return true;
    uint64_t named = insn->addr + insn->size + (uint64_t)(int64_t)encoding.disp;
    return put_distance(e->ret + encoding.disp_at, e->at + insn->size, named);
}

static void put_short(uint8_t *ret, uint64_t from, uint64_t to)
{
    *ret = (uint8_t)(to - from);
}

static bool emit_go(struct emitting *e)
{
    if (e->item->is_far)
        return emit_long_jump(e->at, destination(e), e->ret);
    e->ret[0] = 0xeb;
    put_short(e->ret + 1, e->at + 2, destination(e));
    return true;
}

static bool emit_jump(struct emitting *e)
{
    struct encoding encoding;

    if (copy_insn(e->copy, e->item->insn)->kind == INSN_JUMP)
        return emit_go(e);
    if (!original(e, &encoding))
        return false;
    uint8_t condition = encoding.opcode & 0xf;
    if (!e->item->is_far) {
        e->ret[0] = 0x70 | condition;
        put_short(e->ret + 1, e->at + 2, destination(e));
        return true;
    }
    e->ret[0] = 0x0f;
    e->ret[1] = 0x80 | condition;
    return put_distance(e->ret + 2, e->at + 6, destination(e));
}

//        loop 1f;  jmp 2f;  1: jmp destination;  2:
static bool emit_loop(struct emitting *e)
{
    const uint8_t size = copy_insn(e->copy, e->item->insn)->size;
    struct encoding encoding;
    const uint8_t *bytes = original(e, &encoding);

    if (!bytes)
        return false;
    memcpy(e->ret, bytes, size);
    e->ret[size - 1] = 2;
    e->ret[size] = 0xeb;
    e->ret[size + 1] = 5;
    return emit_long_jump(e->at + size + 2, destination(e), e->ret + size + 2);
}

// One instruction where that is possible. @source Intel SDM volume 2, NOP
static void emit_nops(uint8_t *ret, uint32_t size)
{
    static const uint8_t nops[9][9] = {
        {0x90},
        {0x66, 0x90},
        {0x0f, 0x1f, 0x00},
        {0x0f, 0x1f, 0x40, 0x00},
        {0x0f, 0x1f, 0x44, 0x00, 0x00},
        {0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00},
        {0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00},
        {0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
        {0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
    };

    while (size > 0) {
        uint32_t n = size < 9 ? size : 9;
        memcpy(ret, nops[n - 1], n);
        ret += n;
        size -= n;
    }
}

// A jump as long as the call is: to the same target, or through the same pointer.
static bool emit_callee(struct emitting *e)
{
    const struct insn *call = copy_insn(e->copy, e->item->insn);

    if (call->has_target)
        return emit_long_jump(e->at, call->target, e->ret);
    bool near = emit_insn(e);
    e->ret[1] = 0x25; // jmp *disp32(%rip)
    return near;
}

static bool emit_item(struct emitting *e)
{
    const struct item *item = e->item;

    switch (item->kind) {
    case ITEM_INSN:
        return emit_insn(e);
    case ITEM_JUMP:
        return emit_jump(e);
    case ITEM_GO:
        return emit_go(e);
    case ITEM_LOOP:
        return emit_loop(e);
    case ITEM_HOME:
        return emit_long_jump(e->at, item->home, e->ret);
    case ITEM_CALLEE:
        return emit_callee(e);
    case ITEM_COUNT:
        return probe_emit(e->copy->form, item->saves, e->at,
                          e->target->counters + 8ull * (e->copy->slot_first + item->slot), e->ret);
    case ITEM_ENTER:
    case ITEM_LEAVE:
        timer_call_emit(item->kind == ITEM_ENTER, e->copy->function->timer, e->ret);
        return true;
    case ITEM_TABLE:
        return emit_table(e->copy, e->target, item->insn, e->at, e->ret);
    case ITEM_ALIGN:
        emit_nops(e->ret, layout_size_of(e->copy, item));
        return true;
    }
    return false;
}

bool emit_copy(struct copy *copy, const struct emit_target *target, uint8_t *ret)
{
    struct emitting e = {.copy = copy, .target = target};

    for (size_t i = 0; i < copy->item_count; i++) {
        e.item = &copy->items[i];
        e.at = target->addr + e.item->offset;
        e.ret = ret + e.item->offset;
        if (!emit_item(&e))
            return copy_refuse(copy, "what 0x%" PRIx64 " refers to is too far from the copy",
                               copy_insn(copy, e.item->insn)->addr);
    }
    return true;
}

// ---- patches

// The bytes that are there: of the part, and padding behind it.
static void put_original(const struct copy *copy, struct rewrite_patch *patch)
{
    const struct flow_source *source = copy->function->source;

    for (size_t i = 0; i < source->part_count; i++) {
        const struct flow_part *part = &source->parts[i];
        uint64_t at = patch->addr - part->addr;
        uint64_t room = copy->function->room ? copy->function->room[i] : 0;
        if (patch->addr >= part->addr && at + patch->size <= part->size + room)
            memcpy(patch->original, part->bytes + at, patch->size);
    }
}

static struct rewrite_patch *add_patch(const struct copy *copy, uint32_t function, uint64_t addr,
                                       uint8_t size, struct rewrite_patch *ret)
{
    *ret = (struct rewrite_patch){.addr = addr, .function = function, .size = size};
    put_original(copy, ret);
    return ret;
}

// Lead a call over its detour. A prefix without meaning keeps where it returns to.
static bool put_call(uint64_t to, struct rewrite_patch *patch)
{
    uint8_t *bytes = patch->bytes;

    if (patch->size == 6)
        *bytes++ = 0x2e;
    *bytes++ = 0xe8;
    return put_distance(bytes, patch->addr + patch->size, to);
}

size_t emit_patches(struct copy *copy, const struct emit_target *target, uint32_t function,
                    struct rewrite_patch *ret)
{
    size_t n = 0;

    for (size_t i = 0; i < copy->site_count; i++) {
        const struct site *site = &copy->sites[i];
        uint64_t to = target->addr + layout_offset_of(copy, copy->item_of_site[i]);
        uint64_t from = site->size == 2 ? site->pad : site->addr;
        if (!site->size)
            continue;
        if (!emit_long_jump(from, to, add_patch(copy, function, from, 5, &ret[n++])->bytes)) {
            copy_refuse(copy, "its copy is too far away");
            return 0;
        }
        if (site->size != 2)
            continue;
        struct rewrite_patch *patch = add_patch(copy, function, site->addr, 2, &ret[n++]);
        patch->bytes[0] = 0xeb;
        put_short(patch->bytes + 1, site->addr + 2, site->pad);
    }
    for (size_t i = 0; i < copy->detour_count; i++) {
        const struct insn *call = copy_insn(copy, copy->detours[i].call);
        uint64_t to = target->addr + layout_offset_of(copy, copy->detours[i].item);
        if (!put_call(to, add_patch(copy, function, call->addr, call->size, &ret[n++]))) {
            copy_refuse(copy, "its copy is too far away");
            return 0;
        }
    }
    return n;
}

// ---- places

struct place_step {
    uint32_t offset;
    uint16_t pushed;
    uint8_t past; // Bytes from the original's address.
};

// Where the stack pointer changes in an item; returns how many such steps there are.
static unsigned steps_of(const struct copy *copy, const struct item *item,
                         struct place_step ret[PROBE_STEPS])
{
    struct probe_step steps[PROBE_STEPS];
    const struct insn *insn = copy_insn(copy, item->insn);
    size_t size;

    ret[0] = (struct place_step){0, 0, 0};
    // What is called from there returns behind its call: who looks at the stack takes one off.
    ret[1] = (struct place_step){TIMER_CALL_RETURNS, 0, 1};
    if (item->kind == ITEM_ENTER || item->kind == ITEM_LEAVE)
        return 2;
    if (item->kind == ITEM_TABLE) {
        uint32_t to;
        callee_table_pushed(copy_bytes_at(copy, insn->addr, &size), insn->size, &ret[1].offset,
                            &to);
        ret[1].pushed = sizeof(uint64_t);
        ret[1].past = 0;
        return to ? 2 : 1;
    }
    if (item->kind != ITEM_COUNT || !item->saves)
        return 1;
    probe_steps(copy->form, steps);
    for (unsigned i = 0; i < PROBE_STEPS; i++)
        ret[i] = (struct place_step){steps[i].offset, steps[i].pushed, 0};
    return PROBE_STEPS;
}

// On the way of a call the return address has been pushed already. Such ways stand last.
static uint16_t called(const struct copy *copy, size_t item)
{
    return copy->detour_count && item >= copy->detours[0].item ? sizeof(uint64_t) : 0;
}

size_t emit_places(const struct copy *copy, struct rewrite_place *ret)
{
    size_t n = 0;

    for (size_t i = 0; i < copy->item_count; i++) {
        const struct item *item = &copy->items[i];
        uint64_t addr = item->kind == ITEM_HOME ? item->home : copy_insn(copy, item->insn)->addr;
        struct place_step steps[PROBE_STEPS];
        unsigned count = steps_of(copy, item, steps);
        for (unsigned step = 0; step < count && layout_size_of(copy, item); step++)
            ret[n++] =
                (struct rewrite_place){.offset = copy->offset + item->offset + steps[step].offset,
                                       .pushed = steps[step].pushed + called(copy, i),
                                       .addr = addr + steps[step].past};
    }
    return n;
}
