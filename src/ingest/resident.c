// Pages stand as bits in blocks of 2 MiB, so that a huge page is one block and a process of 1 GiB takes
// 512 of them.
#include "ingest/resident.h"

#include <stdbool.h>
#include <stdlib.h>
#include <uthash.h>

#include "base/mem.h"

enum {
    PAGE_BITS = 12,
    BLOCK_BITS = 21,
    BLOCK_PAGES = 1 << (BLOCK_BITS - PAGE_BITS),
    WORD_BITS = 64,
};

#define PAGE_BYTES (UINT64_C(1) << PAGE_BITS)
#define PAGE_BYTES_MAX (UINT64_C(1) << 30)

struct block {
    uint64_t number; // Address >> BLOCK_BITS.
    uint64_t pages[BLOCK_PAGES / WORD_BITS];
    UT_hash_handle hh;
};

struct resident_process {
    pid_t pid;
    struct block *blocks; // A uthash table.
    uint64_t grown;       // [bytes]
    uint64_t read_size;   // As it was read last ...
    uint64_t read_grown;  // ... when it had grown by so much.
    UT_hash_handle hh;
};

void resident_init(struct resident *resident)
{
    *resident = (struct resident){0};
}

static void free_process(struct resident *resident, struct resident_process *process)
{
    struct block *block;
    struct block *next;

    HASH_ITER(hh, process->blocks, block, next)
    {
        HASH_DEL(process->blocks, block);
        free(block);
    }
    HASH_DEL(resident->processes, process);
    free(process);
}

void resident_deinit(struct resident *resident)
{
    struct resident_process *process;
    struct resident_process *next;

    HASH_ITER(hh, resident->processes, process, next)
    {
        free_process(resident, process);
    }
}

static struct resident_process *find(const struct resident *resident, pid_t pid)
{
    struct resident_process *process;

    HASH_FIND(hh, resident->processes, &pid, sizeof pid, process);
    return process;
}

static struct resident_process *get(struct resident *resident, pid_t pid)
{
    struct resident_process *process = find(resident, pid);

    if (process)
        return process;
    process = mem_alloc(sizeof *process);
    process->pid = pid;
    HASH_ADD(hh, resident->processes, pid, sizeof process->pid, process);
    return process;
}

static struct block *get_block(struct resident_process *process, uint64_t number)
{
    struct block *block;

    HASH_FIND(hh, process->blocks, &number, sizeof number, block);
    if (block)
        return block;
    block = mem_alloc(sizeof *block);
    block->number = number;
    HASH_ADD(hh, process->blocks, number, sizeof block->number, block);
    return block;
}

// Returns whether the page was not there.
static bool set_page(struct block *block, uint64_t page)
{
    uint64_t *word = &block->pages[page % BLOCK_PAGES / WORD_BITS];
    uint64_t bit = UINT64_C(1) << (page % WORD_BITS);
    bool is_new = !(*word & bit);

    *word |= bit;
    return is_new;
}

uint64_t resident_touch(struct resident *resident, pid_t pid, uint64_t addr, uint64_t page_bytes)
{
    struct resident_process *process = get(resident, pid);
    bool sound = page_bytes >= PAGE_BYTES && page_bytes <= PAGE_BYTES_MAX &&
                 (page_bytes & (page_bytes - 1)) == 0;
    uint64_t size = sound ? page_bytes : PAGE_BYTES;
    uint64_t first = (addr & ~(size - 1)) >> PAGE_BITS;
    struct block *block = NULL;
    uint64_t added = 0;

    for (uint64_t page = first; page < first + (size >> PAGE_BITS); page++) {
        uint64_t number = page / BLOCK_PAGES;
        if (!block || block->number != number)
            block = get_block(process, number);
        added += set_page(block, page) ? PAGE_BYTES : 0;
    }
    process->grown += added;
    resident->again_bytes += size - added;
    return added;
}

void resident_read(struct resident *resident, pid_t pid, uint64_t bytes)
{
    struct resident_process *process = get(resident, pid);

    process->read_size = bytes;
    process->read_grown = process->grown;
}

uint64_t resident_size(const struct resident *resident, pid_t pid)
{
    const struct resident_process *process = find(resident, pid);

    return process ? process->read_size + (process->grown - process->read_grown) : 0;
}

void resident_fork(struct resident *resident, pid_t parent, pid_t child)
{
    const struct resident_process *from = find(resident, parent);

    if (parent == child)
        return;
    resident_drop(resident, child);
    if (!from)
        return;
    struct resident_process *to = get(resident, child);
    to->grown = from->grown;
    to->read_size = from->read_size;
    to->read_grown = from->read_grown;
    for (const struct block *block = from->blocks; block; block = block->hh.next) {
        struct block *copy = get_block(to, block->number);
        memcpy(copy->pages, block->pages, sizeof copy->pages);
    }
}

void resident_drop(struct resident *resident, pid_t pid)
{
    struct resident_process *process = find(resident, pid);

    if (process)
        free_process(resident, process);
}
