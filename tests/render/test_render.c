#include "render/render.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "render/text.h"
#include "support/folder.h"
#include "support/golden.h"
#include "support/hand_profile.h"
#include "support/hand_report.h"
#include "support/test.h"

// The golden file `name` holds what `render` writes for a report; the report is freed.
static void expect_golden(const char *name, struct hand_report *hand,
                          void (*render)(const struct report *, const struct render_options *,
                                         FILE *),
                          struct render_options options)
{
    CLEANUP(cleanup_free) char *text = hand_report_render(hand, render, &options);

    golden_expect(name, text);
    hand_report_destroy(hand);
}

LP_TEST(render, sampled_program)
{
    expect_golden("lines-sampled", hand_report_sampled(), render_lines,
                  (struct render_options){.saved_as = "count.lprof"});
}

LP_TEST(render, counted_function)
{
    expect_golden("lines-counted", hand_report_counted(), render_lines, (struct render_options){0});
}

// The counted report in which a declaration and an assignment have no code.
static struct hand_report *merged_lines(void)
{
    struct hand_report *hand = hand_report_counted();
    struct report_function *count = &hand->functions[0];

    for (size_t i = 0; i < count->n_lines; i++)
        if (count->lines[i].line == 18 || count->lines[i].line == 28)
            count->lines[i].hits = REPORT_NULL;
    return hand;
}

LP_TEST(render, statements_without_code_of_their_own)
{
    expect_golden("lines-absent", merged_lines(), render_lines, (struct render_options){0});
}

LP_TEST(render, what_counting_cost_is_told_as_far_as_it_is_known)
{
    static const struct {
        int64_t counting_ms;
        const char *shown;
    } cases[] = {{0, "1 function (about 1.00x)\n"},
                 {610, "1 function (about 1.5x)\n"},
                 {1800, "1 function (more than 4x)\n"},
                 {2000, "1 function (more than 4x)\n"}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hand_report *hand = hand_report_counted();
        hand->profile->meta.counting_ns = cases[i].counting_ms * 1000000;
        CLEANUP(cleanup_free)
        char *text = hand_report_render(hand, render_lines, &(struct render_options){0});
        cr_expect(strstr(text, cases[i].shown), "%s", text);
        hand_report_destroy(hand);
    }
}

LP_TEST(render, times_of_calls_stand_beside_their_number)
{
    struct hand_report *hand = hand_report_counted();
    struct report_function *count = &hand->functions[0];
    const struct render_options narrow = {.width = 80};
    const struct render_options wide = {0};

    count->ncalls = 3;
    count->call_ns = 1215000000;
    count->call_least = 3000000;
    count->call_most = 1200000000;
    CLEANUP(cleanup_free) char *all = hand_report_render(hand, render_lines, &wide);
    CLEANUP(cleanup_free) char *less = hand_report_render(hand, render_lines, &narrow);
    cr_expect(strstr(all, "   3 calls of 3.00 ms to 1.20 s, 1.22 s in all\n"), "%s", all);
    cr_expect(strstr(less, "   3 calls\n"), "%s", less);
    count->ncalls = 1;
    CLEANUP(cleanup_free) char *one = hand_report_render(hand, render_lines, &wide);
    cr_expect(strstr(one, "   1 call of 1.22 s\n"), "%s", one);
    hand_report_destroy(hand);
}

LP_TEST(render, of_what_is_counted_in_part_no_line_is_told_to_have_no_code)
{
    struct hand_report *hand = merged_lines();

    hand->functions[0].partial = true;
    CLEANUP(cleanup_free)
    char *text = hand_report_render(hand, render_lines, &(struct render_options){0});
    cr_expect(strstr(text, "1 call   counted in part\n") != NULL, "%s", text);
    cr_expect(!strstr(text, "           -  "), "%s", text);
    hand_report_destroy(hand);
    hand = merged_lines();
    CLEANUP(cleanup_free)
    char *whole = hand_report_render(hand, render_lines, &(struct render_options){0});
    cr_expect(strstr(whole, "           -  ") && !strstr(whole, "in part"), "%s", whole);
    hand_report_destroy(hand);
}

LP_TEST(render, colours)
{
    expect_golden("lines-color", hand_report_sampled(), render_lines,
                  (struct render_options){.color = true});
}

