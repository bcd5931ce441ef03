// Runs a program with all its functions counted exactly, and prints how often each of its instructions was
// executed as far as a counter tells: for a check of the counters alone, before lines are made of them.
//
//     block_counts OUTPUT PROGRAM [ARG...]
//
// OUTPUT gets, of the program itself and not of its libraries, addresses in hexadecimal:
//
//     functions COUNTED REFUSED
//     = ADDR COUNT     an instruction that was executed so often
//     < ADDR COUNT     likewise, or less often: behind a call that may not have come back
//
// The status is the program's own.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/record.h"
#include "base/cleanup.h"
#include "base/mem.h"
#include "code/function_code.h"
#include "code/hits.h"
#include "symbolize/counter_table.h"

enum { STATUS_FAILED = 125 };

// The program's own code, and what was counted there.
struct counted {
    FILE *out;
    struct object *object;
    struct counter_table table;
};

static void print_part(const struct counted *counted, const struct flow *flow,
                       const struct counter_part *part)
{
    uint64_t count = counter_table_sum(&counted->table, PROFILE_COUNTER_INSTRUCTION,
                                       flow->insns[part->first].insn.addr);
    char sure = '=';

    for (uint32_t i = part->first; i < part->end; i++) {
        fprintf(counted->out, "%c %" PRIx64 " %" PRIu64 "\n", sure, flow->insns[i].insn.addr,
                count);
        if (flow->insns[i].insn.kind == INSN_CALL)
            sure = '<';
    }
}

static void print_code(const struct counted *counted, const struct function_code *code)
{
    struct hits_plan *plan = hits_plan_create(&code->flow, &code->rows.map, false);
    const struct counter_points *points = hits_plan_points(plan);

    for (uint32_t i = 0; i < points->part_count; i++)
        print_part(counted, &code->flow, &points->parts[i]);
    hits_plan_destroy(plan);
}

// The functions that were counted are those whose stretches of code were told.
static bool print_function(const struct counted *counted, const struct profile_counter *parts,
                           size_t n)
{
    CLEANUP(cleanup_free) struct object_range *ranges = mem_alloc_array(n, sizeof *ranges);
    struct function_code code;
    struct flow_doubt doubt;

    for (size_t i = 0; i < n; i++)
        ranges[i] = (struct object_range){parts[i].from, parts[i].from + (uint64_t)parts[i].count};
    if (!function_code_init(&code, counted->object, parts[0].addr, ranges, n, &doubt)) {
        fprintf(stderr, "block_counts: 0x%" PRIx64 ": %s\n", parts[0].addr, doubt.reason);
        return false;
    }
    print_code(counted, &code);
    function_code_deinit(&code);
    return true;
}

static bool print_functions(const struct counted *counted)
{
    size_t n;
    const struct profile_counter *parts =
        counter_table_kind(&counted->table, PROFILE_COUNTER_PART, &n);
    bool fine = true;
    size_t end;

    for (size_t i = 0; i < n; i = end) {
        for (end = i + 1; end < n && parts[end].addr == parts[i].addr; end++)
            ;
        fine = print_function(counted, parts + i, end - i) && fine;
    }
    return fine;
}

static bool print_program(FILE *out, const struct profile *profile)
{
    for (uint32_t id = 1; id <= profile->n_mappings; id++) {
        const struct profile_mapping *mapping = &profile->mappings[id - 1];
        struct counted counted = {.out = out};
        if (!profile_is_program(profile, mapping))
            continue;
        struct lprof_error *err = object_open(mapping->path, NULL, &counted.object);
        if (err) {
            fprintf(stderr, "block_counts: %s\n", err->message);
            error_destroy(err);
            return false;
        }
        counter_table_init(&counted.table, &profile->counters, id);
        bool fine = print_functions(&counted);
        counter_table_deinit(&counted.table);
        object_destroy(counted.object);
        return fine;
    }
    fprintf(stderr, "block_counts: nothing was counted\n");
    return false;
}

int main(int argc, char **argv)
{
    const struct choice_options all = {.all = true};
    struct record_options options = {.collector = {.exact = true, .choice = &all},
                                     .mode_asked = "exact"};
    struct record_result result;
    CLEANUP(cleanup_fclose) FILE *out = argc > 2 ? fopen(argv[1], "w") : NULL;

    if (!out) {
        fprintf(stderr, "usage: block_counts OUTPUT PROGRAM [ARG...]\n");
        return STATUS_FAILED;
    }
    options.argv = argv + 2;
    struct lprof_error *err = record_program(&options, &result);
    if (err) {
        fprintf(stderr, "block_counts: %s\n", err->message);
        error_destroy(err);
        return STATUS_FAILED;
    }
    fprintf(out, "functions %zu %zu\n", result.totals.counted, result.totals.refused);
    bool fine = print_program(out, result.profile);
    profile_destroy(result.profile);
    kept_deinit(&result.kept);
    return fine ? result.exit_status : STATUS_FAILED;
}
