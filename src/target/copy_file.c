// In the file as in memory: headers (read), code (read, execute), tables (read), the dynamic section (read,
// write: the loader notes its findings there).
#include "target/copy_file.h"

#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define PAGE UINT64_C(4096)

enum { SEGMENT_HEADERS, SEGMENT_CODE, SEGMENT_TABLES, SEGMENT_DYNAMIC, SEGMENTS_LOADED };
enum { N_SEGMENTS = SEGMENTS_LOADED + 3 };
enum { SECTION_NONE, SECTION_TEXT, SECTION_SYMBOLS, SECTION_STRINGS, SECTION_NAMES, N_SECTIONS };

static const char section_names[] = "\0.text\0.dynsym\0.dynstr\0.shstrtab";
enum { NAME_TEXT = 1, NAME_SYMBOLS = 7, NAME_STRINGS = 15, NAME_NAMES = 23 };

// A file in the making; offsets in it are distances from `base` in memory.
struct image {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    uint64_t base;
    uint64_t hash, symbols, strings, strings_size, frames, frames_index, names, sections;
    uint64_t tables, tables_end, dynamic, dynamic_end;
};

static uint64_t page_up(uint64_t size)
{
    return (size + PAGE - 1) & ~(PAGE - 1);
}

// Add bytes (zeros for NULL) and tell where they are.
static uint64_t add(struct image *image, const void *bytes, size_t size)
{
    size_t at = image->size;

    while (image->capacity < at + size) {
        image->capacity = image->capacity ? 2 * image->capacity : 65536;
        image->bytes = mem_resize(image->bytes, image->capacity, 1);
    }
    if (bytes && size)
        memcpy(image->bytes + at, bytes, size);
    else if (size)
        memset(image->bytes + at, 0, size);
    image->size += size;
    return at;
}

static void align(struct image *image, size_t to)
{
    add(image, NULL, (to - image->size % to) % to);
}

static void add_u32(struct image *image, uint32_t number)
{
    add(image, &number, sizeof number);
}

// ---- tables

static void add_symbols(struct image *image, const struct copy_file *copy)
{
    uint32_t name = 1;

    align(image, 8);
    image->symbols = add(image, NULL, sizeof(Elf64_Sym));
    for (size_t i = 0; i < copy->n_symbols; i++) {
        const Elf64_Sym symbol = {.st_name = name,
                                  .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                                  .st_shndx = SECTION_TEXT,
                                  .st_value = copy->addr + copy->symbols[i].offset,
                                  .st_size = copy->symbols[i].size};
        add(image, &symbol, sizeof symbol);
        name += (uint32_t)strlen(copy->symbols[i].name) + 1;
    }
    image->strings = add(image, "", 1);
    for (size_t i = 0; i < copy->n_symbols; i++)
        add(image, copy->symbols[i].name, strlen(copy->symbols[i].name) + 1);
    image->strings_size = image->size - image->strings;
}

// All symbols in one chain: nobody looks for one by name.
static void add_hash(struct image *image, const struct copy_file *copy)
{
    align(image, 8);
    image->hash = image->size;
    add_u32(image, 1);
    add_u32(image, (uint32_t)copy->n_symbols + 1);
    add_u32(image, copy->n_symbols ? 1 : 0);
    add_u32(image, 0);
    for (size_t i = 1; i <= copy->n_symbols; i++)
        add_u32(image, i < copy->n_symbols ? (uint32_t)i + 1 : 0);
}

static void add_frames(struct image *image, const struct copy_file *copy)
{
    // Of the header: version 1; then how the pointer, the count and the table are written.
    static const uint8_t header[] = {1, 0x1b, 0x03, 0x3b}; // pcrel, udata4, datarel; all 4 bytes

    image->frames = add(image, copy->frames, copy->frames_size);
    align(image, 8);
    image->frames_index = add(image, header, sizeof header);
    add_u32(image, (uint32_t)(image->frames - image->size));
    add_u32(image, (uint32_t)copy->n_entries);
    for (size_t i = 0; i < copy->n_entries; i++) {
        add_u32(image, (uint32_t)(COPY_FILE_CODE + copy->entries[i].offset - image->frames_index));
        add_u32(image, (uint32_t)(image->frames + copy->entries[i].entry - image->frames_index));
    }
}

static void add_tables(struct image *image, const struct copy_file *copy)
{
    image->tables = image->size;
    add_frames(image, copy);
    add_symbols(image, copy);
    add_hash(image, copy);
    image->tables_end = image->size;
    align(image, PAGE);
}

static void add_dynamic(struct image *image)
{
    const Elf64_Dyn entries[] = {
        {DT_HASH, {image->base + image->hash}}, {DT_SYMTAB, {image->base + image->symbols}},
        {DT_SYMENT, {sizeof(Elf64_Sym)}},       {DT_STRTAB, {image->base + image->strings}},
        {DT_STRSZ, {image->strings_size}},      {DT_NULL, {0}},
    };

    image->dynamic = add(image, entries, sizeof entries);
    image->dynamic_end = image->size;
}