LP_TEST(render, terminal_of_80_columns)
{
    expect_golden("lines-width-80", hand_report_counted(), render_lines,
                  (struct render_options){.width = 80});
}

LP_TEST(render, everything_asked_for)
{
    static const char *const columns[] = {"line",   "samples", "hits",    "time",
                                          "ci",     "self",    "inlined", "called",
                                          "perhit", "percent", "source"};

    expect_golden("lines-full-columns-us-t", hand_report_counted(), render_lines,
                  (struct render_options){.full = true,
                                          .hottest_last = true,
                                          .unit_ns = 1000,
                                          .columns = columns,
                                          .n_columns = sizeof columns / sizeof columns[0]});
}

LP_TEST(render, program_without_debug_info)
{
    expect_golden("lines-symbols", hand_report_symbols(), render_lines, (struct render_options){0});
}

LP_TEST(render, program_that_waited)
{
    expect_golden("summary-waiting", hand_report_waiting(), render_summary,
                  (struct render_options){0});
}

LP_TEST(render, program_without_a_sample)
{
    expect_golden("lines-empty", hand_report_empty(), render_lines, (struct render_options){0});
}

LP_TEST(render, lines_by_their_cost)
{
    struct hand_report *hand = hand_report_sampled();
    struct report_function *count = &hand->functions[0];
    struct report_line hottest = count->lines[2];

    count->lines[2] = count->lines[0];
    count->lines[0] = hottest;
    hand->report.n_kept = 1;
    expect_golden("lines-sorted-by-time", hand, render_lines, (struct render_options){0});
}

LP_TEST(render, what_is_called_without_a_line_of_its_own_is_of_its_file)
{
    static const struct render_options plain;
    struct hand_report *hand = hand_report_sampled();

    hand->functions[1].line = 0;
    CLEANUP(cleanup_free) char *text = hand_report_render(hand, render_lines, &plain);
    cr_expect(strstr(text, "25 % slurp (called, read.cpp)\n") != NULL);
    hand_report_destroy(hand);
}

LP_TEST(render, line_profilers_example)
{
    expect_golden("line_profiler-m", hand_report_primes(), render_line_profiler,
                  (struct render_options){.summarize = true});
}

LP_TEST(render, line_profilers_example_in_nanoseconds)
{
    expect_golden("line_profiler-u-ns-t-m", hand_report_primes(), render_line_profiler,
                  (struct render_options){.summarize = true, .hottest_last = true, .unit_ns = 1});
}

LP_TEST(render, memory_profilers_layout)
{
    expect_golden("memory", hand_report_memory(), render_memory,
                  (struct render_options){.precision = 3});
}

LP_TEST(render, memory_profilers_layout_with_one_decimal)
{
    expect_golden("memory-precision-1", hand_report_memory(), render_memory,
                  (struct render_options){.precision = 1});
}

LP_TEST(render, memory_that_was_not_measured)
{
    expect_golden("memory-none", hand_report_primes(), render_memory, (struct render_options){0});
}

static void allocate(struct profile *profile, const char *stack, int64_t allocs, int64_t bytes,
                     int64_t freed)
{
    hand_profile_add(profile, stack, 0, 0);
    struct profile_sample *last = &profile->samples[profile->n_samples - 1];
    last->values[PROFILE_ALLOCS] = allocs;
    last->values[PROFILE_ALLOC_BYTES] = allocs * bytes;
    last->values[PROFILE_FREES] = freed;
    last->values[PROFILE_FREED_BYTES] = freed * bytes;
    last->values[PROFILE_TEMPORARY] = freed / 2;
    last->values[PROFILE_PEAK_BYTES] = allocs * bytes / 4;
    last->values[PROFILE_ALLOC_VARIANCE] = 4 * allocs * bytes;
    last->values[PROFILE_LIVE_VARIANCE] = (allocs - freed) * bytes;
}

