// Any bytes as the sections of debug info, without an ELF file around them: all units, line tables,
// functions, inlined calls and names are read within bounds, and the reading ends.
//
// An input is where the code lies (8 bytes) and how much it is (8), the sizes of the sections (4 each), then
// the sections.

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/string_pool.h"
#include "fuzz.h"
#include "object/functions.h"
#include "object/inline_tree.h"

static const char *const names[] = {
    ".debug_info",        ".debug_abbrev", ".debug_line",     ".debug_line_str", ".debug_str",
    ".debug_str_offsets", ".debug_ranges", ".debug_rnglists", ".debug_addr",     ".debug_aranges",
};

#define N_NAMES (sizeof names / sizeof *names)

struct head {
    uint64_t code_addr;
    uint64_t code_size;
    uint32_t sizes[N_NAMES];
};

// Of each kind of thing in an input.
enum { MOST = 200 };

static void require(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "fuzz_dwarf: %s\n", what);
    abort();
}

// A block of its own for each section, so that a sanitizer sees reads behind its end.
static struct image *make_image(const struct head *head, const uint8_t *bytes, size_t left)
{
    struct image *image = mem_alloc(sizeof *image);

    image->path = mem_strdup("fuzz");
    image->sections = mem_alloc_array(N_NAMES, sizeof *image->sections);
    image->code = mem_alloc(sizeof *image->code);
    image->n_code = 1;
    image->code[0].addr = head->code_addr;
    image->code[0].size = head->code_size;
    for (size_t i = 0; i < N_NAMES; i++) {
        size_t size = head->sizes[i] < left ? head->sizes[i] : left;
        uint8_t *own = mem_dup(bytes, size);
        bytes += size;
        left -= size;
        image->sections[image->n_sections++] = (struct image_section){
            .name = names[i],
            .name_length = strlen(names[i]),
            .type = SHT_PROGBITS,
            .size = size,
            .is_loaded = true,
            .bytes = own,
            .n_bytes = size,
            .unpacked = own,
        };
    }
    return image;
}

static void check_lines(struct line_table *table, struct string_pool *strings)
{
    for (size_t i = 0; i < table->n_sequences; i++) {
        const struct line_sequence *sequence = &table->sequences[i];
        require(sequence->begin < sequence->end && sequence->count &&
                    (size_t)sequence->first + sequence->count <= table->n_rows,
                "a sequence of nothing");
        size_t row = line_table_row(table, sequence, sequence->end - 1);
        require(row >= sequence->first && row < (size_t)sequence->first + sequence->count,
                "a row outside of its sequence");
    }
    for (size_t i = 0; i < table->n_files && i < MOST; i++)
        line_table_path(table, strings, i);
}

static void check_functions(struct inline_tree *tree, struct functions *functions)
{
    inline_tree_read_all(tree);
    for (size_t i = 0; i < tree->count && i < MOST; i++) {
        struct inline_function *function = &tree->functions[i];
        functions_of_die(functions, function->die);
        for (size_t k = 0; k < function->n_calls && k < MOST; k++)
            functions_of_die(functions, function->calls[k].origin);
    }
    for (size_t i = 0; i < tree->addrs.count && i < MOST; i++) {
        uint64_t addr = tree->addrs.items[i].begin;
        const struct inline_function *function = inline_tree_function(tree, addr);
        require(function, "a function that is not where it is");
        uint32_t call = inline_tree_innermost(function, addr);
        require(call == INLINE_NONE || call < function->n_calls, "a call that is none");
    }
}

static void check_units(struct image *image, struct compile_units *units)
{
    struct string_pool strings;
    struct symbols symbols;
    struct functions functions;

    string_pool_init(&strings);
    symbols_init(&symbols, image);
    functions_init(&functions, &strings, &symbols, units);
    for (size_t i = 0; i < units->count && i < MOST; i++) {
        check_lines(compile_units_lines(&units->items[i]), &strings);
        check_functions(compile_units_inlines(&units->items[i]), &functions);
    }
    functions_deinit(&functions);
    symbols_deinit(&symbols);
    string_pool_deinit(&strings);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct head head;
    struct compile_units units;

    if (size < sizeof head)
        return 0;
    memcpy(&head, bytes, sizeof head);
    struct image *image = make_image(&head, bytes + sizeof head, size - sizeof head);
    struct debug_info *info = debug_info_open(image);
    compile_units_init(&units, info);
    check_units(image, &units);
    const char *problem = debug_info_problem(info);
    require(!problem || (*problem && !strchr(problem, '\n')), "no problem in one line");
    compile_units_deinit(&units);
    debug_info_close(info);
    image_close(image);
    return 0;
}