// ---- headers

static Elf64_Phdr segment(const struct image *image, uint32_t type, uint32_t flags, uint64_t begin,
                          uint64_t end)
{
    return (Elf64_Phdr){.p_type = type,
                        .p_flags = flags,
                        .p_offset = begin,
                        .p_vaddr = image->base + begin,
                        .p_paddr = image->base + begin,
                        .p_filesz = end - begin,
                        .p_memsz = end - begin,
                        .p_align = type == PT_LOAD ? PAGE : 8};
}

static Elf64_Shdr section(const struct image *image, uint32_t name, uint32_t type, uint64_t begin,
                          uint64_t end)
{
    return (Elf64_Shdr){.sh_name = name,
                        .sh_type = type,
                        .sh_flags = SHF_ALLOC,
                        .sh_addr = image->base + begin,
                        .sh_offset = begin,
                        .sh_size = end - begin,
                        .sh_addralign = 1};
}

// Debuggers want sections.
static void add_sections(struct image *image, size_t code_size)
{
    Elf64_Shdr sections[N_SECTIONS] = {0};

    image->names = add(image, section_names, sizeof section_names);
    align(image, 8);
    sections[SECTION_TEXT] =
        section(image, NAME_TEXT, SHT_PROGBITS, COPY_FILE_CODE, COPY_FILE_CODE + code_size);
    sections[SECTION_TEXT].sh_flags |= SHF_EXECINSTR;
    sections[SECTION_SYMBOLS] =
        section(image, NAME_SYMBOLS, SHT_DYNSYM, image->symbols, image->strings);
    sections[SECTION_SYMBOLS].sh_link = SECTION_STRINGS;
    sections[SECTION_SYMBOLS].sh_info = 1;
    sections[SECTION_SYMBOLS].sh_entsize = sizeof(Elf64_Sym);
    sections[SECTION_STRINGS] = section(image, NAME_STRINGS, SHT_STRTAB, image->strings,
                                        image->strings + image->strings_size);
    sections[SECTION_NAMES] =
        section(image, NAME_NAMES, SHT_STRTAB, image->names, image->names + sizeof section_names);
    sections[SECTION_NAMES].sh_flags = 0;
    sections[SECTION_NAMES].sh_addr = 0;
    image->sections = add(image, sections, sizeof sections);
}

static void fill_headers(struct image *image, size_t code_size)
{
    const Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_DYN,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_phoff = sizeof header,
        .e_shoff = image->sections,
        .e_ehsize = sizeof header,
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = N_SEGMENTS,
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = N_SECTIONS,
        .e_shstrndx = SECTION_NAMES,
    };
    const Elf64_Phdr segments[N_SEGMENTS] = {
        [SEGMENT_HEADERS] =
            segment(image, PT_LOAD, PF_R, 0, sizeof header + N_SEGMENTS * sizeof(Elf64_Phdr)),
        [SEGMENT_CODE] =
            segment(image, PT_LOAD, PF_R | PF_X, COPY_FILE_CODE, COPY_FILE_CODE + code_size),
        [SEGMENT_TABLES] = segment(image, PT_LOAD, PF_R, image->tables, image->tables_end),
        [SEGMENT_DYNAMIC] =
            segment(image, PT_LOAD, PF_R | PF_W, image->dynamic, image->dynamic_end),
        [SEGMENTS_LOADED] =
            segment(image, PT_DYNAMIC, PF_R | PF_W, image->dynamic, image->dynamic_end),
        [SEGMENTS_LOADED + 1] =
            segment(image, PT_GNU_EH_FRAME, PF_R, image->frames_index, image->symbols),
        // Without it the loader would make all stacks executable.
        [SEGMENTS_LOADED + 2] = {.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W, .p_align = 16},
    };

    memcpy(image->bytes, &header, sizeof header);
    memcpy(image->bytes + sizeof header, segments, sizeof segments);
}

uint64_t copy_file_frames(uint64_t addr, size_t code_size)
{
    return addr + page_up(code_size);
}

size_t copy_file_room(size_t code_size, size_t n_symbols, size_t name_bytes, size_t frames_size)
{
    uint64_t tables = n_symbols * (sizeof(Elf64_Sym) + 4 + 1 + 8) + name_bytes + frames_size;

    return COPY_FILE_CODE + page_up(code_size) + page_up(tables + PAGE) + PAGE;
}

void copy_file_make(const struct copy_file *copy, uint8_t **ret, size_t *size_ret)
{
    struct image image = {.base = copy->addr - COPY_FILE_CODE};

    add(&image, NULL, COPY_FILE_CODE);
    add(&image, copy->code, copy->code_size);
    align(&image, PAGE);
    add_tables(&image, copy);
    add_dynamic(&image);
    add_sections(&image, copy->code_size);
    fill_headers(&image, copy->code_size);
    *ret = image.bytes;
    *size_ret = image.size;
}
