#include "collect/exact_patch.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

#define PAGE UINT64_C(4096)

// Whether the functions' code is still that of the file: nobody else has patched it.
static bool is_original(int memory, uint64_t bias, const struct flow_part *part)
{
    CLEANUP(cleanup_free) uint8_t *bytes = mem_alloc(part->size);

    return pread(memory, bytes, part->size, (off_t)(part->addr + bias)) == (ssize_t)part->size &&
           memcmp(bytes, part->bytes, part->size) == 0;
}

static void check_functions(int memory, struct exact_module *module, uint64_t bias)
{
    for (size_t i = 0; i < module->choice.n_functions; i++) {
        const struct flow_source *source = &module->functions[i].code.source;
        for (size_t j = 0; j < source->part_count && !module->functions[i].refusal; j++)
            if (!is_original(memory, bias, &source->parts[j]))
                exact_module_refuse(module, i, "its code in memory is not that of the file");
    }
}

// Whether each function of the rewrite plan takes part. Free it.
static bool *list_accepted(const struct exact_module *module)
{
    bool *accepted = mem_alloc_array(module->choice.n_functions + 1, sizeof *accepted);

    for (size_t i = 0; i < module->choice.n_functions; i++)
        if (module->functions[i].rewritten != STEP_NONE)
            accepted[module->functions[i].rewritten] = !module->functions[i].refusal;
    return accepted;
}

bool exact_patch_is_there(int memory, const struct exact_copies *copies, uint64_t bias)
{
    CLEANUP(cleanup_free) bool *accepted = list_accepted(copies->module);
    const struct rewrite_image *image = &copies->image;
    uint8_t bytes[REWRITE_PATCH_MAX];

    for (size_t i = 0; i < image->patch_count; i++) {
        const struct rewrite_patch *patch = &image->patches[i];
        if (accepted[patch->function])
            return pread(memory, bytes, patch->size, (off_t)(patch->addr + bias)) ==
                       (ssize_t)patch->size &&
                   memcmp(bytes, patch->bytes, patch->size) == 0;
    }
    return false;
}

// The code between two patches is written again with them, so that each page changes at one time: should
// lprof be killed in between, every function is whole.
static bool write_page(int memory, uint64_t bias, const struct rewrite_patch *patches, size_t n,
                       const bool *accepted)
{
    uint8_t bytes[PAGE + REWRITE_PATCH_MAX];
    uint64_t begin = patches[0].addr;
    size_t size = (size_t)(patches[n - 1].addr + patches[n - 1].size - begin);
    off_t at = (off_t)(begin + bias);

    if (pread(memory, bytes, size, at) != (ssize_t)size)
        return false;
    for (size_t i = 0; i < n; i++)
        if (accepted[patches[i].function])
            memcpy(bytes + (patches[i].addr - begin), patches[i].bytes, patches[i].size);
    return pwrite(memory, bytes, size, at) == (ssize_t)size;
}

struct lprof_error *exact_patch_write(int memory, const struct exact_copies *copies, uint64_t bias)
{
    const struct rewrite_image *image = &copies->image;
    size_t next;

    check_functions(memory, copies->module, bias);
    CLEANUP(cleanup_free) bool *accepted = list_accepted(copies->module);
    for (size_t i = 0; i < image->patch_count; i = next) {
        uint64_t page = (image->patches[i].addr + bias) / PAGE;
        next = i + 1;
        while (next < image->patch_count && (image->patches[next].addr + bias) / PAGE == page)
            next++;
        if (!write_page(memory, bias, image->patches + i, next - i, accepted))
            return error_hint(
                error_from_errno(errno, "the program's code could not be changed"),
                "see kernel parameter proc_mem.force_override; or count by --mode step");
    }
    return NULL;
}
