#include "symbolize/symbolize.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "object/object.h"
#include "profile/builder.h"
#include "support/test.h"

// The path of a fixture. Free it.
static char *fixture(const char *name)
{
    return mem_printf("%s/%s", FIXTURE_DIR, name);
}

// A mapping of a fixture's code, as ingest/ makes it.
static uint32_t add_fixture(struct profile *p, const char *name)
{
    char *path = fixture(name);
    char build_id[BUILD_ID_TEXT];
    struct object *object = NULL;
    size_t n;

    cr_assert_null(object_open(path, NULL, &object));
    const struct object_segment *segments = object_segments(object, &n);
    build_id_format(object_build_id(object), build_id);
    uint32_t id = builder_mapping(p, &(struct profile_mapping){
                                         .path = path,
                                         .build_id = build_id,
                                         .start = segments[0].addr,
                                         .limit = segments[n - 1].addr + segments[n - 1].size,
                                         .file_offset = segments[0].file_offset,
                                     });
    object_destroy(object);
    free(path);
    return id;
}

// The file address of a function of a fixture.
static uint64_t function_addr(const char *name, const char *function)
{
    char *path = fixture(name);
    struct object *object = NULL;
    struct object_symbol symbol;
    size_t n;

    cr_assert_null(object_open(path, NULL, &object));
    const struct object_segment *segments = object_segments(object, &n);
    uint64_t addr = segments[0].addr;
    uint64_t end = addr + segments[0].size;
    while (addr < end &&
           !(object_symbol_at(object, addr, &symbol) && strcmp(symbol.name, function) == 0))
        addr++;
    cr_assert(addr < end, "%s has no %s", name, function);
    object_destroy(object);
    free(path);
    return addr;
}

static const char *name_of(const struct profile *p, uint32_t location, size_t frame)
{
    const struct profile_location *found = &p->locations[location - 1];

    cr_assert(frame < found->n_lines, "location %u has %zu lines", location, found->n_lines);
    return p->functions[found->lines[frame].function - 1].name;
}

static void expect_note(const struct profile *p, const char *code, const char *part)
{
    for (size_t i = 0; i < p->n_notes; i++)
        if (strcmp(p->notes[i].code, code) == 0 && strstr(p->notes[i].text, part)) {
            cr_expect(p->notes[i].count == 1);
            return;
        }
    cr_expect(false, "there is no note %s: %s", code, part);
}

LP_TEST(symbolize, inlined_frames_are_innermost_first)
{
    struct profile *p = profile_create();
    uint32_t mapping = add_fixture(p, "asm/lines.dwarf5");
    uint32_t location = builder_location(p, mapping, 0x401010, PROFILE_ADDRESS_EXACT);

    symbolize_profile(p, NULL, NULL);
    cr_expect_null(profile_check(p));
    cr_assert(p->locations[0].n_lines == 3);
    cr_expect_str_eq(name_of(p, location, 0), "inner");
    cr_expect_str_eq(name_of(p, location, 1), "middle");
    cr_expect_str_eq(name_of(p, location, 2), "outer");
    const struct profile_line *lines = p->locations[0].lines;
    cr_expect_str_eq(lines[0].file, "/src/project/include/header.h");
    cr_expect(lines[0].line == 60 && lines[1].line == 51 && lines[2].line == 42);
    cr_expect(lines[1].column == 7);
    cr_expect(p->functions[lines[0].function - 1].line == 59);
    char *path = fixture("asm/lines.dwarf5");
    cr_expect_str_eq(p->mappings[0].debug_info, path);
    free(path);
    profile_destroy(p);
}

static void expect_line(enum profile_address_kind kind, uint64_t addr, uint32_t line)
{
    struct profile *p = profile_create();

    builder_location(p, add_fixture(p, "asm/lines.dwarf5"), addr, kind);
    symbolize_profile(p, NULL, NULL);
    cr_assert(p->locations[0].n_lines >= 1);
    cr_expect(p->locations[0].lines[0].line == line, "kind %d at %#" PRIx64 " is on line %u",
              (int)kind, addr, p->locations[0].lines[0].line);
    cr_expect(p->locations[0].addr == addr, "the address stays what was sampled");
    profile_destroy(p);
}