static void expect_heap(const char *name, enum heap_stacks_key key)
{
    struct profile *profile = hand_profile_create();
    const struct render_options options = {.heap_key = key, .n_stacks = 2};

    allocate(profile, "grow:8 ; main:20", 1000, 4096, 990);
    allocate(profile, "xmalloc:3 < keep:30 ; main:21", 50, 100000, 0);
    allocate(profile, "keep:31 ; main:21", 30, 1 << 20, 30);
    allocate(profile, "once:40 ; main:22", 1, 24, 0);
    struct report *report = report_create(profile, &(struct report_options){.no_source = true});
    CLEANUP(cleanup_free) char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    render_memory(report, &options, out);
    fclose(out);
    golden_expect(name, text);
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(render, stacks_that_allocated)
{
    expect_heap("memory-sort-leaked", HEAP_STACKS_BY_LEAKED);
    expect_heap("memory-sort-peak", HEAP_STACKS_BY_PEAK);
    expect_heap("memory-sort-allocs", HEAP_STACKS_BY_ALLOCS);
    expect_heap("memory-sort-temporary", HEAP_STACKS_BY_TEMPORARY);
}

LP_TEST(render, lines_with_memory)
{
    expect_golden("lines-memory", hand_report_memory(), render_lines, (struct render_options){0});
}

LP_TEST(render, json_with_memory)
{
    struct hand_report *memory = hand_report_memory();

    hand_report_map_paths(memory, TEST_SOURCE_DIR "/golden/source", "/home/me/count");
    expect_golden("json-memory", memory, render_json, (struct render_options){0});
}

LP_TEST(render, line_profilers_layout_of_hits_without_times)
{
    struct hand_report *hand = hand_report_primes();
    struct report_function *prime = &hand->functions[0];

    for (size_t i = 0; i < prime->n_lines; i++)
        prime->lines[i].time_ns = REPORT_NULL;
    prime->total_ns = 0;
    expect_golden("line_profiler-hits-only", hand, render_line_profiler,
                  (struct render_options){0});
}

LP_TEST(render, line_profilers_scientific_numbers)
{
    struct hand_report *hand = hand_report_primes();
    struct report_line *line = &hand->functions[0].lines[0];

    // Hits, time and time per hit that are wider than their columns.
    line->hits = 1000000000000;
    line->time_ns = INT64_C(9000000000000000000);
    hand->functions[0].total_ns = line->time_ns;
    hand->functions[0].lines[1].hits = 1;
    hand->functions[0].lines[1].time_ns = INT64_C(2000000) * 1000;
    hand->report.n_kept = 1;
    expect_golden("line_profiler-scientific", hand, render_line_profiler,
                  (struct render_options){0});
}

LP_TEST(render, line_profilers_missing_file)
{
    struct hand_report *hand = hand_report_primes();

    hand->functions[0].file = "/no/such/src.py";
    hand->report.n_kept = 1;
    expect_golden("line_profiler-missing", hand, render_line_profiler, (struct render_options){0});
}

LP_TEST(render, line_profilers_layout_of_a_sampled_program)
{
    expect_golden("line_profiler-sampled-u-ms-m", hand_report_sampled(), render_line_profiler,
                  (struct render_options){.summarize = true, .unit_ns = 1000000});
}

static struct hand_report *hostile(char **folder_ret)
{
    *folder_ret = folder_create();
    char *file = folder_add_file(*folder_ret, "evil.c",
                                 "int main(void) { \033[2J\n"
                                 "\tfor (;;)\tx\tx; // \xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\n"
                                 "\xff\xfe\x80 \r\b\x7f\n}\n");
    struct hand_report *hand = hand_report_hostile(file);

    for (size_t i = 0; i < hand->report.n_functions; i++) {
        if (hand->functions[i].file == file)
            hand->functions[i].file = profile_string(hand->profile, file);
    }
    free(file);
    return hand;
}

LP_TEST(render, json)
{
    struct hand_report *counted = hand_report_counted();
    char *folder;
    struct hand_report *evil = hostile(&folder);

    hand_report_map_paths(counted, TEST_SOURCE_DIR "/golden/source", "/home/me/count");
    hand_report_map_paths(evil, folder, "/evil");
    expect_golden("json-counted", counted, render_json, (struct render_options){0});
    expect_golden("json-symbols", hand_report_symbols(), render_json, (struct render_options){0});
    expect_golden("json-empty", hand_report_empty(), render_json, (struct render_options){0});
    expect_golden("json-hostile", evil, render_json, (struct render_options){0});
    folder_remove(folder);
}

// From samples to text, without anything written by hand between.
LP_TEST(render, profile)
{
    static const struct report_options no_options;
    static const struct render_options plain;
    struct profile *profile = hand_profile_create();

    hand_profile_add(profile, "hash:7", 300, 300000000);
    hand_profile_add(profile, "find:99@/usr/include/map.h(90) < hash:8 ; main:20", 90, 90000000);
    hand_profile_add(profile, "/lib/libc.so.6!memcpy ; main:21", 9, 9000000);
    hand_profile_add(profile, "?", 1, 1000000);
    struct hand_report hand = {.profile = profile};
    struct report *report = report_create(profile, &no_options);
    hand.report = *report;
    CLEANUP(cleanup_free) char *lines = hand_report_render(&hand, render_lines, &plain);
    CLEANUP(cleanup_free) char *json = hand_report_render(&hand, render_json, &plain);
    golden_expect("lines-profile", lines);
    golden_expect("json-profile", json);
    report_destroy(report);
    profile_destroy(profile);
}

static void expect_no_line_wider(const char *text, unsigned width)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        CLEANUP(cleanup_free) char *line = strndup(text, n);
        cr_expect(text_columns(line) <= width, "width %u: \"%s\"", width, line);
        text += n + (text[n] == '\n');
    }
}

