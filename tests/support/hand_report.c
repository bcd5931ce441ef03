#include "support/hand_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "profile/builder.h"
#include "support/test.h"

#define SOURCE_DIR TEST_SOURCE_DIR "/golden/source"
#define COUNT_CPP SOURCE_DIR "/src/count.cpp"
#define READ_CPP SOURCE_DIR "/src/read.cpp"
#define LOWER_INC SOURCE_DIR "/src/lower.inc"

enum { MS = 1000000, NOTES = 4, LINES = 32, FUNCTIONS = 16 };

static void set_meta(struct profile *profile)
{
    static const char *const command[] = {"./count", "text.txt"};
    struct profile_meta *meta = &profile->meta;

    meta->n_command = 2;
    meta->command = mem_alloc_array(2, sizeof *meta->command);
    for (size_t i = 0; i < 2; i++)
        meta->command[i] = profile_string(profile, command[i]);
    meta->version = "0.1.0";
    meta->date = "2026-01-02T03:04:05+01:00";
    meta->host = "box";
    meta->kernel = "6.1.0";
    meta->cpu = "a processor";
    meta->mode = "sample";
    meta->mode_asked = "auto";
    meta->clock = "cpu";
    meta->sampler = "perf";
    meta->rate_hz = 1000;
    meta->wall_ns = 1840 * (int64_t)MS;
    meta->cpu_ns = 1830 * (int64_t)MS;
    meta->threads = 1;
    meta->processes = 1;
    meta->runs = 1;
}

static struct hand_report *create(void)
{
    struct hand_report *hand = mem_alloc(sizeof *hand);
    struct source_options options = {0};

    // Paths are shown from the current folder.
    cr_assert(chdir(SOURCE_DIR) == 0);
    hand->profile = profile_create();
    set_meta(hand->profile);
    hand->functions = mem_alloc_array(FUNCTIONS, sizeof *hand->functions);
    hand->report = (struct report){.profile = hand->profile,
                                   .functions = hand->functions,
                                   .has_stacks = true,
                                   .sources = sources_create(&options, 0)};
    return hand;
}

void hand_report_map_paths(struct hand_report *hand, const char *from, const char *to)
{
    const struct source_path_map map = {from, to};
    const struct source_options options = {.maps = &map, .n_maps = 1};

    sources_destroy(hand->report.sources);
    hand->report.sources = sources_create(&options, 0);
}

void hand_report_destroy(struct hand_report *hand)
{
    for (size_t i = 0; i < hand->report.n_functions; i++)
        free(hand->functions[i].lines);
    free(hand->functions);
    sources_destroy(hand->report.sources);
    profile_destroy(hand->profile);
    free(hand);
}

static struct report_function *add(struct hand_report *hand, const char *name, const char *file,
                                   uint32_t line, int64_t own, int64_t total)
{
    struct report_function *function = &hand->functions[hand->report.n_functions++];

    *function = (struct report_function){.name = name,
                                         .linkage_name = name,
                                         .file = file,
                                         .line = line,
                                         .module = file ? "count" : "libc.so.6",
                                         .mine = file != NULL,
                                         .ncalls = REPORT_NULL,
                                         .pcalls = REPORT_NULL,
                                         .call_ns = REPORT_NULL,
                                         .call_least = REPORT_NULL,
                                         .call_most = REPORT_NULL,
                                         .own_ns = own * MS,
                                         .own_samples = own,
                                         .tottime_ns = own * MS,
                                         .cumtime_ns = total * MS,
                                         .total_ns = total * MS,
                                         .listed = file != NULL};
    function->lines = mem_alloc_array(LINES, sizeof *function->lines);
    hand->report.n_kept = hand->report.n_functions;
    hand->report.samples += own;
    hand->report.sampled_ns += own * MS;
    return function;
}