LP_TEST(symbolize, the_kind_of_an_address_says_where_to_look)
{
    expect_line(PROFILE_ADDRESS_EXACT, 0x401003, 12);
    expect_line(PROFILE_ADDRESS_CALL, 0x401003, 12);
    expect_line(PROFILE_ADDRESS_KERNEL, 0x401003, 11); // a nop cannot fault: an interrupt came
    expect_line(PROFILE_ADDRESS_SKID, 0x401003, 11);   // the nop before it took the time
    expect_line(PROFILE_ADDRESS_SKID, 0x401001, 10);
    expect_line(PROFILE_ADDRESS_SKID, 0x401000, 10); // the function's first instruction
}

static void expect_work(const char *name, bool has_lines)
{
    struct profile *p = profile_create();
    uint32_t mapping = add_fixture(p, name);
    uint32_t location =
        builder_location(p, mapping, function_addr(name, "work"), PROFILE_ADDRESS_EXACT);
    const char *command[] = {name};

    p->meta.command = command;
    p->meta.n_command = 1;
    symbolize_profile(p, NULL, NULL);
    p->meta.command = NULL;
    cr_expect_str_eq(name_of(p, location, 0), "work");
    const struct profile_line *line = &p->locations[0].lines[0];
    cr_expect((line->file != NULL) == has_lines && (line->line != 0) == has_lines);
    cr_expect((*p->mappings[0].debug_info != '\0') == has_lines);
    if (has_lines)
        cr_expect(p->n_notes == 0);
    else
        expect_note(p, "no-lines", "has no line information: functions only");
    profile_destroy(p);
}

LP_TEST(symbolize, without_lines_the_symbol_names_the_function)
{
    expect_work("hello", true);
    expect_work("hello.nopie", true);
    expect_work("hello.nodebug", false);
}

LP_TEST(symbolize, what_cannot_be_looked_up_keeps_the_best_name)
{
    struct profile *p = profile_create();
    static const char *const paths[] = {"/nowhere/libx.so.1", "[kernel]", "[anon]", "[memfd:jit]"};
    static const char *const names[] = {"[libx.so.1]", "[kernel]", "[anon]", "[memfd:jit]"};

    for (size_t i = 0; i < 4; i++) {
        uint32_t mapping = builder_mapping(p, &(struct profile_mapping){.path = paths[i]});
        builder_location(p, mapping, 0x10, PROFILE_ADDRESS_SKID);
    }
    uint32_t nowhere = builder_location(p, 0, 0x10, PROFILE_ADDRESS_SKID);
    symbolize_profile(p, NULL, NULL);
    for (uint32_t i = 0; i < 4; i++)
        cr_expect_str_eq(name_of(p, i + 1, 0), names[i]);
    cr_expect_str_eq(name_of(p, nowhere, 0), "[unknown]");
    cr_expect_null(p->locations[0].lines[0].file);
    cr_expect_str_eq(p->mappings[0].debug_info, "");
    cr_expect(p->n_notes == 1);
    expect_note(p, "module-gone", "/nowhere/libx.so.1 is gone");
    profile_destroy(p);
}

LP_TEST(symbolize, a_file_with_another_build_id_is_not_used)
{
    struct profile *p = profile_create();
    char *path = fixture("hello");
    uint32_t mapping =
        builder_mapping(p, &(struct profile_mapping){.path = path, .build_id = "0123456789"});
    uint32_t location =
        builder_location(p, mapping, function_addr("hello", "work"), PROFILE_ADDRESS_EXACT);

    symbolize_profile(p, NULL, NULL);
    cr_expect_str_eq(name_of(p, location, 0), "[hello]");
    cr_expect(p->n_notes == 1);
    expect_note(p, "module-changed", "hello is another file now");
    free(path);
    profile_destroy(p);
}