static void expect_widths(const struct hand_report *hand)
{
    for (unsigned width = 1; width <= 200; width += width < 30 ? 1 : 17) {
        struct render_options options = {.width = width, .full = width % 2};
        CLEANUP(cleanup_free) char *lines = hand_report_render(hand, render_lines, &options);
        CLEANUP(cleanup_free) char *summary = hand_report_render(hand, render_summary, &options);
        expect_no_line_wider(lines, width);
        expect_no_line_wider(summary, width);
    }
}

LP_TEST(render, no_line_is_wider_than_the_terminal)
{
    struct hand_report *(*const reports[])(void) = {hand_report_sampled, hand_report_counted,
                                                    hand_report_symbols, hand_report_waiting,
                                                    hand_report_empty,   hand_report_primes};

    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
        struct hand_report *hand = reports[i]();
        expect_widths(hand);
        hand_report_destroy(hand);
    }
    char *folder;
    struct hand_report *hand = hostile(&folder);
    expect_widths(hand);
    hand_report_destroy(hand);
    folder_remove(folder);
}

// Control characters but line ends, bytes that are no UTF-8, and turned text.
static bool is_tame(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        bool control = (*c < 0x20 && *c != '\n' && *c != '\t') || *c == 0x7f || *c >= 0xf5;
        if (control)
            return false;
    }
    return !strstr(text, "\xe2\x80\xae") && !strstr(text, "\xc2\x9b");
}

LP_TEST(render, names_and_sources_cannot_drive_the_terminal)
{
    static void (*const renders[])(const struct report *, const struct render_options *, FILE *) = {
        render_lines, render_summary, render_line_profiler, render_json};
    char *folder;
    struct hand_report *hand = hostile(&folder);

    for (size_t i = 0; i < sizeof renders / sizeof renders[0]; i++) {
        struct render_options options = {0};
        CLEANUP(cleanup_free) char *text = hand_report_render(hand, renders[i], &options);
        cr_expect(is_tame(text), "%s", text);
        cr_expect(strstr(text, "evil") != NULL);
    }
    hand_report_destroy(hand);
    folder_remove(folder);
}

LP_TEST(render, no_line_ends_in_a_blank)
{
    struct hand_report *hand = hand_report_counted();
    struct render_options options = {.full = true};
    CLEANUP(cleanup_free) char *text = hand_report_render(hand, render_lines, &options);

    cr_expect_null(strstr(text, " \n"));
    hand_report_destroy(hand);
}

LP_TEST(render, columns_by_name)
{
    size_t n = 0;

    for (; render_column_name(n); n++)
        cr_expect(render_has_column(render_column_name(n)));
    cr_expect(n == 22);
    cr_expect(render_has_column("perhit"));
    cr_expect(!render_has_column("Hits"));
    cr_expect(!render_has_column(""));
}
