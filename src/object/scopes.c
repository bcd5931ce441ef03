#include "object/scopes.h"

#include <stdlib.h>

#include "base/mem.h"
#include "object/inline_tree.h"

// Deeper trees are damaged.
#define DEPTH_MAX 256
#define NONE UINT32_MAX

struct scope {
    uint64_t begin;  // Offset of the DIE.
    uint64_t end;    // Offset behind its children.
    uint32_t parent; // Index, or NONE.
    bool is_function;
};

// Whether something with a name of its own can be declared below.
static bool is_entered(const struct die_fields *die, enum inline_part part)
{
    switch (part) {
    case INLINE_PART_NAMES:
    case INLINE_PART_TYPE:
    case INLINE_PART_BLOCK:
        return true;
    case INLINE_PART_FUNCTION:
        // What a copy holds is declared where it was copied from.
        return !die->origin;
    case INLINE_PART_CALL:
    case INLINE_PART_NONE:
        break;
    }
    return false;
}

static uint32_t add(struct scopes *scopes, uint64_t begin, uint32_t parent, bool is_function)
{
    scopes->items =
        mem_grow(scopes->items, &scopes->capacity, scopes->count, sizeof *scopes->items);
    scopes->items[scopes->count] = (struct scope){begin, UINT64_MAX, parent, is_function};
    return (uint32_t)scopes->count++;
}

// Most functions hold nothing that has a name of its own: they are not kept.
static void finish(struct scopes *scopes, uint32_t ended, uint64_t end)
{
    struct scope *scope = &scopes->items[ended];

    scope->end = end;
    if (scope->is_function && ended + 1 == scopes->count)
        scopes->count--;
}

static void read_all(struct scopes *scopes, struct die_scan *scan)
{
    uint32_t inside[DEPTH_MAX] = {NONE}; // By depth: the scope that DIEs there stand in.
    size_t depth = 0;
    struct die_fields die;

    die_scan_seek(scan, scan->root.offset);
    if (!die_scan_next(scan, &die) || !die.has_children)
        return;
    inside[++depth] = NONE;
    while (depth && die_scan_next(scan, &die)) {
        if (!die.tag) {
            uint32_t ended = inside[depth--];
            if (ended != NONE && inside[depth] != ended)
                finish(scopes, ended, (uint64_t)(scan->cursor.pos - scan->section));
            continue;
        }
        if (!die.has_children)
            continue;
        enum inline_part part = inline_tree_part(die.tag);
        if (!is_entered(&die, part) || depth + 1 == DEPTH_MAX) {
            die_scan_skip_children(scan, &die);
            continue;
        }
        uint32_t around = inside[depth];
        if (part != INLINE_PART_BLOCK)
            around = add(scopes, die.offset, around, part == INLINE_PART_FUNCTION);
        inside[++depth] = around;
    }
}

void scopes_read(struct scopes *scopes, struct die_scan *scan)
{
    if (scopes->is_read)
        return;
    scopes->is_read = true;
    read_all(scopes, scan);
}

void scopes_deinit(struct scopes *scopes)
{
    free(scopes->items);
    *scopes = (struct scopes){0};
}

// How many scopes begin in front of the offset.
static size_t count_before(const struct scopes *scopes, uint64_t offset)
{
    size_t low = 0;
    size_t high = scopes->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (scopes->items[middle].begin < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t scopes_path(const struct scopes *scopes, uint64_t offset, uint64_t *path, size_t size)
{
    size_t before = count_before(scopes, offset);
    uint32_t at = before ? (uint32_t)(before - 1) : NONE;
    size_t n = 0;

    // The last that begins before may have ended: then one of those around it is the innermost.
    for (; at != NONE && n < size; at = scopes->items[at].parent)
        if (offset < scopes->items[at].end)
            path[n++] = scopes->items[at].begin;
    return n;
}
