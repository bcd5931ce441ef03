#include "object/object.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/md5.h"
#include "base/path.h"
#include "support/test.h"

// The line of fixtures/hello.c that is marked WORK.
#define WORK_LINE 14

static struct object *open_fixture(const char *name)
{
    char path[512];
    struct object *obj = NULL;

    snprintf(path, sizeof path, "%s/%s", FIXTURE_DIR, name);
    struct lprof_error *err = object_open(path, NULL, &obj);
    cr_assert_null(err, "%s: %s", path, err ? err->message : "");
    return obj;
}

// fixtures/asm/lines.s, whose code starts at 0x401000.
static void expect_line(struct object *obj, uint64_t addr, const char *file, uint32_t line,
                        bool approximate)
{
    struct object_frame frames[OBJECT_FRAMES_MAX];
    size_t count = object_frames_at(obj, addr, frames);

    cr_assert_eq(count, 1, "%zu frames at %#lx", count, (unsigned long)addr);
    cr_expect_eq(frames[0].line, line, "line %u at %#lx, not %u", frames[0].line,
                 (unsigned long)addr, line);
    cr_expect_eq(frames[0].approximate, approximate, "at %#lx", (unsigned long)addr);
    if (file)
        cr_expect_str_eq(frames[0].file, file);
    else
        cr_expect_null(frames[0].file);
}

static void expect_lines_fixture(const char *name)
{
    struct object *obj = open_fixture(name);

    expect_line(obj, 0x401000, "/src/project/lines.c", 10, false);
    expect_line(obj, 0x401001, "/src/project/lines.c", 11, false);
    expect_line(obj, 0x401002, "/src/project/lines.c", 11, false);
    expect_line(obj, 0x401003, "/src/project/lines.c", 12, false);
    expect_line(obj, 0x401004, "/src/project/lines.c", 14, false);
    expect_line(obj, 0x401005, "/src/project/lines.c", 14, true);
    expect_line(obj, 0x401006, "/src/project/include/header.h", 5, false);
    object_destroy(obj);
}

LP_TEST(object, the_last_row_at_or_below_the_address_is_the_line)
{
    expect_lines_fixture("asm/lines.dwarf4");
    expect_lines_fixture("asm/lines.dwarf5");
}

LP_TEST(object, line_0_takes_no_line_from_another_sequence)
{
    struct object *obj = open_fixture("asm/lines.dwarf5");

    // The first row of its sequence, right behind another sequence.
    expect_line(obj, 0x401008, "/src/project/lines.c", 21, true);
    expect_line(obj, 0x401009, "/src/project/lines.c", 21, false);
    // A sequence of nothing but line 0: the line of the function's declaration.
    expect_line(obj, 0x40100b, "/src/project/lines.c", 30, true);
    object_destroy(obj);
}

// What a frame is expected to be.
struct expected {
    const char *function;
    uint32_t line;
    bool approximate;
};

static void expect_frames(struct object *obj, uint64_t addr, const struct expected *expected,
                          size_t n_expected)
{
    struct object_frame frames[OBJECT_FRAMES_MAX];
    size_t count = object_frames_at(obj, addr, frames);

    cr_assert_eq(count, n_expected, "%zu frames at %#lx", count, (unsigned long)addr);
    for (size_t i = 0; i < count; i++) {
        cr_expect_str_eq(frames[i].function->name, expected[i].function, "frame %zu at %#lx", i,
                         (unsigned long)addr);
        cr_expect_eq(frames[i].line, expected[i].line, "line %u of frame %zu at %#lx",
                     frames[i].line, i, (unsigned long)addr);
        cr_expect_eq(frames[i].approximate, expected[i].approximate, "frame %zu at %#lx", i,
                     (unsigned long)addr);
    }
}

#define FRAMES(obj, addr, ...)                                                                     \
    expect_frames(obj, addr, (const struct expected[]){__VA_ARGS__},                               \
                  sizeof((const struct expected[]){__VA_ARGS__}) / sizeof(struct expected))

