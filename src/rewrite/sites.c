#include "rewrite/sites.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LONG_JUMP 5
#define SHORT_JUMP 2

// What a byte of the original is for.
enum use {
    USE_NOTHING,
    USE_LEADER, // The first of a block: spared, lest an indirect jump was missed.
    USE_SITE,   // The first of a site that has no patch yet.
    USE_LIVE,   // It stays, or is patched already.
};

// The bytes of all parts with the padding behind them.
struct uses {
    struct copy *copy;
    uint8_t **parts; // Per part.
};

static size_t part_room(const struct copy *copy, size_t part)
{
    const struct flow_source *source = copy->function->source;

    return source->parts[part].size + (copy->function->room ? copy->function->room[part] : 0);
}

// The use of the byte at an address; NULL outside. `left_ret` = bytes to the end.
static uint8_t *use_at(const struct uses *uses, uint64_t addr, size_t *left_ret)
{
    const struct flow_source *source = uses->copy->function->source;

    for (size_t i = 0; i < source->part_count; i++) {
        size_t size = part_room(uses->copy, i);
        uint64_t at = addr - source->parts[i].addr;
        if (at < size) {
            *left_ret = size - at;
            return uses->parts[i] + at;
        }
    }
    return NULL;
}

static void mark(const struct uses *uses, uint64_t addr, size_t size, enum use use)
{
    size_t left;
    uint8_t *bytes = use_at(uses, addr, &left);

    if (bytes)
        memset(bytes, (int)use, size < left ? size : left);
}

static void mark_weakly(const struct uses *uses, uint64_t addr, enum use use)
{
    size_t left;
    uint8_t *byte = use_at(uses, addr, &left);

    if (byte && *byte < use)
        *byte = (uint8_t)use;
}

// ---- the sites

uint32_t sites_return_of(const struct copy *copy, uint32_t call)
{
    const struct flow *flow = copy->function->flow;
    const struct insn *insn = copy_insn(copy, call);

    if (call + 1 >= flow->insn_count ||
        flow->insns[call + 1].insn.addr != insn->addr + insn->size ||
        flow->insns[call + 1].block == FLOW_NONE)
        return COPY_NONE;
    return call + 1;
}

static void find_ways(const struct copy *copy, uint8_t *ways)
{
    const struct rewrite_function *function = copy->function;
    const struct flow *flow = function->flow;

    ways[flow_insn_at(flow, function->source->entry)] |= SITE_ENTRY;
    for (size_t i = 0; i < function->source->target_count; i++)
        ways[flow_insn_at(flow, function->source->targets[i])] |= SITE_LABEL;
    for (size_t i = 0; i < function->source->pad_count; i++)
        ways[flow_insn_at(flow, function->source->pads[i].pad)] |= SITE_LANDING;
    for (size_t i = 0; i < function->entry_count; i++) {
        // A jump to the entry is as good as a call.
        uint32_t insn = flow_insn_at(flow, function->entries[i]);
        ways[insn] |= ways[insn] & SITE_ENTRY ? 0 : SITE_FOREIGN;
    }
    for (uint32_t i = 0; i < flow->insn_count; i++) {
        bool call = flow->insns[i].insn.kind == INSN_CALL && flow->insns[i].block != FLOW_NONE;
        uint32_t behind = call ? sites_return_of(copy, i) : COPY_NONE;
        if (behind != COPY_NONE)
            ways[behind] |= SITE_RETURN;
    }
}

static void make_sites(struct copy *copy)
{
    const struct flow *flow = copy->function->flow;
    uint8_t *ways = mem_alloc_array(flow->insn_count + 1u, sizeof *ways);
    size_t capacity = 0;

    find_ways(copy, ways);
    for (uint32_t i = 0; i < flow->insn_count; i++) {
        if (!ways[i])
            continue;
        copy->sites = mem_grow(copy->sites, &capacity, copy->site_count, sizeof *copy->sites);
        copy->sites[copy->site_count++] = (struct site){
            .insn = i, .ways = ways[i], .addr = copy_insn(copy, i)->addr, .slot = COPY_NONE};
    }
    free(ways);
}

const struct site *sites_at(const struct copy *copy, uint32_t insn)
{
    size_t low = 0;
    size_t high = copy->site_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (copy->sites[middle].insn < insn)
            low = middle + 1;
        else
            high = middle;
    }
    return low < copy->site_count && copy->sites[low].insn == insn ? &copy->sites[low] : NULL;
}

// ---- what must stay

