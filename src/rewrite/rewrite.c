#include "rewrite/rewrite.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "code/flags.h"
#include "rewrite/counting.h"
#include "rewrite/emit.h"
#include "rewrite/hazards.h"
#include "rewrite/layout.h"
#include "rewrite/no_return.h"
#include "rewrite/plan.h"
#include "rewrite/probe.h"
#include "rewrite/sites.h"
#include "rewrite/timer_call.h"
#include "rewrite/verify.h"

#define ALIGNMENT 16u

// What stands between the copies.
#define INT3 0xcc

// ---- planning

// A stretch of code that a function claims.
struct claim {
    uint64_t addr;
    uint64_t end;
    size_t function;
};

static int compare_claims(const void *a, const void *b)
{
    const struct claim *x = a;
    const struct claim *y = b;

    if (x->addr != y->addr)
        return x->addr < y->addr ? -1 : 1;
    return (x->function > y->function) - (x->function < y->function);
}

static size_t list_claims(const struct rewrite_plan *plan, struct claim **ret)
{
    struct claim *claims = NULL;
    size_t capacity = 0;
    size_t n = 0;

    for (size_t i = 0; i < plan->count; i++) {
        const struct rewrite_function *function = plan->copies[i].function;
        for (size_t p = 0; p < function->source->part_count; p++) {
            const struct flow_part *part = &function->source->parts[p];
            uint64_t room = function->room ? function->room[p] : 0;
            claims = mem_grow(claims, &capacity, n, sizeof *claims);
            claims[n++] = (struct claim){part->addr, part->addr + part->size + room, i};
        }
    }
    *ret = claims;
    return n;
}

static void refuse_shared(struct rewrite_plan *plan)
{
    struct claim *claims;
    size_t n = list_claims(plan, &claims);
    size_t last = 0;

    if (n)
        qsort(claims, n, sizeof *claims, compare_claims);
    for (size_t i = 1; i < n; i++) {
        size_t later =
            claims[i].function > claims[last].function ? claims[i].function : claims[last].function;
        if (claims[i].addr < claims[last].end)
            copy_refuse(&plan->copies[later], "it shares its code at 0x%" PRIx64, claims[i].addr);
        if (claims[i].end > claims[last].end)
            last = i;
    }
    free(claims);
}

static void plan_copy(struct copy *copy)
{
    const struct rewrite_function *function = copy->function;

    copy->live = flags_live(function->flow, function->source);
    if (!hazards_check(copy) || !sites_find(copy) || !counting_settle(copy))
        return;
    timer_call_settle(copy);
    layout_make(copy);
}

struct rewrite_plan *rewrite_plan_create(const struct rewrite_function *functions, size_t count,
                                         enum rewrite_counter_form form)
{
    struct rewrite_plan *plan = mem_alloc(sizeof *plan);
    struct no_return no_return;

    plan->copies = mem_alloc_array(count + 1, sizeof *plan->copies);
    plan->count = count;
    for (size_t i = 0; i < count; i++)
        copy_init(&plan->copies[i], &functions[i], form);
    refuse_shared(plan);
    no_return_init(&no_return, plan->copies, count);
    for (size_t i = 0; i < count; i++) {
        struct copy *copy = &plan->copies[i];
        copy->no_return = &no_return;
        if (!copy_is_refused(copy))
            plan_copy(copy);
        copy->no_return = NULL;
        if (copy_is_refused(copy))
            continue;
        copy->offset = plan->size;
        copy->slot_first = plan->slots;
        plan->size = (plan->size + copy->size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
        plan->slots += copy->slot_count;
    }
    no_return_deinit(&no_return);
    return plan;
}

void rewrite_plan_destroy(struct rewrite_plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; i < plan->count; i++)
        copy_deinit(&plan->copies[i]);
    free(plan->copies);
    free(plan);
}

const char *rewrite_plan_refusal(const struct rewrite_plan *plan, size_t function)
{
    const struct copy *copy = &plan->copies[function];

    return copy_is_refused(copy) ? copy->reason : NULL;
}