// A line with so many samples of 1 ms each in its three parts.
static struct report_line *add_line(struct report_function *function, uint32_t line, int64_t self,
                                    int64_t inlined, int64_t called)
{
    struct report_line *ret = &function->lines[function->n_lines++];
    int64_t samples = self + inlined + called;
    double half_width = 1.96 * sqrt((double)samples);

    *ret = (struct report_line){.line = line,
                                .hits = REPORT_NULL,
                                .instructions = REPORT_NULL,
                                .branches = REPORT_NULL,
                                .taken = REPORT_NULL,
                                .samples = samples,
                                .time_ns = samples * MS,
                                .self_ns = self * MS,
                                .inlined_ns = inlined * MS,
                                .called_ns = called * MS,
                                .own_ns = (self + inlined) * MS,
                                .ci_ns = samples < 2 ? REPORT_NULL : (int64_t)(half_width * MS)};
    return ret;
}

static void set_largest(struct report_line *line, const struct report_function *function,
                        int64_t samples, bool inlined)
{
    line->largest = (struct report_largest){function, samples * MS, inlined};
}

static void note(struct hand_report *hand, const char *code, const char *text, const char *hint)
{
    struct profile *profile = hand->profile;

    builder_note(profile, code, 57, text, hint);
    hand->report.notes = profile->notes;
    hand->report.n_notes = profile->n_notes;
}

enum function { COUNT, SLURP, MAIN, FIND, EQUAL, LIBC, BLANK };

// In the order of enum function. Samples whose innermost frame is the library's or a header's are the
// own time of what is around them.
static void add_count_functions(struct hand_report *hand)
{
    add(hand, "count_words(std::basic_string_view<char, std::char_traits<char> >)", COUNT_CPP, 15,
        1210, 1212);
    add(hand, "slurp(char const*, std::string&)", READ_CPP, 6, 412, 412);
    add(hand, "main", COUNT_CPP, 39, 2, 1626);
    add(hand,
        "std::_Hashtable<std::basic_string_view<char>, std::pair<std::basic_string_view<char> "
        "const, unsigned long> >::_M_find(unsigned long, unsigned long) const",
        "/usr/include/c++/12/bits/hashtable.h", 1584, 0, 739);
    add(hand, "bool std::operator==<char>(std::basic_string_view<char>)",
        "/usr/include/c++/12/string_view", 529, 0, 156);
    add(hand, "[libc.so.6]", NULL, 0, 210, 321);
    add(hand, "is_blank(char)", COUNT_CPP, 10, 2, 2);
    hand->functions[COUNT].tottime_ns = 315 * MS;
    hand->functions[SLURP].tottime_ns = 301 * MS;
    for (size_t i = FIND; i <= BLANK; i++) {
        hand->functions[i].listed = false;
        hand->functions[i].mine = i == BLANK;
        hand->functions[i].tottime_ns = hand->functions[i].total_ns;
    }
}

static void add_count_lines(struct hand_report *hand)
{
    struct report_function *functions = hand->functions;

    add_line(&functions[COUNT], 20, 98, 0, 0);
    add_line(&functions[COUNT], 21, 12, 2, 0)->own_ns = 12 * MS;
    set_largest(add_line(&functions[COUNT], 27, 204, 895, 0), &functions[FIND], 739, true);
    add_line(&functions[COUNT], 31, 1, 0, 0);
    set_largest(add_line(&functions[SLURP], 14, 9, 0, 101), &functions[LIBC], 101, false);
    functions[SLURP].lines[0].own_ns = 110 * MS;
    add_line(&functions[SLURP], 15, 190, 0, 0);
    add_line(&functions[SLURP], 2, 60, 0, 0)->file = LOWER_INC;
    add_line(&functions[SLURP], 3, 0, 0, 10)->file = LOWER_INC;
    functions[SLURP].lines[3].own_ns = 10 * MS;
    add_line(&functions[SLURP], 5, 42, 0, 0)->file = LOWER_INC;
    set_largest(add_line(&functions[MAIN], 47, 0, 0, 412), &functions[SLURP], 412, false);
    set_largest(add_line(&functions[MAIN], 58, 1, 0, 1212), &functions[COUNT], 1212, false);
    add_line(&functions[MAIN], 70, 1, 0, 0);
    add_line(&functions[FIND], 1590, 739, 0, 0)->own_ns = 0;
    add_line(&functions[EQUAL], 530, 156, 0, 0)->own_ns = 0;
    add_line(&functions[LIBC], 0, 321, 0, 0)->own_ns = 210 * MS;
    add_line(&functions[BLANK], 12, 2, 0, 0);
}

