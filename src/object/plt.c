// A stub jumps through a word of the file, and a relocation says which function the loader puts there.
// With branch tracking the stubs of .plt only push the relocation's number; those that are called lie
// in .plt.sec and jump.
#include "object/plt.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"

enum { STUB = 16, SMALL_STUB = 8, JUMP_SIZE = 6, ENDBR_SIZE = 4 };

static const uint8_t endbr[ENDBR_SIZE] = {0xf3, 0x0f, 0x1e, 0xfa};
static const uint8_t jump[] = {0xff, 0x25}; // jmp *offset(%rip)
static const uint8_t push = 0x68;           // push $number

/** A word that the loader fills with the address of a function. */
struct slot {
    uint64_t addr;
    const char *name; ///< Of the function; points into the image.
};

struct slots {
    struct slot *items; ///< [n] By address.
    size_t n;
    size_t capacity;
};

void plt_init(struct plt *plt, struct image *image, struct string_pool *strings)
{
    *plt = (struct plt){.image = image, .strings = strings};
}

void plt_deinit(struct plt *plt)
{
    free(plt->items);
    *plt = (struct plt){0};
}

// ---- relocations

static const char *symbol_name(struct image *image, uint64_t number)
{
    struct image_section *section = image_section(image, ".dynsym");
    Elf64_Sym symbol;

    if (!section || !image_load(image, section) || number >= section->n_bytes / sizeof symbol)
        return NULL;
    memcpy(&symbol, section->bytes + number * sizeof symbol, sizeof symbol);
    return elf_strptr(image->elf, section->link, symbol.st_name);
}

// The name that a relocation puts into its word; NULL when it is none of a function elsewhere.
static const char *relocated_name(struct image *image, const Elf64_Rela *rela)
{
    uint64_t type = ELF64_R_TYPE(rela->r_info);

    if (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT)
        return NULL;
    const char *name = symbol_name(image, ELF64_R_SYM(rela->r_info));
    return name && *name ? name : NULL;
}

static bool read_relocation(const struct image_section *section, uint64_t number, Elf64_Rela *ret)
{
    if (number >= section->n_bytes / sizeof *ret)
        return false;
    memcpy(ret, section->bytes + number * sizeof *ret, sizeof *ret);
    return true;
}

static void add_slots(struct image *image, struct image_section *section, struct slots *slots)
{
    Elf64_Rela rela;

    for (uint64_t i = 0; read_relocation(section, i, &rela); i++) {
        const char *name = relocated_name(image, &rela);
        if (!name)
            continue;
        slots->items = mem_grow(slots->items, &slots->capacity, slots->n, sizeof *slots->items);
        slots->items[slots->n++] = (struct slot){rela.r_offset, name};
    }
}

static int compare_slots(const void *a, const void *b)
{
    const struct slot *x = a;
    const struct slot *y = b;

    return (x->addr > y->addr) - (x->addr < y->addr);
}

static void read_slots(struct image *image, struct slots *slots)
{
    for (size_t i = 0; i < image->n_sections; i++) {
        struct image_section *section = &image->sections[i];
        if (section->type == SHT_RELA && section->addr && image_load(image, section))
            add_slots(image, section, slots);
    }
    if (slots->n)
        qsort(slots->items, slots->n, sizeof *slots->items, compare_slots);
}

// ---- stubs

// The function whose address lies in the word that a stub jumps through.
static const char *jump_name(const uint8_t *stub, size_t size, uint64_t addr,
                             const struct slots *slots)
{
    for (size_t i = 0; slots->n && i + JUMP_SIZE <= size; i++) {
        int32_t offset;
        if (memcmp(stub + i, jump, sizeof jump) != 0)
            continue;
        memcpy(&offset, stub + i + sizeof jump, sizeof offset);
        const struct slot key = {.addr = addr + i + JUMP_SIZE + (uint64_t)(int64_t)offset};
        const struct slot *slot = bsearch(&key, slots->items, slots->n, sizeof key, compare_slots);
        if (slot)
            return slot->name;
    }
    return NULL;
}

// The function whose relocation's number a stub pushes.
static const char *push_name(struct image *image, const uint8_t *stub)
{
    struct image_section *section = image_section(image, ".rela.plt");
    const uint8_t *code = memcmp(stub, endbr, sizeof endbr) == 0 ? stub + sizeof endbr : stub;
    uint32_t number;
    Elf64_Rela rela;

    if (*code != push || !section || !image_load(image, section))
        return NULL;
    memcpy(&number, code + 1, sizeof number);
    return read_relocation(section, number, &rela) ? relocated_name(image, &rela) : NULL;
}

static void add_stub(struct plt *plt, uint64_t addr, uint64_t size, const char *name)
{
    CLEANUP(cleanup_free) char *own = mem_printf("%s@plt", name);

    plt->items = mem_grow(plt->items, &plt->capacity, plt->count, sizeof *plt->items);
    plt->items[plt->count++] = (struct object_symbol){
        .addr = addr,
        .size = size,
        .name = string_pool_add(plt->strings, own),
    };
}

static size_t stub_size(const struct image_section *section)
{
    bool is_small = strcmp(section->name, ".plt.got") == 0 && section->n_bytes >= ENDBR_SIZE &&
                    memcmp(section->bytes, endbr, sizeof endbr) != 0;

    return is_small ? SMALL_STUB : STUB;
}

static void add_stubs(struct plt *plt, const struct image_section *section,
                      const struct slots *slots)
{
    size_t size = stub_size(section);

    for (size_t at = 0; section->n_bytes - at >= size; at += size) {
        const uint8_t *stub = section->bytes + at;
        const char *name = jump_name(stub, size, section->addr + at, slots);
        if (!name && size == STUB)
            name = push_name(plt->image, stub);
        if (name)
            add_stub(plt, section->addr + at, size, name);
    }
}

static int compare_symbols(const void *a, const void *b)
{
    const struct object_symbol *x = a;
    const struct object_symbol *y = b;

    return (x->addr > y->addr) - (x->addr < y->addr);
}

static void read_stubs(struct plt *plt)
{
    struct slots slots = {0};

    plt->is_read = true;
    read_slots(plt->image, &slots);
    for (size_t i = 0; i < plt->image->n_sections; i++) {
        struct image_section *section = &plt->image->sections[i];
        if (section->is_code && strncmp(section->name, ".plt", 4) == 0 &&
            image_load(plt->image, section))
            add_stubs(plt, section, &slots);
    }
    if (plt->count)
        qsort(plt->items, plt->count, sizeof *plt->items, compare_symbols);
    free(slots.items);
}

const struct object_symbol *plt_find(struct plt *plt, uint64_t addr)
{
    if (!plt->is_read)
        read_stubs(plt);
    size_t low = 0;
    size_t high = plt->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (plt->items[middle].addr <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low || addr - plt->items[low - 1].addr >= plt->items[low - 1].size)
        return NULL;
    return &plt->items[low - 1];
}
