// The decoders of our own and those with libdwarf, which stand in for them, read the same.

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "object/compile_units.h"
#include "object/inline_fallback.h"
#include "object/inline_tree.h"
#include "object/line_fallback.h"
#include "object/unit_dies.h"
#include "object/unit_fallback.h"
#include "support/test.h"

static const char *const files[] = {
    "asm/lines.dwarf4",         "asm/lines.dwarf5",     "frames/chain.gcc5",
    "frames/chain.gcc4",        "frames/chain.gccO0",   "frames/chain.clang5",
    "frames/chain.clang4",      "frames/nested.gcc5",   "frames/nested.gcc4",
    "frames/nested.gcclto",     "frames/nested.gccgz",  "frames/nested.dwarf64",
    "frames/nested.dwarf3",     "frames/nested.dwarf2", "frames/nested.clang5",
    "frames/nested.clanglines",
};

static void expect_same_lines(struct compile_units *units, struct compile_unit *unit,
                              struct string_pool *pool)
{
    struct line_table *ours = compile_units_lines(unit);
    struct line_table theirs;

    line_table_init(&theirs, units->info->image, unit->root.folder);
    cr_assert(line_fallback_read(units->info, unit, &theirs), "%s", unit->root.name);
    line_table_finish(&theirs);
    cr_assert_eq(ours->n_sequences, theirs.n_sequences, "%s: %zu sequences, not %zu",
                 unit->root.name, ours->n_sequences, theirs.n_sequences);
    cr_assert_eq(ours->n_rows, theirs.n_rows, "%s: %zu rows, not %zu", unit->root.name,
                 ours->n_rows, theirs.n_rows);
    for (size_t i = 0; i < ours->n_sequences; i++) {
        cr_expect_eq(ours->sequences[i].begin, theirs.sequences[i].begin);
        cr_expect_eq(ours->sequences[i].end, theirs.sequences[i].end);
        cr_expect_eq(ours->sequences[i].first, theirs.sequences[i].first);
    }
    for (size_t i = 0; i < ours->n_rows; i++) {
        const struct line_row *a = &ours->rows[i];
        const struct line_row *b = &theirs.rows[i];
        cr_expect(a->offset == b->offset && a->line == b->line && a->column == b->column &&
                      a->discriminator == b->discriminator,
                  "row %zu of %s", i, unit->root.name);
        // In DWARF 5 libdwarf lets programs start with file 0, the standard (table 6.4) with 1.
        if (unit->program.version == 5 && a->file == 1 && b->file == 0)
            continue;
        const char *mine = line_table_path(ours, pool, a->file);
        const char *other = line_table_path(&theirs, pool, b->file);
        cr_expect_eq(mine, other, "row %zu of %s: %s, not %s", i, unit->root.name, other, mine);
    }
    line_table_deinit(&theirs);
}

static void expect_same_ranges(const struct ranges *ours, const struct ranges *theirs,
                               const char *unit)
{
    cr_assert_eq(ours->count, theirs->count, "%s", unit);
    for (size_t i = 0; i < ours->count; i++)
        cr_expect(ours->items[i].begin == theirs->items[i].begin &&
                      ours->items[i].end == theirs->items[i].end &&
                      ours->items[i].value == theirs->items[i].value,
                  "range %zu of %s", i, unit);
}

static void expect_same_calls(const struct inline_function *ours,
                              const struct inline_function *theirs, const char *unit)
{
    cr_assert_eq(ours->n_calls, theirs->n_calls, "%s", unit);
    cr_assert_eq(ours->n_levels, theirs->n_levels, "%s", unit);
    for (size_t i = 0; i < ours->n_levels; i++)
        expect_same_ranges(&ours->levels[i], &theirs->levels[i], unit);
    for (size_t i = 0; i < ours->n_calls; i++) {
        const struct inline_call *a = &ours->calls[i];
        const struct inline_call *b = &theirs->calls[i];
        cr_expect(a->origin == b->origin && a->parent == b->parent && a->depth == b->depth &&
                      a->call_file == b->call_file && a->call_line == b->call_line &&
                      a->call_column == b->call_column,
                  "call %zu of %s", i, unit);
    }
}

// Read once with our own decoder and once with libdwarf, then compare.
static void expect_same_functions(struct compile_units *units, struct compile_unit *unit)
{
    const struct unit_header *header = &unit->root.context.header;
    struct inline_tree *ours =
        inline_tree_create(units->info, header->offset, header->root, unit->root.base);
    struct inline_tree theirs = {
        .info = units->info, .root = header->root, .base = unit->root.base, .budget = UINT64_MAX};

    cr_assert(ours->can_scan, "%s", unit->root.name);
    inline_fallback_functions(&theirs, false);
    expect_same_ranges(&ours->addrs, &theirs.addrs, unit->root.name);
    cr_assert_eq(ours->count, theirs.count, "%s", unit->root.name);
    // Asking for an address expands its function.
    for (size_t i = 0; i < theirs.addrs.count; i++) {
        const struct range range = theirs.addrs.items[i];
        struct inline_function *function = &theirs.functions[range.value];
        if (function->is_expanded)
            continue;
        function->is_expanded = true;
        inline_fallback_calls(&theirs, function);
        const struct inline_function *own = inline_tree_function(ours, range.begin);
        cr_assert_eq(own->die, function->die, "%s", unit->root.name);
        cr_expect_eq(own->origin, function->origin, "%s", unit->root.name);
        expect_same_calls(own, function, unit->root.name);
    }
    inline_tree_destroy(ours);
    for (size_t i = 0; i < theirs.count; i++) {
        for (size_t k = 0; k < theirs.functions[i].n_levels; k++)
            ranges_deinit(&theirs.functions[i].levels[k]);
        free(theirs.functions[i].levels);
        free(theirs.functions[i].calls);
    }
    free(theirs.functions);
    ranges_deinit(&theirs.addrs);
}