struct hand_report *hand_report_sampled(void)
{
    struct hand_report *hand = create();

    add_count_functions(hand);
    add_count_lines(hand);
    note(hand, "kernel-time-unplaced",
         "3.1 % of the CPU time was in the kernel and could not be placed (perf_event_paranoid is "
         "2)",
         "sysctl kernel.perf_event_paranoid=1");
    return hand;
}

static void set_hits(struct report_function *function, uint32_t line, int64_t hits)
{
    for (size_t i = 0; i < function->n_lines; i++) {
        if (function->lines[i].line == line)
            function->lines[i].hits = hits;
    }
}

static int by_line(const void *a, const void *b)
{
    const struct report_line *x = a;
    const struct report_line *y = b;

    return (x->line > y->line) - (x->line < y->line);
}

struct hand_report *hand_report_counted(void)
{
    struct hand_report *hand = hand_report_sampled();
    struct report_function *count = &hand->functions[0];

    hand->profile->meta.counting_ns = 54 * (int64_t)MS;
    count->counted = true;
    count->ncalls = 1;
    for (uint32_t line = 15; line <= 31; line++) {
        bool has_code = !strchr("\x10\x13\x1a\x1d\x1e", (int)line);
        if (has_code && line != 20 && line != 21 && line != 27 && line != 31)
            add_line(count, line, 0, 0, 0);
    }
    qsort(count->lines, count->n_lines, sizeof *count->lines, by_line);
    for (uint32_t line = 15; line <= 31; line++)
        set_hits(count, line, 1);
    set_hits(count, 20, 7200322);
    set_hits(count, 21, 7200321);
    set_hits(count, 22, 6000000);
    set_hits(count, 23, 1200321);
    set_hits(count, 24, 6000000);
    set_hits(count, 25, 0);
    set_hits(count, 27, 1200321);
    set_hits(count, 28, 1200321);
    return hand;
}

struct hand_report *hand_report_symbols(void)
{
    struct hand_report *hand = create();

    hand->report.has_stacks = false;
    add(hand, "deflate_fast", NULL, 0, 900, 900)->module = "gzip";
    add(hand, "[libc.so.6]", NULL, 0, 300, 300);
    add(hand, "[unknown]", NULL, 0, 5, 5)->module = "";
    for (size_t i = 0; i < 3; i++) {
        struct report_function *function = &hand->functions[i];
        function->cumtime_ns = REPORT_NULL;
        function->listed = i == 0;
        add_line(function, 0, function->own_samples, 0, 0)->called_ns = REPORT_NULL;
    }
    return hand;
}

struct hand_report *hand_report_hostile(const char *source_file)
{
    static char long_name[4000];
    struct hand_report *hand = create();

    memset(long_name, 'x', sizeof long_name - 1);
    memcpy(long_name, "first", 5);
    memcpy(long_name + sizeof long_name - 6, "last", 4);
    struct report_function *evil =
        add(hand, "evil\033[2J\r\n\x9b\xff\xe2\x80\xae(int)", source_file, 1, 243, 503);
    add(hand, long_name, source_file, 2, 460, 460);
    add(hand, "\xe4\xb8\xad\xe6\x96\x87\xe5\x87\xbd\xe6\x95\xb0::\xc3\xa9()", "/no/such/file.c", 7,
        100, 100);
    for (uint32_t line = 1; line <= 4; line++)
        set_largest(add_line(evil, line, 60, 65, 0), &hand->functions[1], 65, true);
    add_line(evil, UINT32_MAX, 3, 0, 0);
    add_line(&hand->functions[1], 2, 460, 0, 0);
    add_line(&hand->functions[2], 0, 40, 0, 0);
    add_line(&hand->functions[2], 9, 60, 0, 0);
    note(hand, "evil",
         "a note with \033[31m and one_very_long_word_that_no_terminal_is_as_wide_as_"
         "and_that_must_be_broken_somewhere_in_the_middle_of_it",
         NULL);
    return hand;
}