static void expect_inlined_frames(const char *name)
{
    struct object *obj = open_fixture(name);

    FRAMES(obj, 0x40100d, {"outer", 40, false});
    FRAMES(obj, 0x40100e, {"middle", 50, false}, {"outer", 42, false});
    FRAMES(obj, 0x401010, {"inner", 60, false}, {"middle", 51, false}, {"outer", 42, false});
    FRAMES(obj, 0x401014, {"outer", 41, false});
    object_destroy(obj);
}

LP_TEST(object, inlined_calls_are_frames_innermost_first)
{
    expect_inlined_frames("asm/lines.dwarf4");
    expect_inlined_frames("asm/lines.dwarf5");
}

LP_TEST(object, line_0_takes_its_line_from_the_same_inlined_call)
{
    struct object *obj = open_fixture("asm/lines.dwarf5");

    FRAMES(obj, 0x40100f, {"inner", 60, true}, {"middle", 51, false}, {"outer", 42, false});
    FRAMES(obj, 0x401011, {"inner", 60, true}, {"middle", 51, false}, {"outer", 42, false});
    FRAMES(obj, 0x401012, {"middle", 50, true}, {"outer", 42, false});
    FRAMES(obj, 0x401013, {"alone", 70, true}, {"outer", 43, false});
    object_destroy(obj);
}

LP_TEST(object, a_function_is_one_pointer_wherever_it_is_inlined)
{
    struct object *obj = open_fixture("asm/lines.dwarf5");
    struct object_frame a[OBJECT_FRAMES_MAX];
    struct object_frame b[OBJECT_FRAMES_MAX];

    cr_assert_eq(object_frames_at(obj, 0x40100e, a), 2);
    cr_assert_eq(object_frames_at(obj, 0x401010, b), 3);
    cr_expect_eq(a[0].function, b[1].function);
    cr_expect_eq(a[1].function, b[2].function);
    cr_expect_str_eq(b[0].function->file, "/src/project/include/header.h");
    cr_expect_eq(b[0].function->line, 59);
    cr_expect_eq(b[1].column, 7);
    object_destroy(obj);
}

LP_TEST(object, end_of_a_sequence_is_no_line)
{
    struct object *obj = open_fixture("asm/lines.dwarf5");
    struct object_row row;

    cr_expect(object_row_at(obj, 0x401014, &row));
    cr_expect_eq(row.line, 41);
    cr_expect_eq(row.end, 0x401015);
    cr_expect_not(object_row_at(obj, 0x401015, &row));
    // Of a function that the linker threw away.
    cr_expect_not(object_row_at(obj, 0, &row));
    object_destroy(obj);
}

LP_TEST(object, rows_tell_extent_column_and_discriminator)
{
    struct object *obj = open_fixture("asm/lines.dwarf5");
    struct object_row row;

    cr_assert(object_row_at(obj, 0x401002, &row));
    cr_expect_eq(row.addr, 0x401001);
    cr_expect_eq(row.end, 0x401003);
    cr_expect_eq(row.column, 5);
    cr_assert(object_row_at(obj, 0x401007, &row));
    cr_expect_eq(row.addr, 0x401006);
    cr_expect_eq(row.end, 0x401008);
    cr_expect_eq(row.line, 5);
    cr_expect_eq(row.discriminator, 3);
    object_destroy(obj);
}

// Every way to find the line marked WORK in fixtures/hello.c: the whole of work() but its first and
// last instruction is its loop.
static void expect_work(const char *name, const char *debug_name)
{
    struct object *obj = open_fixture(name);
    struct object_frame frames[OBJECT_FRAMES_MAX];
    bool seen = false;

    cr_assert_not_null(object_debug_path(obj), "%s has no line info", name);
    cr_expect_str_eq(path_basename(object_debug_path(obj)), debug_name);
    cr_expect_null(object_debug_problem(obj));
    size_t n_segments;
    const struct object_segment *segments = object_segments(obj, &n_segments);
    for (size_t i = 0; i < n_segments; i++) {
        for (uint64_t addr = segments[i].addr; addr < segments[i].addr + segments[i].size; addr++) {
            size_t count = object_frames_at(obj, addr, frames);
            if (count == 1 && strcmp(frames[0].function->name, "work") == 0 &&
                frames[0].line == WORK_LINE) {
                seen = true;
                cr_expect_str_eq(path_basename(frames[0].file), "hello.c");
            }
        }
    }
    cr_expect(seen, "no code of %s is on the line", name);
    object_destroy(obj);
}

