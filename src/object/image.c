#include "object/image.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "object/packed_section.h"

static struct lprof_error *check_header(const struct image *image)
{
    const uint8_t *ident = image->bytes;
    GElf_Ehdr header;

    if (image->size < EI_NIDENT || memcmp(ident, ELFMAG, SELFMAG) != 0)
        return error_create(LPROF_ERROR_FORMAT, "%s: not an ELF file", image->path);
    if (ident[EI_CLASS] != ELFCLASS64 || ident[EI_DATA] != ELFDATA2LSB)
        return error_create(LPROF_ERROR_FORMAT, "%s: not a 64-bit little-endian ELF file",
                            image->path);
    if (!image->elf || !gelf_getehdr(image->elf, &header))
        return error_create(LPROF_ERROR_FORMAT, "%s: damaged ELF header", image->path);
    if (header.e_machine != EM_X86_64)
        return error_create(LPROF_ERROR_FORMAT, "%s: not for x86-64 (ELF machine %u)", image->path,
                            (unsigned)header.e_machine);
    return NULL;
}

static int compare_segments(const void *a, const void *b)
{
    const struct object_segment *x = a;
    const struct object_segment *y = b;

    return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static void read_segments(struct image *image)
{
    size_t count = 0;
    size_t capacity = 0;

    if (elf_getphdrnum(image->elf, &count) < 0)
        count = 0;
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(image->elf, (int)i, &header))
            break;
        if (header.p_type != PT_LOAD || !(header.p_flags & PF_X) || !header.p_filesz)
            continue;
        // Cut off what does not lie in the file or would wrap around.
        if (header.p_offset >= image->size || header.p_vaddr > UINT64_MAX - header.p_filesz)
            continue;
        uint64_t room = image->size - header.p_offset;
        image->segments =
            mem_grow(image->segments, &capacity, image->n_segments, sizeof *image->segments);
        image->segments[image->n_segments++] = (struct object_segment){
            .file_offset = header.p_offset,
            .addr = header.p_vaddr,
            .size = header.p_filesz < room ? header.p_filesz : room,
        };
    }
    if (image->n_segments)
        qsort(image->segments, image->n_segments, sizeof *image->segments, compare_segments);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    size_t end_length = strlen(end);

    return length > end_length && strcmp(text + length - end_length, end) == 0;
}

static void read_section(struct image *image, Elf_Scn *scn, size_t names,
                         struct image_section *section)
{
    GElf_Shdr header;

    *section = (struct image_section){.name = "", .type = SHT_NULL};
    if (!gelf_getshdr(scn, &header))
        return;
    const char *name = elf_strptr(image->elf, names, header.sh_name);
    section->name = name ? name : "";
    section->is_old_compressed = strncmp(section->name, ".zdebug_", 8) == 0;
    section->name_length = strlen(section->name);
    if (ends_with(section->name, ".dwo")) {
        section->is_split = true;
        section->name_length -= strlen(".dwo");
    }
    section->is_split |= strcmp(section->name, ".debug_cu_index") == 0;
    section->name_length -= section->is_old_compressed;
    section->addr = header.sh_addr;
    section->size = header.sh_size;
    section->offset = header.sh_offset;
    section->type = header.sh_type;
    section->link = header.sh_link;
    section->is_code = (header.sh_flags & SHF_ALLOC) && (header.sh_flags & SHF_EXECINSTR);
    section->is_compressed = (header.sh_flags & SHF_COMPRESSED) || section->is_old_compressed;
}

static void read_sections(struct image *image)
{
    size_t count = 0;
    size_t names = 0;

    if (elf_getshdrnum(image->elf, &count) < 0 || elf_getshdrstrndx(image->elf, &names) < 0)
        return;
    // A section header has 64 bytes: more sections than fit are a lie.
    if (!count || count > image->size / sizeof(Elf64_Shdr))
        return;
    image->sections = mem_alloc_array(count, sizeof *image->sections);
    for (Elf_Scn *scn = NULL; image->n_sections < count && (scn = elf_nextscn(image->elf, scn));)
        read_section(image, scn, names, &image->sections[image->n_sections++]);
}

// Sections tell code more closely than segments, which old linkers begin with the ELF header.
static void find_code(struct image *image)
{
    size_t capacity = 0;

    for (size_t i = 0; i < image->n_sections; i++) {
        const struct image_section *section = &image->sections[i];
        if (!section->is_code || section->addr > UINT64_MAX - section->size)
            continue;
        image->code = mem_grow(image->code, &capacity, image->n_code, sizeof *image->code);
        image->code[image->n_code++] =
            (struct object_segment){.addr = section->addr, .size = section->size};
    }
    if (image->n_code || !image->n_segments)
        return;
    image->code = mem_dup(image->segments, image->n_segments * sizeof *image->segments);
    image->n_code = image->n_segments;
}

// The bytes of a section as they lie in the file.
static bool raw_bytes(const struct image *image, const struct image_section *section,
                      const uint8_t **bytes_ret, size_t *size_ret)
{
    if (section->type == SHT_NOBITS || section->type == SHT_NULL)
        return false;
    if (section->offset > image->size || section->size > image->size - section->offset)
        return false;
    *bytes_ret = image->bytes + section->offset;
    *size_ret = section->size;
    return true;
}