struct hand_report *hand_report_waiting(void)
{
    struct hand_report *hand = hand_report_sampled();
    struct profile_meta *meta = &hand->profile->meta;

    meta->wall_ns = 61 * (int64_t)1000 * MS;
    meta->threads = 12;
    meta->processes = 3;
    meta->lost_samples = 12345;
    meta->exit_status = 139;
    meta->rate_hz = 4500;
    meta->runs = 2;
    return hand;
}

struct hand_report *hand_report_empty(void)
{
    struct hand_report *hand = create();

    hand->profile->meta.wall_ns = 900000;
    hand->profile->meta.cpu_ns = 400000;
    note(hand, "too-short", "the program ended before the first sample", NULL);
    return hand;
}

struct hand_report *hand_report_primes(void)
{
    static const struct {
        uint32_t line;
        int64_t hits;
        int64_t tenths_us;
    } rows[] = {{5, 100000, 141780},
                {6, 2755287, 3135141},
                {7, 2745693, 3687166},
                {8, 90406, 114629},
                {9, 9594, 9220}};
    struct hand_report *hand = create();
    struct report_function *prime = add(hand, "is_prime", SOURCE_DIR "/src.py", 1, 0, 0);
    struct report_function *never = add(hand, "never", SOURCE_DIR "/src.py", 12, 0, 0);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct report_line *line = add_line(prime, rows[i].line, 0, 0, 0);
        line->hits = rows[i].hits;
        line->time_ns = rows[i].tenths_us * 100;
        prime->total_ns += line->time_ns;
    }
    prime->cumtime_ns = prime->total_ns;
    prime->counted = true;
    never->counted = true;
    add_line(never, 13, 0, 0, 0)->hits = 0;
    return hand;
}

struct hand_report *hand_report_memory(void)
{
    struct hand_report *hand = hand_report_primes();
    struct report_function *prime = &hand->functions[0];
    const double mib = 1024 * 1024;

    hand->report.has_memory = true;
    hand->report.resident_bytes = (int64_t)(191.441 * mib);
    prime->own_resident_bytes = hand->report.resident_bytes;
    prime->lines[0].memory = (struct report_memory){.rss_bytes = (int64_t)(38.816 * mib),
                                                    .increment_bytes = (int64_t)(38.816 * mib),
                                                    .occurrences = 9937};
    prime->lines[1].memory = (struct report_memory){.rss_bytes = (int64_t)(199.1171 * mib),
                                                    .increment_bytes = (int64_t)(152.6251 * mib),
                                                    .occurrences = 39072,
                                                    .allocs = 1234,
                                                    .alloc_bytes = (int64_t)(190.5 * mib),
                                                    .freed_bytes = (int64_t)(190.4 * mib),
                                                    .live_bytes = 104857,
                                                    .peak_bytes = (int64_t)(152.5 * mib)};
    hand->report.has_heap = true;
    hand->report.alloc_bytes = (int64_t)(190.5 * mib);
    hand->report.memory = prime->lines[1].memory;
    prime->own_alloc_bytes = hand->report.alloc_bytes;
    prime->lines[0].hits = 1;
    for (size_t i = 1; i < prime->n_lines; i++)
        prime->lines[i].hits = i == 2 ? 123456 : REPORT_NULL;
    for (size_t i = 0; i < prime->n_lines; i++)
        prime->lines[i].time_ns = 0;
    prime->total_ns = 0;
    prime->cumtime_ns = 0;
    return hand;
}

char *hand_report_render(const struct hand_report *hand,
                         void (*render)(const struct report *, const struct render_options *,
                                        FILE *),
                         const struct render_options *options)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    render(&hand->report, options, out);
    fclose(out);
    return text;
}