LP_TEST(object, debug_info_is_found_wherever_it_is)
{
    expect_work("hello", "hello");
    expect_work("hello.O0", "hello.O0");
    expect_work("hello.static", "hello.static");
    expect_work("hello.nopie", "hello.nopie");
    expect_work("hello.dwarf4", "hello.dwarf4");
    expect_work("hello.lines", "hello.lines");
    expect_work("hello.gz", "hello.gz");
    expect_work("hello.split", "hello.split.debug");
}

// The address of a function by its symbol.
static uint64_t address_of(struct object *obj, const char *name)
{
    struct object_symbol symbol = {0};
    size_t n_segments;
    const struct object_segment *segments = object_segments(obj, &n_segments);

    for (size_t i = 0; i < n_segments; i++)
        for (uint64_t addr = segments[i].addr; addr < segments[i].addr + segments[i].size; addr++)
            if (object_symbol_at(obj, addr, &symbol) && strcmp(symbol.name, name) == 0)
                return symbol.addr;
    cr_assert_fail("%s has no function %s", object_path(obj), name);
    return 0;
}

LP_TEST(object, a_unit_that_hides_addresses_is_found_in_aranges)
{
    // In strict DWARF 2 a unit tells one stretch of code, and main() stands in another section.
    struct object *obj = open_fixture("frames/nested.dwarf2");
    struct object_frame frames[OBJECT_FRAMES_MAX];

    cr_assert_eq(object_frames_at(obj, address_of(obj, "main"), frames), 1);
    cr_expect_str_eq(frames[0].function->name, "main");
    cr_assert_not_null(frames[0].file);
    cr_expect_str_eq(path_basename(frames[0].file), "nested.c");
    object_destroy(obj);
}

// How often each thing is seen when every address of a file is looked up.
static size_t count_frames(struct object *obj, const char *function)
{
    struct object_frame frames[OBJECT_FRAMES_MAX];
    size_t n_segments;
    const struct object_segment *segments = object_segments(obj, &n_segments);
    size_t found = 0;

    for (size_t i = 0; i < n_segments; i++)
        for (uint64_t addr = segments[i].addr; addr < segments[i].addr + segments[i].size; addr++) {
            size_t count = object_frames_at(obj, addr, frames);
            for (size_t k = 0; k < count; k++)
                found += strcmp(frames[k].function->name, function) == 0;
        }
    return found;
}

LP_TEST(object, functions_of_one_unit_keep_their_namespaces_and_parameters)
{
    // GCC tells no linkage name of what a unit keeps to itself.
    struct object *obj = open_fixture("frames/chain.gccO0");

    cr_expect_gt(count_frames(obj, "shapes::(anonymous namespace)::scale(int)"), 0);
    cr_expect_gt(count_frames(obj, "scale(int)"), 0);
    cr_expect_eq(count_frames(obj, "scale"), 0);
    object_destroy(obj);
    // Inlined everywhere, so no symbol tells the parameters.
    obj = open_fixture("frames/chain.gcc5");
    cr_expect_gt(count_frames(obj, "shapes::middle<long int>"), 0);
    object_destroy(obj);
}

LP_TEST(object, cold_parts_belong_to_their_function)
{
    struct object *obj = open_fixture("frames/chain.gcc5");
    struct object_frame frames[OBJECT_FRAMES_MAX];
    size_t count = object_frames_at(obj, address_of(obj, "_Z3runl.cold"), frames);

    cr_assert_gt(count, 0);
    cr_expect_str_eq(frames[count - 1].function->name, "run(long)");
    object_destroy(obj);
}

LP_TEST(object, without_debug_info_symbols_name_functions)
{
    struct object *obj = open_fixture("hello.nodebug");
    struct object_frame frames[OBJECT_FRAMES_MAX];
    uint64_t work = address_of(obj, "work");

    cr_expect_null(object_debug_path(obj));
    cr_assert_eq(object_frames_at(obj, work, frames), 1);
    cr_expect_str_eq(frames[0].function->name, "work");
    cr_expect_null(frames[0].file);
    cr_expect_eq(frames[0].line, 0);
    object_destroy(obj);
}