// Find the build id among the notes. Fields are padded to 4 bytes.
static bool find_build_id(const uint8_t *bytes, size_t size, struct build_id *ret)
{
    while (size >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr note;
        memcpy(&note, bytes, sizeof note);
        uint64_t name_room = ((uint64_t)note.n_namesz + 3) & ~UINT64_C(3);
        uint64_t data_room = ((uint64_t)note.n_descsz + 3) & ~UINT64_C(3);
        uint64_t left = size - sizeof note;
        if (name_room > left || note.n_descsz > left - name_room)
            return false;
        const uint8_t *name = bytes + sizeof note;
        const uint8_t *data = name + name_room;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(name, "GNU", 4) == 0 &&
            note.n_descsz && note.n_descsz <= BUILD_ID_MAX) {
            ret->size = (uint8_t)note.n_descsz;
            memcpy(ret->bytes, data, note.n_descsz);
            return true;
        }
        if (data_room >= left - name_room)
            return false;
        bytes = data + data_room;
        size = (size_t)(left - name_room - data_room);
    }
    return false;
}

// Sections come first: in a separate debug file the segments do not tell where the notes lie.
static void read_build_id(struct image *image)
{
    size_t count = 0;
    const uint8_t *bytes;
    size_t size;

    for (size_t i = 0; i < image->n_sections; i++)
        if (image->sections[i].type == SHT_NOTE &&
            raw_bytes(image, &image->sections[i], &bytes, &size) &&
            find_build_id(bytes, size, &image->build_id))
            return;
    if (elf_getphdrnum(image->elf, &count) < 0)
        return;
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(image->elf, (int)i, &header))
            return;
        if (header.p_type == PT_NOTE && header.p_offset <= image->size &&
            header.p_filesz <= image->size - header.p_offset &&
            find_build_id(image->bytes + header.p_offset, header.p_filesz, &image->build_id))
            return;
    }
}

// Takes over `image`.
static struct lprof_error *open_bytes(struct image *image, uint8_t *bytes, struct image **ret)
{
    image->bytes = bytes;
    elf_version(EV_CURRENT);
    if (image->size)
        image->elf = elf_memory((char *)bytes, image->size);
    struct lprof_error *err = check_header(image);
    if (err) {
        image_close(image);
        return err;
    }
    read_segments(image);
    read_sections(image);
    find_code(image);
    read_build_id(image);
    *ret = image;
    return NULL;
}

struct lprof_error *image_open(const char *path, struct image **ret)
{
    struct file_map map;
    struct lprof_error *err = file_map(path, &map);

    if (err)
        return err;
    struct image *image = mem_alloc(sizeof *image);
    image->path = mem_strdup(path);
    image->map = map;
    image->size = map.size;
    return open_bytes(image, map.bytes, ret);
}

struct lprof_error *image_open_memory(const char *name, const void *bytes, size_t size,
                                      struct image **ret)
{
    struct image *image = mem_alloc(sizeof *image);

    image->path = mem_strdup(name);
    image->copy = mem_dup(bytes, size);
    image->size = size;
    return open_bytes(image, image->copy, ret);
}

void image_close(struct image *image)
{
    if (!image)
        return;
    image_close(image->alt);
    elf_end(image->elf);
    file_unmap(&image->map);
    for (size_t i = 0; i < image->n_sections; i++)
        packed_section_free(&image->sections[i]);
    free(image->copy);
    free(image->sections);
    free(image->segments);
    free(image->code);
    free(image->path);
    free(image);
}

// ".zdebug_info" is ".debug_info" to all that look for it.
static bool has_name(const struct image_section *section, const char *name, size_t length)
{
    if (section->name_length != length)
        return false;
    if (section->is_old_compressed)
        return name[0] == '.' && memcmp(section->name + 2, name + 1, length - 1) == 0;
    return memcmp(section->name, name, length) == 0;
}

struct image_section *image_section(struct image *image, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < image->n_sections; i++) {
        struct image_section *section = &image->sections[i];
        if (section->type != SHT_NOBITS && section->size && section->is_split == image->is_split &&
            has_name(section, name, length))
            return section;
    }
    return NULL;
}

uint64_t image_size(const struct image *image, const struct image_section *section)
{
    const uint8_t *bytes;
    size_t size;

    if (section->is_loaded)
        return section->n_bytes;
    if (!raw_bytes(image, section, &bytes, &size))
        return 0;
    return section->is_compressed ? packed_section_size(section, bytes, size) : size;
}

bool image_load(struct image *image, struct image_section *section)
{
    const uint8_t *bytes;
    size_t size;

    if (section->is_loaded)
        return section->bytes;
    section->is_loaded = true;
    if (!raw_bytes(image, section, &bytes, &size))
        return false;
    if (section->is_compressed)
        return packed_section_unpack(section, bytes, size);
    section->bytes = bytes;
    section->n_bytes = size;
    return true;
}

uint64_t image_code_end(const struct image *image, uint64_t addr)
{
    for (size_t i = 0; i < image->n_code; i++)
        if (addr - image->code[i].addr < image->code[i].size)
            return image->code[i].addr + image->code[i].size;
    return 0;
}

bool image_is_code(const struct image *image, uint64_t addr)
{
    return image_code_end(image, addr) != 0;
}

const char *image_string(struct image *image, const char *name, uint64_t offset)
{
    struct image_section *section = image_section(image, name);

    if (!section || !image_load(image, section) || offset >= section->n_bytes)
        return NULL;
    size_t room = section->n_bytes - offset;
    const char *text = (const char *)section->bytes + offset;
    return strnlen(text, room) < room ? text : NULL;
}