bool rewrite_plan_is_timed(const struct rewrite_plan *plan, size_t function)
{
    const struct copy *copy = &plan->copies[function];

    return copy->timed && !copy_is_refused(copy);
}

size_t rewrite_plan_size(const struct rewrite_plan *plan)
{
    return plan->size;
}

size_t rewrite_plan_slots(const struct rewrite_plan *plan)
{
    return plan->slots;
}

// ---- emitting

// An image while it is made.
struct making {
    struct rewrite_image *image;
    struct emit_target target; // Of the first copy.
    size_t patches_capacity;
    size_t places_capacity;
};

static int compare_patches(const void *a, const void *b)
{
    const struct rewrite_patch *x = a;
    const struct rewrite_patch *y = b;

    return (x->addr > y->addr) - (x->addr < y->addr);
}

static void *reserve(void *items, size_t *capacity, size_t wanted, size_t size)
{
    if (wanted <= *capacity)
        return items;
    *capacity = wanted * 2;
    return mem_resize(items, *capacity, size);
}

static void add_patches(struct making *m, const struct rewrite_patch *patches, size_t count)
{
    struct rewrite_image *image = m->image;

    image->patches = reserve(image->patches, &m->patches_capacity, image->patch_count + count,
                             sizeof *image->patches);
    if (count)
        memcpy(image->patches + image->patch_count, patches, count * sizeof *patches);
    image->patch_count += count;
}

static void add_places(struct making *m, const struct copy *copy)
{
    struct rewrite_image *image = m->image;

    image->places =
        reserve(image->places, &m->places_capacity,
                image->place_count + copy->item_count * PROBE_STEPS, sizeof *image->places);
    image->place_count += emit_places(copy, image->places + image->place_count);
}

static void make_copy(struct making *m, struct copy *copy, uint32_t number)
{
    uint8_t *bytes = m->image->bytes + copy->offset;
    struct rewrite_patch *patches =
        mem_alloc_array(copy->site_count * 2 + copy->detour_count + 1, sizeof *patches);
    struct verify_input input = {
        .target = {m->target.addr + copy->offset, m->target.counters},
        .bytes = bytes,
        .patches = patches,
    };

    if (emit_copy(copy, &input.target, bytes))
        input.patch_count = emit_patches(copy, &input.target, number, patches);
    if (input.patch_count)
        qsort(patches, input.patch_count, sizeof *patches, compare_patches);
    if (!copy_is_refused(copy) && verify_copy(copy, &input)) {
        m->image->extents[number] =
            (struct rewrite_extent){copy->offset, copy->offset + copy->size};
        add_patches(m, patches, input.patch_count);
        add_places(m, copy);
    } else {
        memset(bytes, INT3, copy->size);
    }
    free(patches);
}

void rewrite_plan_emit(struct rewrite_plan *plan, uint64_t addr, uint64_t counters,
                       struct rewrite_image *ret)
{
    struct rewrite_image image = {.size = plan->size};
    struct making m = {.image = &image, .target = {addr, counters}};

    image.bytes = mem_alloc(image.size + 1);
    memset(image.bytes, INT3, image.size);
    image.extents = mem_alloc_array(plan->count + 1, sizeof *image.extents);
    for (size_t i = 0; i < plan->count; i++)
        if (!copy_is_refused(&plan->copies[i]))
            make_copy(&m, &plan->copies[i], (uint32_t)i);
    if (image.patch_count)
        qsort(image.patches, image.patch_count, sizeof *image.patches, compare_patches);
    *ret = image;
}

void rewrite_image_deinit(struct rewrite_image *image)
{
    free(image->bytes);
    free(image->patches);
    free(image->places);
    free(image->extents);
    *image = (struct rewrite_image){0};
}

const struct rewrite_place *rewrite_image_place(const struct rewrite_image *image, size_t offset)
{
    size_t low = 0;
    size_t high = image->place_count;

    if (offset >= image->size)
        return NULL;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (image->places[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? &image->places[low - 1] : NULL;
}