LP_TEST(object, symbols_packed_in_a_stripped_file_name_functions)
{
    struct object *full = open_fixture("hello");
    struct object *obj = open_fixture("hello.mini");
    struct object_frame frames[OBJECT_FRAMES_MAX];
    uint64_t work = address_of(full, "work");

    cr_expect_null(object_debug_path(obj));
    cr_assert_eq(object_frames_at(obj, work + 1, frames), 1);
    cr_expect_str_eq(frames[0].function->name, "work");
    object_destroy(obj);
    object_destroy(full);
}

LP_TEST(object, a_stripped_file_opens_and_knows_nothing)
{
    struct object *obj = open_fixture("hello.stripped");
    struct object_frame frames[OBJECT_FRAMES_MAX];
    size_t n_segments;
    const struct object_segment *segments = object_segments(obj, &n_segments);

    cr_assert_eq(n_segments, 1);
    cr_expect_eq(object_frames_at(obj, segments[0].addr + segments[0].size / 2, frames), 0);
    cr_expect_null(object_debug_path(obj));
    object_destroy(obj);
}

LP_TEST(object, coverage_counts_each_byte_of_code)
{
    const char *const files[] = {"asm/lines.dwarf4", "asm/lines.dwarf5"};

    for (size_t i = 0; i < 2; i++) {
        struct object *obj = open_fixture(files[i]);
        struct object_coverage coverage;
        object_coverage(obj, &coverage);
        // As the comments of lines.s tell.
        cr_expect_eq(coverage.code, 21);
        cr_expect_eq(coverage.with_line, 13);
        cr_expect_eq(coverage.on_line_0, 8);
        cr_expect_eq(coverage.n_files, 2);
        cr_expect_eq(coverage.misplaced, 2); // The row of header.h in _start.
        free(coverage.files);
        object_destroy(obj);
    }
}

// What the object tells of a source beside its path, or NULL.
static const struct object_source *source_of(const struct object_source *sources, size_t n,
                                             const char *path)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(sources[i].path, path) == 0)
            return &sources[i];
    return NULL;
}

LP_TEST(object, checksums_are_told_of_the_sources_that_were_named)
{
    const char *path = FIXTURE_DIR "/frames/nested.clang5";
    struct object_source *sources = NULL;
    struct object_coverage coverage;
    struct object *obj = NULL;
    struct file_map map;
    uint8_t sum[MD5_SIZE];

    if (access(path, R_OK) != 0)
        cr_skip_test("%s was not built: clang is missing", path);
    cr_assert_null(object_open(path, NULL, &obj));
    cr_expect_eq(object_sources(obj, &sources), 0, "none was named yet");
    object_coverage(obj, &coverage);
    size_t n = object_sources(obj, &sources);
    for (size_t i = 0; i < coverage.n_files; i++) {
        const struct object_source *source = source_of(sources, n, coverage.files[i]);
        cr_assert(source && source->md5 && !source->text, "%s", coverage.files[i]);
        cr_assert_null(file_map(coverage.files[i], &map));
        md5_sum(map.bytes, map.size, sum);
        cr_expect_arr_eq(source->md5, sum, MD5_SIZE, "%s", coverage.files[i]);
        file_unmap(&map);
    }
    cr_expect(coverage.n_files > 1);
    free(coverage.files);
    free(sources);
    object_destroy(obj);
}

LP_TEST(object, another_build_id_is_refused)
{
    struct object *obj = open_fixture("hello");
    struct object *other = NULL;
    struct build_id id = *object_build_id(obj);

    cr_assert_gt(id.size, 0);
    struct lprof_error *err = object_open(object_path(obj), &id, &other);
    cr_assert_null(err);
    object_destroy(other);
    other = NULL;
    id.bytes[0] ^= 1;
    err = object_open(object_path(obj), &id, &other);
    cr_assert_not_null(err);
    cr_expect_eq(err->code, LPROF_ERROR_FORMAT);
    cr_expect_null(other);
    error_destroy(err);
    object_destroy(obj);
}