LP_TEST(symbolize, offsets_of_a_file_that_was_gone_are_addresses_again)
{
    struct profile *p = profile_create();
    char *path = fixture("hello.nopie");
    uint64_t addr = function_addr("hello.nopie", "work");
    // 0x400000 is where the linker puts programs that are not PIE.
    uint32_t mapping = builder_mapping(p, &(struct profile_mapping){
                                              .path = path,
                                              .start = 0x1000,
                                              .limit = 0x2000,
                                              .file_offset = 0x1000,
                                          });
    uint32_t location = builder_location(p, mapping, addr - 0x400000, PROFILE_ADDRESS_EXACT);

    symbolize_profile(p, NULL, NULL);
    cr_expect_str_eq(name_of(p, location, 0), "work");
    free(path);
    profile_destroy(p);
}

LP_TEST(symbolize, doing_it_again_changes_nothing)
{
    struct profile *p = profile_create();
    uint32_t mapping = add_fixture(p, "asm/lines.dwarf5");
    uint32_t gone = builder_mapping(p, &(struct profile_mapping){.path = "/nowhere/lib"});

    builder_location(p, mapping, 0x401001, PROFILE_ADDRESS_EXACT);
    builder_location(p, gone, 1, PROFILE_ADDRESS_EXACT);
    symbolize_profile(p, NULL, NULL);
    const struct profile_line *lines = p->locations[0].lines;
    builder_location(p, gone, 2, PROFILE_ADDRESS_EXACT);
    symbolize_profile(p, NULL, NULL);
    cr_expect(p->locations[0].lines == lines);
    cr_expect_str_eq(name_of(p, 3, 0), "[lib]");
    cr_expect(p->n_notes == 1 && p->notes[0].count == 1);
    profile_destroy(p);
}

// The size of this process's vDSO, 0 when there is none.
static uint64_t own_vdso_size(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    uint64_t start = 0;
    uint64_t end = 0;
    bool found = false;

    while (maps && !found && fgets(line, sizeof line, maps))
        found = strstr(line, "[vdso]") && sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) == 2;
    if (maps)
        fclose(maps);
    return found ? end - start : 0;
}

LP_TEST(symbolize, the_vdso_is_that_of_this_machine)
{
    uint64_t size = own_vdso_size();
    bool found = false;

    if (!size)
        cr_skip_test("this machine has no vDSO");
    struct profile *p = profile_create();
    uint32_t mapping =
        builder_mapping(p, &(struct profile_mapping){.path = "[vdso]", .limit = size});
    uint32_t other = builder_mapping(
        p, &(struct profile_mapping){.path = "[vdso]", .build_id = "0123", .limit = size});
    for (uint64_t addr = 0; addr < size; addr += 16) {
        builder_location(p, mapping, addr, PROFILE_ADDRESS_EXACT);
        builder_location(p, other, addr, PROFILE_ADDRESS_EXACT);
    }
    symbolize_profile(p, NULL, NULL);
    for (uint32_t id = 1; id <= p->n_locations; id++) {
        if (p->locations[id - 1].mapping == other)
            cr_expect_str_eq(name_of(p, id, 0), "[vdso]");
        else
            found = found || strstr(name_of(p, id, 0), "clock_gettime");
    }
    cr_expect(found, "clock_gettime is in every vDSO");
    profile_destroy(p);
}

static void count_report(void *context, size_t done, size_t total)
{
    size_t *last = context;

    cr_expect(done >= *last && done <= total && total == 100);
    *last = done;
}

LP_TEST(symbolize, progress_goes_up_to_the_total)
{
    struct profile *p = profile_create();
    size_t last = 0;

    for (uint64_t addr = 0; addr < 100; addr++)
        builder_location(p, 0, addr, PROFILE_ADDRESS_SKID);
    symbolize_profile(p, NULL, &(struct symbolize_progress){.report = count_report, .context = &last});
    cr_expect(last == 100);
    profile_destroy(p);
}
