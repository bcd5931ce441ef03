#include "symbolize/count_lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "profile/builder.h"
#include "symbolize/counted_function.h"
#include "symbolize/modules.h"
#include "symbolize/region_counters.h"

// A function that was chosen, with what became of its code.
struct chosen {
    const struct object_function *function;
    bool counted;   // Some of it is.
    bool uncounted; // Some of it is not.
};

// The counted functions of one module.
struct module {
    struct profile *profile;
    uint32_t mapping;
    struct object *object;
    struct counter_table counters;
    struct region_counters regions; // What of them was counted inside of regions.
    struct chosen *chosen;          // [n_chosen] Each function once, by its address in memory.
    size_t n_chosen;
};

static int compare_chosen(const void *a, const void *b)
{
    uintptr_t x = (uintptr_t)((const struct chosen *)a)->function;
    uintptr_t y = (uintptr_t)((const struct chosen *)b)->function;

    return (x > y) - (x < y);
}

// Several runs have told it several times.
static size_t without_doubles(struct chosen *chosen, size_t n)
{
    size_t kept = 0;

    qsort(chosen, n, sizeof *chosen, compare_chosen);
    for (size_t i = 0; i < n; i++)
        if (!kept || chosen[kept - 1].function != chosen[i].function)
            chosen[kept++] = chosen[i];
    return kept;
}

static void find_chosen(struct module *module)
{
    const struct profile_counters *counters = &module->profile->counters;
    struct object_frame frames[OBJECT_FRAMES_MAX];

    module->chosen = mem_alloc_array(counters->n_choices + 1, sizeof *module->chosen);
    for (size_t i = 0; i < counters->n_choices; i++) {
        const struct profile_choice *choice = &counters->choices[i];
        if (choice->mapping != module->mapping)
            continue;
        size_t n = object_frames_at(module->object, choice->addr, frames);
        if (choice->depth < n)
            module->chosen[module->n_chosen++].function = frames[n - 1 - choice->depth].function;
    }
    module->n_chosen = without_doubles(module->chosen, module->n_chosen);
}

static struct chosen *chosen_of(const struct module *module, const struct object_function *function)
{
    const struct chosen key = {.function = function};

    return bsearch(&key, module->chosen, module->n_chosen, sizeof key, compare_chosen);
}

static uint32_t function_id(struct profile *profile, const struct object_function *function)
{
    const struct profile_function own = {.name = function->name,
                                         .linkage_name = function->linkage_name,
                                         .file = function->file,
                                         .line = function->line};

    return builder_function(profile, &own);
}

// ---- lines

static int64_t number(uint64_t count)
{
    return count > INT64_MAX ? INT64_MAX : (int64_t)count;
}

static void add_line(const struct module *module, const struct counted_line *line, uint32_t region)
{
    struct profile *profile = module->profile;
    const int64_t values[PROFILE_VALUES] = {
        [PROFILE_HITS] = number(line->hits),
        [PROFILE_INSTRUCTIONS] = number(line->instructions),
        [PROFILE_BRANCHES] = number(line->branches),
        [PROFILE_TAKEN] = number(line->taken),
    };
    const struct profile_line at = {
        .function = function_id(profile, line->function), .file = line->file, .line = line->line};
    uint32_t location =
        builder_location(profile, module->mapping, line->addr, PROFILE_ADDRESS_LINE);

    builder_set_lines(profile, location, &at, 1);
    profile_add_remarks(&profile->locations[location - 1].remarks, &line->remarks);
    builder_sample_in(profile, builder_stack(profile, &location, 1), 0, region, values);
}

// As much as there is, out of what is left of all: a region may begin or end within a function, where counts
// of parts do not tell exactly how often a way was taken.
static uint64_t take(uint64_t part, uint64_t *left)
{
    uint64_t taken = part < *left ? part : *left;

    *left -= taken;
    return taken;
}

// Take from the lines what was counted inside of a region.
static void add_lines_in(const struct module *module, const struct region_counters_one *one,
                         uint64_t entry, bool branches, struct counted_line *lines, size_t n)
{
    CLEANUP(cleanup_free) struct counted_line *inside = NULL;
    size_t n_inside = 0;
    struct flow_doubt doubt;

    if (!region_counters_ran(one, entry) ||
        !counted_function_lines(module->object, &one->counters, entry, branches, &inside, &n_inside,
                                &doubt))
        return;
    for (size_t i = 0; i < n && i < n_inside; i++) {
        inside[i].hits = take(inside[i].hits, &lines[i].hits);
        inside[i].instructions = take(inside[i].instructions, &lines[i].instructions);
        inside[i].branches = take(inside[i].branches, &lines[i].branches);
        inside[i].taken = take(inside[i].taken, &lines[i].taken);
        if (inside[i].instructions && chosen_of(module, inside[i].function))
            add_line(module, &inside[i], one->region);
    }
}

static void note_doubt(const struct module *module, const struct object_frame *frame,
                       const struct flow_doubt *doubt)
{
    CLEANUP(cleanup_free)
    char *text =
        mem_printf("the hits of %s could not be told: %s", frame->function->name, doubt->reason);

    builder_note(module->profile, "not-counted", 1, text, NULL);
}