// Call `check` for every unit of every file that was built here.
static size_t for_each_unit(size_t (*check)(struct compile_units *, struct compile_unit *))
{
    size_t n_files = 0;

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[512];
        struct image *image = NULL;
        struct compile_units units;
        size_t found = 0;
        snprintf(path, sizeof path, "%s/%s", FIXTURE_DIR, files[i]);
        struct lprof_error *err = image_open(path, &image);
        if (err) {
            // Built only where there is a clang.
            cr_assert_not_null(strstr(path, "clang"), "%s", err->message);
            error_destroy(err);
            continue;
        }
        n_files++;
        struct debug_info *info = debug_info_open(image);
        compile_units_init(&units, info);
        for (size_t k = 0; k < units.count; k++)
            found += check(&units, &units.items[k]);
        cr_expect_gt(found, 0, "%s has nothing to compare", path);
        cr_expect_eq(info->problems.count, 0, "%s: %s", path, info->problems.first);
        compile_units_deinit(&units);
        debug_info_close(info);
        image_close(image);
    }
    return n_files;
}

static size_t check_lines(struct compile_units *units, struct compile_unit *unit)
{
    struct string_pool pool;

    if (!unit->root.has_lines)
        return 0;
    string_pool_init(&pool);
    expect_same_lines(units, unit, &pool);
    string_pool_deinit(&pool);
    return unit->lines.n_rows;
}

LP_TEST(fallback, libdwarf_reads_the_same_lines)
{
    cr_expect_gt(for_each_unit(check_lines), 8);
}

static size_t check_functions(struct compile_units *units, struct compile_unit *unit)
{
    expect_same_functions(units, unit);
    return 1;
}

LP_TEST(fallback, libdwarf_reads_the_same_functions_and_calls)
{
    cr_expect_gt(for_each_unit(check_functions), 8);
}

static void expect_same_text(const char *ours, const char *theirs)
{
    cr_assert_eq(!ours, !theirs, "%s, not %s", ours, theirs);
    if (ours)
        cr_expect_str_eq(ours, theirs);
}

static size_t check_root(struct compile_units *units, struct compile_unit *unit)
{
    const struct unit_header *header = &unit->root.context.header;
    struct ranges our_addrs = {0};
    struct ranges their_addrs = {0};
    struct unit_root ours;
    struct unit_root theirs;

    cr_assert(unit_root_read(units->info->image, header, 7, &ours, &our_addrs));
    cr_assert(unit_fallback_read(units->info, header, 7, &theirs, &their_addrs));
    cr_expect_eq(ours.tag, theirs.tag);
    expect_same_text(ours.name, theirs.name);
    expect_same_text(ours.folder, theirs.folder);
    cr_expect_eq(ours.has_lines, theirs.has_lines);
    cr_expect_eq(ours.line_offset, theirs.line_offset);
    cr_expect_eq(ours.language, theirs.language);
    cr_expect_eq(ours.base, theirs.base);
    cr_expect_eq(ours.tells_addresses, theirs.tells_addresses);
    expect_same_ranges(&our_addrs, &their_addrs, ours.name);
    ranges_deinit(&our_addrs);
    ranges_deinit(&their_addrs);
    return 1;
}

LP_TEST(fallback, libdwarf_reads_the_same_roots)
{
    cr_expect_gt(for_each_unit(check_root), 8);
}

// The values that functions are named with.
static void expect_same_die(struct compile_units *units, uint64_t offset)
{
    const uint16_t names[] = {DW_AT_name,      DW_AT_linkage_name,    DW_AT_decl_file,
                              DW_AT_decl_line, DW_AT_abstract_origin, DW_AT_specification};
    struct die_value ours[sizeof names / sizeof *names];
    struct die_value theirs[sizeof names / sizeof *names];
    size_t n = sizeof names / sizeof *names;
    uint64_t our_target = 0;
    uint64_t their_target = 0;

    cr_expect_eq(unit_dies_read(units, offset, names, n, ours),
                 unit_fallback_values(units->info, offset, names, n, theirs));
    for (size_t i = 0; i < n; i++) {
        cr_expect_eq(!ours[i].form, !theirs[i].form, "value %zu", i);
        expect_same_text(ours[i].text, theirs[i].text);
        cr_expect_eq(unit_dies_reference(&ours[i], &our_target),
                     unit_dies_reference(&theirs[i], &their_target));
        cr_expect_eq(our_target, their_target);
        if (!ours[i].text)
            cr_expect_eq(ours[i].number, theirs[i].number, "value %zu", i);
    }
}

static size_t check_dies(struct compile_units *units, struct compile_unit *unit)
{
    const struct inline_tree *tree = compile_units_inlines(unit);

    for (size_t i = 0; i < tree->count; i++) {
        expect_same_die(units, tree->functions[i].die);
        if (tree->functions[i].origin)
            expect_same_die(units, tree->functions[i].origin);
    }
    return tree->count;
}

LP_TEST(fallback, libdwarf_reads_the_same_names_and_declarations)
{
    cr_expect_gt(for_each_unit(check_dies), 8);
}
