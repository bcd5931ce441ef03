// A unit that was built with -fpatchable-function-entry is told by its producer where that tells the
// compiler's options (GCC, and Clang with -grecord-command-line). Else every function of the unit must
// have an entry, and that must not be what someone marked: either main() is among them, or all that the
// same compiler built is like that.

#include "object/marks.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "object/inline_tree.h"
#include "object/unit_dies.h"

#define SECTION "__patchable_function_entries"
#define OPTION "-fpatchable-function-entry"

// With -fpatchable-function-entry=N,M the entry lies M bytes in front of its function.
#define NOPS_IN_FRONT_MAX 64

// The endbr64 in front of the nops of a function with -fcf-protection [bytes].
#define ENDBR_SIZE 4

// What is known of how a unit was built.
enum build {
    BUILD_UNKNOWN,
    BUILD_PLAIN,   // Entries are marks.
    BUILD_PATCHED, // Every function has an entry.
};

struct entries {
    uint64_t *items; // [count] Sorted.
    size_t count;
    size_t capacity;
    size_t n_discarded;
};

struct reading {
    struct object *obj;
    struct compile_units *units;
    struct entries entries;
    enum build *builds; // By unit.
};

static int compare_addrs(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

// ---- the section

static void read_section(struct object *obj, const struct image *image,
                         const struct image_section *section, struct entries *entries)
{
    uint64_t entry;

    for (uint64_t at = 0; section->size - at >= sizeof entry; at += sizeof entry) {
        if (!object_read(obj, section->addr + at, &entry, sizeof entry))
            return;
        // What the linker threw away is at no address of code.
        if (!image_is_code(image, entry)) {
            entries->n_discarded++;
            continue;
        }
        entries->items =
            mem_grow(entries->items, &entries->capacity, entries->count, sizeof *entries->items);
        entries->items[entries->count++] = entry;
    }
}

static void read_entries(struct object *obj, const struct image *image, struct entries *entries)
{
    size_t n = 0;

    for (size_t i = 0; i < image->n_sections; i++)
        if (image->sections[i].type != SHT_NOBITS && strcmp(image->sections[i].name, SECTION) == 0)
            read_section(obj, image, &image->sections[i], entries);
    if (!entries->count)
        return;
    qsort(entries->items, entries->count, sizeof *entries->items, compare_addrs);
    for (size_t i = 0; i < entries->count; i++)
        if (!n || entries->items[i] != entries->items[n - 1])
            entries->items[n++] = entries->items[i];
    entries->count = n;
}

// How many entries lie below the address.
static size_t count_below(const struct entries *entries, uint64_t addr)
{
    size_t low = 0;
    size_t high = entries->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (entries->items[middle] < addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// ---- how a unit was built

static const char *producer_of(struct compile_units *units, struct compile_unit *unit)
{
    const uint16_t name = DW_AT_producer;
    struct die_value value;

    unit_dies_read(units, compile_units_root(unit), &name, 1, &value);
    return value.text;
}

static bool has_entry(const struct entries *entries, struct inline_tree *tree, uint64_t begin,
                      uint64_t end)
{
    size_t i = count_below(entries, begin);

    if (i < entries->count && entries->items[i] < end)
        return true;
    // In front of the function, and not that of a short one before it.
    return i && begin - entries->items[i - 1] <= NOPS_IN_FRONT_MAX &&
           !inline_tree_find(tree, entries->items[i - 1]);
}

// Whether every function of the unit has an entry; how many that are is added to the count.
static bool has_all_entries(struct reading *reading, struct compile_unit *unit, size_t *count)
{
    struct inline_tree *tree = compile_units_inlines(unit);
    bool *seen = mem_alloc_array(tree->count + 1, sizeof *seen);
    size_t n_seen = 0;

    for (size_t i = 0; i < tree->addrs.count; i++) {
        // Looking an address up may sort the ranges, once.
        const struct range range = tree->addrs.items[i];
        if (!seen[range.value] && has_entry(&reading->entries, tree, range.begin, range.end)) {
            seen[range.value] = true;
            n_seen++;
        }
    }
    free(seen);
    *count += tree->count;
    return n_seen == tree->count;
}

static bool has_main(struct reading *reading, struct compile_unit *unit)
{
    const struct inline_tree *tree = compile_units_inlines(unit);
    struct object_symbol symbol;

    for (size_t i = 0; i < tree->addrs.count; i++)
        if (object_symbol_at(reading->obj, tree->addrs.items[i].begin, &symbol) &&
            strcmp(symbol.name, "main") == 0)
            return true;
    return false;
}

// Whether all that the same compiler built has entries, and that is more than one function.
static bool are_all_patched(struct reading *reading, const char *producer)
{
    struct compile_units *units = reading->units;
    size_t count = 0;

    for (size_t i = 0; i < units->count; i++) {
        const char *other = producer_of(units, &units->items[i]);
        if (other && strcmp(other, producer) == 0 &&
            !has_all_entries(reading, &units->items[i], &count))
            return false;
    }
    return count > 1;
}

static enum build find_build(struct reading *reading, struct compile_unit *unit)
{
    const char *producer = producer_of(reading->units, unit);
    size_t count = 0;

    if (producer && strstr(producer, " -"))
        return strstr(producer, OPTION) ? BUILD_PATCHED : BUILD_PLAIN;
    if (!producer || !has_all_entries(reading, unit, &count))
        return BUILD_PLAIN;
    bool is_patched = (count > 1 && has_main(reading, unit)) || are_all_patched(reading, producer);
    return is_patched ? BUILD_PATCHED : BUILD_PLAIN;
}

static bool is_patched(struct reading *reading, struct compile_unit *unit)
{
    enum build *build = &reading->builds[unit - reading->units->items];

    if (*build == BUILD_UNKNOWN)
        *build = find_build(reading, unit);
    return *build == BUILD_PATCHED;
}

// ---- the marks

// Where the function of an entry is: the entry itself, or behind it.
static uint64_t function_addr(struct reading *reading, uint64_t entry)
{
    for (uint64_t addr = entry; addr <= entry + NOPS_IN_FRONT_MAX; addr++)
        if (compile_units_find(reading->units, addr))
            return addr;
    return entry;
}

static struct object_mark mark_at(struct object *obj, uint64_t addr)
{
    struct object_frame frames[OBJECT_FRAMES_MAX];
    size_t n = object_frames_at(obj, addr, frames);
    uint64_t begin = 0;
    uint64_t end = 0;
    bool is_behind = object_extent_at(obj, addr, &begin, &end) && begin == addr - ENDBR_SIZE;

    return (struct object_mark){
        .addr = is_behind ? begin : addr,
        .function = n ? frames[n - 1].function : NULL,
    };
}

static void take(struct marks *marks, struct reading *reading)
{
    struct object_marks *found = &marks->found;

    marks->items = mem_alloc_array(reading->entries.count + 1, sizeof *marks->items);
    for (size_t i = 0; i < reading->entries.count; i++) {
        uint64_t addr = function_addr(reading, reading->entries.items[i]);
        struct compile_unit *unit = compile_units_find(reading->units, addr);
        if (!unit || !is_patched(reading, unit)) {
            marks->items[found->count++] = mark_at(reading->obj, reading->entries.items[i]);
            continue;
        }
        found->n_patched++;
        if (!found->patched_unit)
            found->patched_unit = unit->root.name;
    }
    found->items = marks->items;
    found->n_discarded = reading->entries.n_discarded;
}

static int compare_functions(const void *a, const void *b)
{
    uintptr_t x = (uintptr_t) * (const struct object_function *const *)a;
    uintptr_t y = (uintptr_t) * (const struct object_function *const *)b;

    return (x > y) - (x < y);
}

static void sort_functions(struct marks *marks)
{
    size_t n = marks->found.count;

    marks->functions = mem_alloc_array(n + 1, sizeof *marks->functions);
    for (size_t i = 0; i < n; i++)
        marks->functions[i] = marks->items[i].function;
    qsort(marks->functions, n, sizeof *marks->functions, compare_functions);
}

bool marks_have(const struct marks *marks, const struct object_function *function)
{
    return marks->found.count && bsearch(&function, marks->functions, marks->found.count,
                                         sizeof *marks->functions, compare_functions);
}

void marks_read(struct marks *marks, struct object *obj, struct image *image,
                struct compile_units *units)
{
    struct reading reading = {.obj = obj, .units = units};

    marks->is_read = true;
    read_entries(obj, image, &reading.entries);
    reading.builds = mem_alloc_array(units->count + 1, sizeof *reading.builds);
    take(marks, &reading);
    sort_functions(marks);
    free(reading.builds);
    free(reading.entries.items);
}

void marks_deinit(struct marks *marks)
{
    free(marks->items);
    free(marks->functions);
    *marks = (struct marks){0};
}