// ---- what is not counted

static void leave_out_range(const struct module *module, uint64_t begin, uint64_t end)
{
    struct object_frame frames[OBJECT_FRAMES_MAX];

    while (begin < end) {
        struct object_row row;
        size_t n = object_frames_at(module->object, begin, frames);
        for (size_t i = 0; i < n; i++) {
            struct chosen *chosen = chosen_of(module, frames[i].function);
            if (chosen)
                chosen->uncounted = true;
        }
        begin = object_row_at(module->object, begin, &row) && row.end > begin ? row.end : begin + 1;
    }
}

// The stretches of a function, or those of all functions that were refused when `entry` is 0.
static void leave_out(const struct module *module, enum profile_counter_kind kind, uint64_t entry)
{
    size_t n;
    const struct profile_counter *parts = entry
                                              ? counter_table_at(&module->counters, kind, entry, &n)
                                              : counter_table_kind(&module->counters, kind, &n);

    for (size_t i = 0; i < n; i++)
        if (!i || parts[i].from != parts[i - 1].from)
            leave_out_range(module, parts[i].from, parts[i].from + (uint64_t)parts[i].count);
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

// A function has code at several places: what is known of it is less than all when some is left out. The copies
// of constructors and destructors have linkage names of their own, and are one function.
static bool is_one(const struct object_function *a, const struct object_function *b)
{
    return a == b || (a->line == b->line && is_same(a->name, b->name) && is_same(a->file, b->file));
}

static void tell_partial_of(const struct module *module, const struct object_function *left_out)
{
    for (size_t i = 0; i < module->n_chosen; i++) {
        const struct chosen *chosen = &module->chosen[i];
        if (!chosen->counted || !is_one(chosen->function, left_out))
            continue;
        uint32_t id = function_id(module->profile, chosen->function);
        module->profile->functions[id - 1].partial = true;
    }
}

static void tell_partial(const struct module *module)
{
    for (size_t i = 0; i < module->n_chosen; i++)
        if (module->chosen[i].uncounted)
            tell_partial_of(module, module->chosen[i].function);
}

static void add_lines(const struct module *module, uint64_t entry, const struct object_frame *frame)
{
    CLEANUP(cleanup_free) struct counted_line *lines = NULL;
    // Stepping sees every way.
    bool branches = module->profile->meta.mode && strcmp(module->profile->meta.mode, "step") == 0;
    size_t n = 0;
    struct flow_doubt doubt;

    if (!counted_function_lines(module->object, &module->counters, entry, branches, &lines, &n,
                                &doubt)) {
        note_doubt(module, frame, &doubt);
        leave_out(module, PROFILE_COUNTER_PART, entry);
        return;
    }
    for (size_t i = 0; i < module->regions.n; i++)
        add_lines_in(module, &module->regions.items[i], entry, branches, lines, n);
    for (size_t i = 0; i < n; i++) {
        struct chosen *chosen = chosen_of(module, lines[i].function);
        if (!chosen)
            continue;
        chosen->counted = true;
        add_line(module, &lines[i], 0);
    }
}

// ---- calls

// Calls of a function that are not given to a region yet.
struct calls {
    uint32_t entry;                // A location.
    struct profile_counter *sites; // [n] What is left of those by known calls.
    size_t n;
    uint64_t others; // What is left of the rest.
};

static void add_calls(const struct module *module, const struct calls *calls, size_t site,
                      uint64_t count, uint32_t region)
{
    struct profile *profile = module->profile;
    const struct profile_counter *at = &calls->sites[site];
    uint32_t stack[2] = {calls->entry};

    stack[1] = builder_location(profile, at->from_mapping, at->from, PROFILE_ADDRESS_CALL);
    builder_sample_in(profile, builder_stack(profile, stack, 2), 0, region,
                      (const int64_t[PROFILE_VALUES]){[PROFILE_CALLS] = number(count)});
}

static void add_others(const struct module *module, const struct calls *calls, uint64_t count,
                       int64_t primitive, uint32_t region)
{
    const int64_t values[PROFILE_VALUES] = {
        [PROFILE_CALLS] = number(count), [PROFILE_PRIMITIVE] = primitive};

    builder_sample_in(module->profile, builder_stack(module->profile, &calls->entry, 1), 0, region,
                      values);
}

static void add_calls_in(const struct module *module, const struct region_counters_one *one,
                         uint64_t entry, struct calls *calls)
{
    uint64_t all = counter_table_sum(&one->counters, PROFILE_COUNTER_ENTRIES, entry);
    uint64_t from_sites = 0;
    size_t n;
    const struct profile_counter *sites =
        counter_table_at(&one->counters, PROFILE_COUNTER_CALL, entry, &n);

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < calls->n; k++) {
            struct profile_counter *whole = &calls->sites[k];
            if (whole->from != sites[i].from || whole->from_mapping != sites[i].from_mapping)
                continue;
            uint64_t left = (uint64_t)whole->count;
            uint64_t taken = take((uint64_t)sites[i].count, &left);
            whole->count = (int64_t)left;
            add_calls(module, calls, k, taken, one->region);
            from_sites += taken;
            break;
        }
    }
    uint64_t taken = take(all > from_sites ? all - from_sites : 0, &calls->others);
    if (taken)
        add_others(module, calls, taken, 0, one->region);
}