LP_TEST(object, offsets_of_the_file_become_addresses)
{
    struct object *obj = open_fixture("hello");
    size_t n_segments;
    const struct object_segment *segments = object_segments(obj, &n_segments);
    uint64_t addr = 0;

    cr_assert_eq(n_segments, 1);
    cr_assert(object_addr_of_offset(obj, segments[0].file_offset + 1, &addr));
    cr_expect_eq(addr, segments[0].addr + 1);
    cr_expect_not(object_addr_of_offset(obj, segments[0].file_offset + segments[0].size, &addr));
    cr_expect_not(object_addr_of_offset(obj, 0, &addr));
    object_destroy(obj);
}

// Linkers such as LLVM's let segments start anywhere in a page; the kernel maps the whole page.
LP_TEST(object, a_page_belongs_to_the_segment_that_starts_in_it)
{
    enum { SHIFT = 0x40 };
    struct file_map map;
    struct object *obj = NULL;
    uint64_t addr = 0;

    cr_assert_null(file_map(FIXTURE_DIR "/hello", &map));
    uint8_t *bytes = malloc(map.size);
    memcpy(bytes, map.bytes, map.size);
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)bytes;
    Elf64_Phdr *segment = (Elf64_Phdr *)(bytes + header->e_phoff);
    while (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X))
        segment++;
    Elf64_Phdr whole = *segment;
    cr_assert_eq(whole.p_offset % 4096, 0);
    segment->p_offset += SHIFT;
    segment->p_vaddr += SHIFT;
    segment->p_filesz -= SHIFT;
    segment->p_memsz -= SHIFT;
    cr_assert_null(object_open_memory("shifted", bytes, map.size, &obj));
    cr_assert(object_addr_of_offset(obj, whole.p_offset, &addr));
    cr_expect_eq(addr, whole.p_vaddr);
    cr_assert(object_addr_of_offset(obj, whole.p_offset + SHIFT, &addr));
    cr_expect_eq(addr, whole.p_vaddr + SHIFT);
    cr_expect_not(object_addr_of_offset(obj, whole.p_offset - 1, &addr));
    object_destroy(obj);
    free(bytes);
    file_unmap(&map);
}

LP_TEST(object, what_is_no_program_is_an_error)
{
    struct object *obj = NULL;
    static const char text[] = "#!/bin/sh\necho no program\n";
    struct lprof_error *err = object_open_memory("script", text, sizeof text, &obj);

    cr_assert_not_null(err);
    cr_expect_eq(err->code, LPROF_ERROR_FORMAT);
    error_destroy(err);
    err = object_open("/nonexistent/program", NULL, &obj);
    cr_assert_not_null(err);
    cr_expect_eq(err->code, LPROF_ERROR_SYSTEM);
    error_destroy(err);
    cr_expect_null(obj);
}

LP_TEST(object, only_units_of_asked_addresses_are_decoded)
{
    // Two source files: two units, and those of the C library's start code.
    struct object *obj = open_fixture("inlined");
    struct object_frame frames[OBJECT_FRAMES_MAX];
    size_t n_segments;
    const struct object_segment *segments = object_segments(obj, &n_segments);

    cr_expect_eq(object_decoded_units(obj), 0);
    for (uint64_t addr = segments[0].addr; object_decoded_units(obj) == 0; addr++) {
        cr_assert_lt(addr, segments[0].addr + segments[0].size);
        object_frames_at(obj, addr, frames);
    }
    cr_expect_eq(object_decoded_units(obj), 1);
    object_destroy(obj);
}

LP_TEST(object, imports_are_what_another_file_has)
{
    struct object *hello = open_fixture("hello");
    struct object *alone = open_fixture("hello.static");

    cr_expect(object_imports(hello, "__libc_start_main"));
    cr_expect(!object_imports(hello, "main") && !object_imports(hello, ""));
    cr_expect(!object_imports(hello, "no_such_function"));
    cr_expect(!object_imports(alone, "__libc_start_main"));
    object_destroy(hello);
    object_destroy(alone);
}