static void mark_all(struct uses *uses)
{
    struct copy *copy = uses->copy;
    const struct flow *flow = copy->function->flow;
    bool indirect = copy->function->source->jump_count > 0;

    for (uint32_t block = 0; block < flow->block_count && indirect; block++)
        mark_weakly(uses, flow_block_addr(flow, block), USE_LEADER);
    for (uint32_t i = 0; i < flow->insn_count; i++)
        if (flow->insns[i].insn.kind == INSN_CALL && flow->insns[i].block != FLOW_NONE)
            mark(uses, flow->insns[i].insn.addr, flow->insns[i].insn.size, USE_LIVE);
    for (size_t i = 0; i < copy->site_count; i++)
        mark_weakly(uses, copy->sites[i].addr, USE_SITE);
}

// Bytes from `addr` on, the first one aside, that are used for nothing more than `most`.
static size_t room_at(const struct uses *uses, uint64_t addr, enum use most)
{
    size_t left;
    const uint8_t *bytes = use_at(uses, addr, &left);
    size_t n = 1;

    if (!bytes || bytes[0] == USE_LIVE)
        return 0;
    while (n < left && n < LONG_JUMP && bytes[n] <= most)
        n++;
    return n;
}

// ---- springboards

// An `endbr64` stays, for processors that check it.
static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};

static bool place_long(const struct uses *uses, struct site *site, uint64_t addr, enum use most)
{
    if (room_at(uses, addr, most) < LONG_JUMP)
        return false;
    site->addr = addr;
    site->size = LONG_JUMP;
    mark(uses, site->addr, LONG_JUMP, USE_LIVE);
    return true;
}

// Behind an `endbr64`, unless what is there is a place to come to itself.
static bool place_behind_mark(const struct uses *uses, struct site *site)
{
    size_t size;
    size_t left;
    const uint8_t *bytes = copy_bytes_at(uses->copy, site->addr, &size);
    uint64_t behind = site->addr + sizeof endbr64;

    if (!bytes || size <= sizeof endbr64 || memcmp(bytes, endbr64, sizeof endbr64) != 0)
        return false;
    const uint8_t *use = use_at(uses, behind, &left);
    if (!use || *use != USE_NOTHING)
        return false;
    uint64_t addr = site->addr;
    if (!place_long(uses, site, behind, USE_NOTHING))
        return false;
    mark(uses, addr, sizeof endbr64, USE_LIVE);
    return true;
}

static void place_all_long(const struct uses *uses)
{
    struct copy *copy = uses->copy;

    for (size_t i = 0; i < copy->site_count; i++) {
        struct site *site = &copy->sites[i];
        if (!place_behind_mark(uses, site))
            place_long(uses, site, site->addr, USE_NOTHING);
    }
}

// What a signal's handler that walks the stack makes of a pad, where the site's stack frame is in use.
enum fit {
    FIT_SAME, // It finds the frame.
    FIT_CUT,  // It finds none, and ends there.
    FIT_BAD,  // It goes astray.
};