// The largest of a kind at an address, or the smallest; 0 = there is none.
static int64_t extreme(const struct counter_table *counters, enum profile_counter_kind kind,
                       uint64_t entry, bool smallest)
{
    size_t n;
    const struct profile_counter *at = counter_table_at(counters, kind, entry, &n);
    int64_t found = n ? at[0].count : 0;

    for (size_t i = 1; i < n; i++)
        if (smallest ? at[i].count < found : at[i].count > found)
            found = at[i].count;
    return found;
}

// Of all regions together.
static void add_times(const struct module *module, uint64_t entry, uint32_t location)
{
    const struct counter_table *counters = &module->counters;
    const int64_t values[PROFILE_VALUES] = {
        [PROFILE_CALL_TIME] = number(counter_table_sum(counters, PROFILE_COUNTER_TIME, entry)),
        [PROFILE_CALL_LEAST] = extreme(counters, PROFILE_COUNTER_LEAST, entry, true),
        [PROFILE_CALL_MOST] = extreme(counters, PROFILE_COUNTER_MOST, entry, false),
    };

    builder_sample(module->profile, builder_stack(module->profile, &location, 1), 0, values);
}

static void add_entry(const struct module *module, uint64_t entry, const struct object_frame *frame)
{
    struct profile *profile = module->profile;
    int64_t all = (int64_t)counter_table_sum(&module->counters, PROFILE_COUNTER_ENTRIES, entry);
    int64_t from_sites = 0;
    size_t n;
    const struct profile_counter *sites =
        counter_table_at(&module->counters, PROFILE_COUNTER_CALL, entry, &n);
    const struct profile_line at = {.function = function_id(profile, frame->function),
                                    .file = frame->function->file,
                                    .line = frame->function->file ? frame->function->line : 0};
    CLEANUP(cleanup_free) struct profile_counter *own = mem_dup(sites, n * sizeof *sites);
    struct calls calls = {
        .entry = builder_location(profile, module->mapping, entry, PROFILE_ADDRESS_ENTRY),
        .sites = own,
        .n = n};

    builder_set_lines(profile, calls.entry, &at, 1);
    for (size_t i = 0; i < n; i++)
        from_sites = profile_sum(from_sites, sites[i].count);
    // A call counts with one before it on the same line, which an exception may have left: then nobody
    // knows which of them were made.
    if (from_sites > all) {
        calls.n = n = 0;
        from_sites = 0;
    }
    calls.others = all > from_sites ? (uint64_t)(all - from_sites) : 0;
    for (size_t i = 0; i < module->regions.n; i++)
        add_calls_in(module, &module->regions.items[i], entry, &calls);
    for (size_t i = 0; i < n; i++)
        add_calls(module, &calls, i, (uint64_t)calls.sites[i].count, 0);
    add_others(module, &calls, calls.others,
               (int64_t)counter_table_sum(&module->counters, PROFILE_COUNTER_PRIMITIVE, entry), 0);
    add_times(module, entry, calls.entry);
}

static void count_function(const struct module *module, uint64_t entry)
{
    struct object_frame frames[OBJECT_FRAMES_MAX];
    size_t n = object_frames_at(module->object, entry, frames);

    if (!n)
        return;
    struct chosen *chosen = chosen_of(module, frames[n - 1].function);
    if (chosen) {
        chosen->counted = true;
        add_entry(module, entry, &frames[n - 1]);
    }
    add_lines(module, entry, &frames[n - 1]);
}

static void count_module(struct profile *profile, uint32_t mapping,
                         const struct modules_sources *sources)
{
    struct modules_opened opened = {0};
    struct module module = {.profile = profile, .mapping = mapping};
    size_t n;

    counter_table_init(&module.counters, &profile->counters, mapping);
    region_counters_init(&module.regions, profile, mapping);
    const struct profile_counter *entries =
        counter_table_kind(&module.counters, PROFILE_COUNTER_ENTRIES, &n);
    if (n)
        modules_open(profile, mapping, sources, &opened);
    module.object = opened.object;
    if (module.object) {
        find_chosen(&module);
        for (size_t i = 0; i < n; i++)
            if (!i || entries[i].addr != entries[i - 1].addr)
                count_function(&module, entries[i].addr);
        leave_out(&module, PROFILE_COUNTER_REFUSED, 0);
        tell_partial(&module);
        free(module.chosen);
    }
    if (n)
        modules_close(profile, mapping, &opened);
    region_counters_deinit(&module.regions);
    counter_table_deinit(&module.counters);
}

void count_lines(struct profile *profile, const struct modules_sources *sources)
{
    size_t n = profile->n_mappings;

    for (size_t mapping = 1; profile->counters.n && mapping <= n; mapping++)
        count_module(profile, (uint32_t)mapping, sources);
    free(profile->counters.items);
    free(profile->counters.choices);
    profile->counters = (struct profile_counters){0};
}
