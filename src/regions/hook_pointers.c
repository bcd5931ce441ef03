// The pointers lie in a section of their own, of which a running program knows nothing: it is looked up in
// the file. What does not look like an ELF file of this machine is passed over.
#include "regions/hook_pointers.h"

#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event/region_wire.h"

struct file {
    const uint8_t *bytes;
    size_t size;
};

static const void *at(const struct file *file, uint64_t offset, uint64_t size)
{
    return offset <= file->size && size <= file->size - offset ? file->bytes + offset : NULL;
}

static const ElfW(Shdr) * sections(const struct file *file, uint16_t *count_ret)
{
    const ElfW(Ehdr) *header = at(file, 0, sizeof *header);

    if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_shentsize != sizeof(ElfW(Shdr)))
        return NULL;
    *count_ret = header->e_shnum;
    return at(file, header->e_shoff, (uint64_t)header->e_shnum * sizeof(ElfW(Shdr)));
}

// The section of the hooks, or NULL.
static const ElfW(Shdr) * find_section(const struct file *file)
{
    const ElfW(Ehdr) *header = (const void *)file->bytes;
    uint16_t count = 0;
    const ElfW(Shdr) *all = sections(file, &count);
    const size_t size = sizeof REGION_WIRE_SECTION;

    if (!all || header->e_shstrndx >= count)
        return NULL;
    const ElfW(Shdr) *names = &all[header->e_shstrndx];
    for (uint16_t i = 0; i < count; i++) {
        const char *name = all[i].sh_name <= names->sh_size
                               ? at(file, names->sh_offset + all[i].sh_name, size)
                               : NULL;
        if (name && memcmp(name, REGION_WIRE_SECTION, size) == 0 && (all[i].sh_flags & SHF_ALLOC))
            return &all[i];
    }
    return NULL;
}

// Whether the module has so much memory there that may be written to.
static int is_writable(const struct dl_phdr_info *info, uint64_t addr, uint64_t size)
{
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_W) && addr >= segment->p_vaddr &&
            addr - segment->p_vaddr <= segment->p_memsz &&
            size <= segment->p_memsz - (addr - segment->p_vaddr))
            return 1;
    }
    return 0;
}

static void hook_file(const struct dl_phdr_info *info, const struct file *file,
                      const struct lprof_hooks *hooks)
{
    const ElfW(Shdr) *section = find_section(file);

    if (!section || !is_writable(info, section->sh_addr, section->sh_size))
        return;
    uint8_t *pointers = (uint8_t *)(uintptr_t)(info->dlpi_addr + section->sh_addr);
    for (uint64_t i = 0; i + sizeof hooks <= section->sh_size; i += sizeof hooks)
        memcpy(pointers + i, &hooks, sizeof hooks);
}

static int hook_module(struct dl_phdr_info *info, size_t size, void *context)
{
    const char *path = info->dlpi_name && *info->dlpi_name ? info->dlpi_name : "/proc/self/exe";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;

    (void)size;
    if (fd < 0)
        return 0;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
        size_t bytes = (size_t)st.st_size;
        void *map = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
        if (map != MAP_FAILED) {
            hook_file(info, &(struct file){map, bytes}, context);
            munmap(map, bytes);
        }
    }
    close(fd);
    return 0;
}

void hook_pointers_set(const struct lprof_hooks *hooks)
{
    dl_iterate_phdr(hook_module, (void *)(uintptr_t)hooks);
}
