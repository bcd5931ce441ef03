#include "object/loaded.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void loaded_init(struct loaded *loaded, struct image *image)
{
    *loaded = (struct loaded){.image = image};
}

void loaded_deinit(struct loaded *loaded)
{
    free(loaded->words);
    *loaded = (struct loaded){0};
}

static int compare_words(const void *a, const void *b)
{
    const struct loaded_word *x = a;
    const struct loaded_word *y = b;

    return x->addr < y->addr ? -1 : x->addr > y->addr;
}

// Only R_X86_64_RELATIVE writes what is known without other files: an address of this one.
static void collect_words(struct loaded *loaded)
{
    size_t capacity = 0;

    loaded->has_words = true;
    for (size_t i = 0; i < loaded->image->n_sections; i++) {
        struct image_section *section = &loaded->image->sections[i];
        if (section->type != SHT_RELA || !section->addr || !image_load(loaded->image, section))
            continue;
        for (size_t at = 0; section->n_bytes - at >= sizeof(Elf64_Rela); at += sizeof(Elf64_Rela)) {
            Elf64_Rela rela;
            memcpy(&rela, section->bytes + at, sizeof rela);
            if (ELF64_R_TYPE(rela.r_info) != R_X86_64_RELATIVE)
                continue;
            loaded->words =
                mem_grow(loaded->words, &capacity, loaded->n_words, sizeof *loaded->words);
            loaded->words[loaded->n_words++] =
                (struct loaded_word){rela.r_offset, (uint64_t)rela.r_addend};
        }
    }
    if (loaded->n_words)
        qsort(loaded->words, loaded->n_words, sizeof *loaded->words, compare_words);
}

static const struct loaded_word *word_at(struct loaded *loaded, uint64_t addr)
{
    const struct loaded_word key = {.addr = addr};

    if (!loaded->has_words)
        collect_words(loaded);
    if (!loaded->n_words)
        return NULL;
    return bsearch(&key, loaded->words, loaded->n_words, sizeof key, compare_words);
}

bool loaded_read(struct loaded *loaded, uint64_t addr, void *ret, size_t size)
{
    // Code and tables of addresses are read by whole words, so a word that is written is one of them.
    const struct loaded_word *word = size == sizeof word->value ? word_at(loaded, addr) : NULL;

    if (word) {
        memcpy(ret, &word->value, size);
        return true;
    }
    for (size_t i = 0; i < loaded->image->n_sections; i++) {
        struct image_section *section = &loaded->image->sections[i];
        if (!section->addr || addr - section->addr >= section->size || section->type == SHT_NOBITS)
            continue;
        uint64_t offset = addr - section->addr;
        if (size > section->size - offset || !image_load(loaded->image, section) ||
            offset + size > section->n_bytes)
            return false;
        memcpy(ret, section->bytes + offset, size);
        return true;
    }
    return false;
}