static uint32_t shape_at(const struct rewrite_function *function, uint64_t addr)
{
    size_t low = 0;
    size_t high = function->frame_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (function->frames[middle].addr <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? function->frames[low - 1].shape : REWRITE_FRAME_NONE;
}

// Where an exception lands that is thrown at an address; 0 = nowhere.
static uint64_t landing_at(const struct flow_source *source, uint64_t addr)
{
    for (size_t i = 0; i < source->pad_count; i++)
        if (addr >= source->pads[i].start && addr < source->pads[i].end)
            return source->pads[i].pad;
    return 0;
}

static enum fit fit_of(const struct rewrite_function *function, uint64_t site, uint64_t pad)
{
    if (!function->frame_count)
        return FIT_SAME;
    uint32_t shape = shape_at(function, pad);
    if (shape == REWRITE_FRAME_NONE)
        return FIT_CUT;
    bool same = shape == shape_at(function, site) &&
                landing_at(function->source, pad) == landing_at(function->source, site);
    return same ? FIT_SAME : FIT_BAD;
}

// A pad of unused bytes that a short jump at `addr` reaches: the best one, and none worse than `worst`.
static bool find_pad(const struct uses *uses, uint64_t addr, enum fit worst, uint64_t *ret)
{
    const uint64_t behind = addr + SHORT_JUMP;
    bool found = false;

    for (int64_t distance = -128; distance <= 127 && !(found && worst == FIT_SAME); distance++) {
        size_t left;
        uint64_t pad = behind + (uint64_t)distance;
        const uint8_t *bytes = use_at(uses, pad, &left);
        size_t n = 0;
        while (bytes && n < LONG_JUMP && n < left && bytes[n] == USE_NOTHING)
            n++;
        enum fit fit = n == LONG_JUMP ? fit_of(uses->copy->function, addr, pad) : FIT_BAD;
        if (n < LONG_JUMP || fit > worst || (found && fit == worst))
            continue;
        *ret = pad;
        worst = fit;
        found = true;
    }
    return found;
}

static bool place_short(const struct uses *uses, struct site *site, enum use most)
{
    size_t left;
    uint8_t *bytes = use_at(uses, site->addr, &left);

    if (room_at(uses, site->addr, most) < SHORT_JUMP)
        return false;
    // The pad is not to lie on the jump.
    const uint8_t before[SHORT_JUMP] = {bytes[0], bytes[1]};
    mark(uses, site->addr, SHORT_JUMP, USE_LIVE);
    if (find_pad(uses, site->addr, FIT_CUT, &site->pad)) {
        site->size = SHORT_JUMP;
        mark(uses, site->pad, LONG_JUMP, USE_LIVE);
        return true;
    }
    memcpy(bytes, before, sizeof before);
    return false;
}

static void place_rest(const struct uses *uses)
{
    struct copy *copy = uses->copy;

    for (size_t i = 0; i < copy->site_count; i++) {
        struct site *site = &copy->sites[i];
        if (site->size || place_short(uses, site, USE_NOTHING) ||
            place_long(uses, site, site->addr, USE_LEADER))
            continue;
        place_short(uses, site, USE_LEADER);
    }
}

// ---- running on in place

// Whether an instruction does the same in the original, and then goes on or leaves for good.
static bool can_run(const struct copy *copy, uint32_t i)
{
    const struct insn *insn = copy_insn(copy, i);

    switch (insn->kind) {
    case INSN_PLAIN:
    case INSN_SYSCALL:
    case INSN_RETURN:
    case INSN_STOP:
        return true;
    case INSN_JUMP:
        return insn->has_target && copy_target(copy, i) == COPY_NONE;
    case INSN_BRANCH:
        return copy_target(copy, i) == COPY_NONE;
    case INSN_CALL:
        break;
    }
    return false;
}

static bool ends(const struct insn *insn)
{
    return insn->kind == INSN_RETURN || insn->kind == INSN_STOP || insn->kind == INSN_JUMP;
}

// Whether all bytes of an instruction are still those of the original.
static bool is_intact(const struct uses *uses, const struct insn *insn)
{
    size_t left;
    const uint8_t *bytes = use_at(uses, insn->addr, &left);

    for (size_t i = 0; bytes && i < insn->size; i++)
        if (i >= left || bytes[i] == USE_LIVE)
            return false;
    return bytes;
}

// Let the original run on from a site without springboard.
static bool run_in_place(const struct uses *uses, const struct site *site)
{
    struct copy *copy = uses->copy;
    const struct flow *flow = copy->function->flow;
    bool returned = site->ways == SITE_RETURN;
    const struct in_place runs = {true, returned ? site->insn - 1 : COPY_NONE};

    for (uint32_t i = site->insn; i < flow->insn_count; i++) {
        const struct insn *insn = copy_insn(copy, i);
        const struct site *next = i > site->insn ? sites_at(copy, i) : NULL;
        bool joined = i == site->insn ||
                      insn->addr == copy_insn(copy, i - 1)->addr + copy_insn(copy, i - 1)->size;
        // A springboard takes over, or a site that is looked at next.
        if (next && joined)
            return true;
        if (!joined || flow->insns[i].block == FLOW_NONE)
            break;
        copy->in_place[i] = runs;
        if (insn->kind == INSN_CALL)
            return true;
        if (!can_run(copy, i) || !is_intact(uses, insn))
            break;
        mark(uses, insn->addr, insn->size, USE_LIVE);
        if (ends(insn))
            return true;
    }
    return copy_refuse(copy, "there is no room for a jump at 0x%" PRIx64, site->addr);
}

static bool run_all_in_place(const struct uses *uses)
{
    struct copy *copy = uses->copy;

    for (size_t i = 0; i < copy->site_count; i++)
        if (!copy->sites[i].size && !run_in_place(uses, &copy->sites[i]))
            return false;
    return true;
}

static void uses_init(struct uses *ret, struct copy *copy)
{
    size_t n = copy->function->source->part_count;

    *ret = (struct uses){.copy = copy, .parts = mem_alloc_array(n + 1, sizeof *ret->parts)};
    for (size_t i = 0; i < n; i++)
        ret->parts[i] = mem_alloc(part_room(copy, i) + 1);
}

static void uses_deinit(struct uses *uses)
{
    for (size_t i = 0; i < uses->copy->function->source->part_count; i++)
        free(uses->parts[i]);
    free(uses->parts);
}

bool sites_find(struct copy *copy)
{
    struct uses uses;

    copy->in_place = mem_alloc_array(copy->function->flow->insn_count + 1u, sizeof *copy->in_place);
    make_sites(copy);
    uses_init(&uses, copy);
    mark_all(&uses);
    place_all_long(&uses);
    place_rest(&uses);
    bool sure = run_all_in_place(&uses);
    uses_deinit(&uses);
    return sure;
}
