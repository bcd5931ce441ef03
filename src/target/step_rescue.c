#include "target/step_rescue.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

// Memory is taken only as breakpoints come.
#define ENTRIES_MOST (1u << 20)

struct entry {
    uint64_t addr; // Of a free one: the number of the next free one.
    pid_t pid;     // 0 = free.
    uint8_t original;
};

struct step_rescue {
    uint32_t n;    // Entries that were ever used.
    uint32_t free; // Number of the first free one of these; 0 = none.
    struct entry entries[ENTRIES_MOST];
};

struct step_rescue *step_rescue_create(void)
{
    void *memory = mmap(NULL, sizeof(struct step_rescue), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

void step_rescue_destroy(struct step_rescue *rescue)
{
    if (rescue)
        munmap(rescue, sizeof *rescue);
}

uint32_t step_rescue_add(struct step_rescue *rescue, pid_t pid, uint64_t addr, uint8_t original)
{
    uint32_t number;

    if (!rescue || (!rescue->free && rescue->n == ENTRIES_MOST))
        return 0;
    if (rescue->free) {
        number = rescue->free;
        rescue->free = (uint32_t)rescue->entries[number - 1].addr;
    } else {
        number = ++rescue->n;
    }
    // The process comes last: half an entry is a free one.
    rescue->entries[number - 1].addr = addr;
    rescue->entries[number - 1].original = original;
    __atomic_store_n(&rescue->entries[number - 1].pid, pid, __ATOMIC_RELEASE);
    return number;
}

void step_rescue_remove(struct step_rescue *rescue, uint32_t number)
{
    if (!rescue || !number)
        return;
    __atomic_store_n(&rescue->entries[number - 1].pid, 0, __ATOMIC_RELEASE);
    rescue->entries[number - 1].addr = rescue->free;
    rescue->free = number;
}

// The bytes may be gone with the program that they were in.
static bool restore(int memory, const struct entry *entry)
{
    uint8_t byte;

    return pread(memory, &byte, 1, (off_t)entry->addr) == 1 && byte == STEP_INT3 &&
           pwrite(memory, &entry->original, 1, (off_t)entry->addr) == 1;
}

size_t step_rescue_restore(const struct step_rescue *rescue)
{
    pid_t pid = 0;
    int memory = -1;
    size_t n = 0;

    for (uint32_t i = 0; rescue && i < rescue->n && i < ENTRIES_MOST; i++) {
        const struct entry *entry = &rescue->entries[i];
        if (!entry->pid)
            continue;
        if (entry->pid != pid) {
            CLEANUP(cleanup_free) char *path = mem_printf("/proc/%d/mem", entry->pid);
            if (memory >= 0)
                close(memory);
            memory = open(path, O_RDWR | O_CLOEXEC);
            pid = entry->pid;
        }
        n += memory >= 0 && restore(memory, entry);
    }
    if (memory >= 0)
        close(memory);
    return n;
}
