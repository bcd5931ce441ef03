#include "object/symbols.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "object/mini_debug.h"

// A symbol while the best one of each address is looked for.
struct candidate {
    struct object_symbol symbol;
    int rank; // Lower is better.
};

struct candidates {
    struct candidate *items; // [count]
    size_t count;
    size_t capacity;
};

// Which of several names of one address is told: what the linker shows to others, then the program's
// own, then what compilers and assemblers make up; and a name with a size before one without.
static int rank_of(const GElf_Sym *symbol, const char *name)
{
    int rank = GELF_ST_BIND(symbol->st_info) == STB_GLOBAL ? 0 : 1;

    if (GELF_ST_BIND(symbol->st_info) == STB_LOCAL)
        rank = 2;
    if (name[0] == '.' || GELF_ST_TYPE(symbol->st_info) == STT_NOTYPE)
        rank += 8;
    return symbol->st_size ? rank : rank + 4;
}

// Hand-written assembly often leaves the type out: such a symbol counts when it lies in code.
static bool is_function(const struct image *image, const GElf_Sym *symbol, const char *name)
{
    int type = GELF_ST_TYPE(symbol->st_info);

    if (symbol->st_shndx == SHN_UNDEF || !name || !name[0])
        return false;
    if (type == STT_FUNC || type == STT_GNU_IFUNC)
        return true;
    return type == STT_NOTYPE && symbol->st_shndx != SHN_ABS &&
           image_is_code(image, symbol->st_value);
}

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = a;
    const struct candidate *y = b;

    if (x->symbol.addr != y->symbol.addr)
        return x->symbol.addr < y->symbol.addr ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank - y->rank;
    // Aliases: the shorter name, which is mostly the one in the source, then any fixed order.
    size_t length_x = strlen(x->symbol.name);
    size_t length_y = strlen(y->symbol.name);
    if (length_x != length_y)
        return length_x < length_y ? -1 : 1;
    return strcmp(x->symbol.name, y->symbol.name);
}

// Add the functions of a table, if the image has it.
static void read_table(struct candidates *all, struct image *image, const char *name)
{
    struct image_section *section = image_section(image, name);

    if (!section || !image_load(image, section))
        return;
    for (size_t i = 0; i < section->n_bytes / sizeof(Elf64_Sym); i++) {
        // The same layout in the file and in memory: little-endian, 64 bits.
        Elf64_Sym symbol;
        memcpy(&symbol, section->bytes + i * sizeof symbol, sizeof symbol);
        if (symbol.st_shndx == SHN_UNDEF)
            continue;
        const char *text = elf_strptr(image->elf, section->link, symbol.st_name);
        if (!is_function(image, &symbol, text))
            continue;
        all->items = mem_grow(all->items, &all->capacity, all->count, sizeof *all->items);
        all->items[all->count++] = (struct candidate){
            .symbol = {.addr = symbol.st_value, .size = symbol.st_size, .name = text},
            .rank = rank_of(&symbol, text),
        };
    }
}

bool symbols_imports(struct image *image, const char *name)
{
    struct image_section *section = image_section(image, ".dynsym");

    if (!section || !image_load(image, section))
        return false;
    // The first one stands for none.
    for (size_t i = 1; i < section->n_bytes / sizeof(Elf64_Sym); i++) {
        Elf64_Sym symbol;
        memcpy(&symbol, section->bytes + i * sizeof symbol, sizeof symbol);
        const char *text = elf_strptr(image->elf, section->link, symbol.st_name);
        if (symbol.st_shndx == SHN_UNDEF && text && strcmp(text, name) == 0)
            return true;
    }
    return false;
}

static uint64_t end_of(const struct object_symbol *symbol)
{
    return symbol->size > UINT64_MAX - symbol->addr ? UINT64_MAX : symbol->addr + symbol->size;
}

// The tables that together name all that can be named.
static void read_tables(struct symbols *symbols, struct candidates *all)
{
    read_table(all, symbols->image, ".symtab");
    if (!all->count && symbols->debug_image)
        read_table(all, symbols->debug_image, ".symtab");
    if (all->count)
        return;
    read_table(all, symbols->image, ".dynsym");
    symbols->mini = mini_debug_open(symbols->image);
    if (symbols->mini)
        read_table(all, symbols->mini, ".symtab");
}

void symbols_read(struct symbols *symbols)
{
    struct candidates all = {0};

    if (symbols->is_read)
        return;
    symbols->is_read = true;
    read_tables(symbols, &all);
    if (!all.count)
        return;
    qsort(all.items, all.count, sizeof *all.items, compare_candidates);
    symbols->items = mem_alloc_array(all.count, sizeof *symbols->items);
    symbols->reach = mem_alloc_array(all.count, sizeof *symbols->reach);
    for (size_t i = 0; i < all.count; i++) {
        if (i && all.items[i].symbol.addr == all.items[i - 1].symbol.addr)
            continue;
        size_t k = symbols->count++;
        symbols->items[k] = all.items[i].symbol;
        uint64_t end = end_of(&symbols->items[k]);
        symbols->reach[k] = k && symbols->reach[k - 1] > end ? symbols->reach[k - 1] : end;
    }
    free(all.items);
}

void symbols_init(struct symbols *symbols, struct image *image)
{
    *symbols = (struct symbols){.image = image};
}

void symbols_deinit(struct symbols *symbols)
{
    free(symbols->items);
    free(symbols->reach);
    image_close(symbols->mini);
    *symbols = (struct symbols){0};
}

// How many symbols start at or below the address.
static size_t count_up_to(const struct symbols *symbols, uint64_t addr)
{
    size_t low = 0;
    size_t high = symbols->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (symbols->items[middle].addr <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct object_symbol *symbols_find(struct symbols *symbols, uint64_t addr)
{
    symbols_read(symbols);
    size_t below = count_up_to(symbols, addr);
    if (!below)
        return NULL;
    // Symbols nest in hand-written code: go down while one that starts earlier may still reach.
    for (size_t i = below; i > 0 && symbols->reach[i - 1] > addr; i--)
        if (addr < end_of(&symbols->items[i - 1]))
            return &symbols->items[i - 1];
    const struct object_symbol *nearest = &symbols->items[below - 1];
    bool reaches = !nearest->size && addr < image_code_end(symbols->image, nearest->addr);
    return reaches ? nearest : NULL;
}

const struct object_symbol *symbols_at(struct symbols *symbols, uint64_t addr)
{
    symbols_read(symbols);
    size_t below = count_up_to(symbols, addr);
    bool starts = below && symbols->items[below - 1].addr == addr;
    return starts ? &symbols->items[below - 1] : NULL;
}

uint64_t symbols_end(const struct symbols *symbols, const struct object_symbol *symbol)
{
    size_t next = (size_t)(symbol - symbols->items) + 1;
    uint64_t end = image_code_end(symbols->image, symbol->addr);

    if (symbol->size)
        return end_of(symbol);
    return next < symbols->count && symbols->items[next].addr < end ? symbols->items[next].addr
                                                                    : end;
}
