#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "object/object.h"
#include "support/test.h"

// Each stub that objdump names must have that name here, from its first byte to its last.
static size_t compare_with_objdump(const char *program)
{
    char command[640];
    char line[256];
    char name[200];
    unsigned long addr;
    struct object *obj = NULL;
    size_t n = 0;

    snprintf(command, sizeof command, "%s/%s", FIXTURE_DIR, program);
    error_destroy(object_open(command, NULL, &obj));
    cr_assert(obj, "%s", command);
    snprintf(command, sizeof command, "objdump -d %s/%s", FIXTURE_DIR, program);
    FILE *out = popen(command, "r");
    while (fgets(line, sizeof line, out)) {
        if (sscanf(line, "%lx <%199[^>]>:", &addr, name) != 2)
            continue;
        // What all stubs share has no name of its own: "puts@plt-0x10".
        const char *end = strstr(name, "@plt");
        if (!end || end[4])
            continue;
        struct object_symbol first;
        struct object_symbol last;
        n++;
        cr_assert(object_symbol_at(obj, addr, &first), "%s: no name at %lx", program, addr);
        cr_expect_str_eq(first.name, name);
        cr_expect(first.addr == addr && first.size >= 8);
        cr_assert(object_symbol_at(obj, addr + first.size - 1, &last));
        cr_expect_str_eq(last.name, name);
    }
    cr_expect(pclose(out) == 0);
    object_destroy(obj);
    return n;
}

LP_TEST(plt, stubs_are_named_as_objdump_names_them)
{
    static const char *const programs[] = {"plt.lazy", "plt.now", "plt.ibt"};

    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        cr_expect(compare_with_objdump(programs[i]) >= 2, "%s", programs[i]);
}

// With branch tracking .plt holds stubs that only push a number, which objdump leaves unnamed.
LP_TEST(plt, stubs_that_push_a_number_have_names_too)
{
    struct object *obj = NULL;
    struct object_symbol symbol;
    size_t count;
    size_t n = 0;

    error_destroy(object_open(FIXTURE_DIR "/plt.ibt", NULL, &obj));
    cr_assert(obj);
    const struct object_segment *segment = object_segments(obj, &count);
    for (uint64_t at = 0; at < segment->size; at += 16)
        n += object_symbol_at(obj, segment->addr + at, &symbol) &&
             strcmp(symbol.name, "strtol@plt") == 0;
    cr_expect(n == 2, "%zu stubs of strtol", n);
    object_destroy(obj);
}
