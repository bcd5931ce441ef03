// Each time that the heap is larger than ever, all sites would have to keep what they have. Instead the
// times are numbered, and a site that is about to change keeps what it has if the highest number is newer
// than its own: it has not changed since.
#include "ingest/heap.h"

#include <math.h>
#include <stdlib.h>
#include <uthash.h>

#include "base/mem.h"
#include "profile/builder.h"

struct heap_site {
    struct {
        uint32_t stack;
        uint32_t task;
    } key;
    double count;
    double allocated; // [bytes]
    double freed;
    double live;    // In processes that run.
    double at_peak; // What was live at the time numbered ...
    uint64_t peak;  // ... this.
    UT_hash_handle hh;
};

struct piece {
    uint64_t addr;
    struct heap_site *site;
    double bytes;
    UT_hash_handle hh;
};

struct heap_process {
    pid_t pid;
    struct piece *pieces; // A uthash table.
    UT_hash_handle hh;
};

void heap_init(struct heap *heap)
{
    *heap = (struct heap){0};
}

static void free_process(struct heap *heap, struct heap_process *process)
{
    struct piece *piece;
    struct piece *next;

    HASH_ITER(hh, process->pieces, piece, next)
    {
        HASH_DEL(process->pieces, piece);
        free(piece);
    }
    HASH_DEL(heap->processes, process);
    free(process);
}

void heap_deinit(struct heap *heap)
{
    struct heap_process *process;
    struct heap_process *next_process;
    struct heap_site *site;
    struct heap_site *next_site;

    HASH_ITER(hh, heap->processes, process, next_process)
    {
        free_process(heap, process);
    }
    HASH_ITER(hh, heap->sites, site, next_site)
    {
        HASH_DEL(heap->sites, site);
        free(site);
    }
}

static struct heap_process *find_process(const struct heap *heap, pid_t pid)
{
    struct heap_process *process;

    HASH_FIND(hh, heap->processes, &pid, sizeof pid, process);
    return process;
}

static struct heap_process *get_process(struct heap *heap, pid_t pid)
{
    struct heap_process *process = find_process(heap, pid);

    if (process)
        return process;
    process = mem_alloc(sizeof *process);
    process->pid = pid;
    HASH_ADD(hh, heap->processes, pid, sizeof process->pid, process);
    return process;
}

static struct heap_site *get_site(struct heap *heap, uint32_t stack, uint32_t task)
{
    struct heap_site wanted = {.key = {stack, task}};
    struct heap_site *site;

    HASH_FIND(hh, heap->sites, &wanted.key, sizeof wanted.key, site);
    if (site)
        return site;
    site = mem_dup(&wanted, sizeof wanted);
    HASH_ADD(hh, heap->sites, key, sizeof site->key, site);
    return site;
}

static void change(struct heap *heap, struct heap_site *site, double bytes)
{
    if (site->peak < heap->peak) {
        site->at_peak = site->live;
        site->peak = heap->peak;
    }
    site->live += bytes;
    heap->live += bytes;
    if (heap->live > heap->most) {
        heap->most = heap->live;
        heap->peak++;
    }
}

static void take_piece(struct heap *heap, struct heap_process *process, struct piece *piece)
{
    piece->site->freed += piece->bytes;
    change(heap, piece->site, -piece->bytes);
    HASH_DEL(process->pieces, piece);
    free(piece);
}

static struct piece *find_piece(const struct heap_process *process, uint64_t addr)
{
    struct piece *piece = NULL;

    if (process)
        HASH_FIND(hh, process->pieces, &addr, sizeof addr, piece);
    return piece;
}

void heap_add(struct heap *heap, const struct heap_alloc *alloc)
{
    struct heap_process *process = get_process(heap, alloc->pid);
    struct piece *old = find_piece(process, alloc->addr);

    if (old)
        take_piece(heap, process, old);
    struct heap_site *site = get_site(heap, alloc->stack, alloc->task);
    struct piece *piece = mem_alloc(sizeof *piece);
    *piece = (struct piece){.addr = alloc->addr, .site = site, .bytes = alloc->bytes};
    HASH_ADD(hh, process->pieces, addr, sizeof piece->addr, piece);
    site->count += alloc->count;
    site->allocated += alloc->bytes;
    change(heap, site, alloc->bytes);
    heap->any = true;
}

void heap_free(struct heap *heap, pid_t pid, uint64_t addr)
{
    struct heap_process *process = find_process(heap, pid);
    struct piece *piece = find_piece(process, addr);

    if (piece)
        take_piece(heap, process, piece);
    else
        heap->unknown_frees++;
}

void heap_drop(struct heap *heap, pid_t pid)
{
    struct heap_process *process = find_process(heap, pid);

    if (!process)
        return;
    for (const struct piece *piece = process->pieces; piece; piece = piece->hh.next)
        change(heap, piece->site, -piece->bytes);
    free_process(heap, process);
}

void heap_finish(struct heap *heap, struct profile *profile)
{
    for (const struct heap_site *site = heap->sites; site; site = site->hh.next) {
        double at_peak = site->peak < heap->peak ? site->live : site->at_peak;
        int64_t allocated = llround(site->allocated);
        int64_t freed = llround(site->freed);
        builder_sample(profile, site->key.stack, site->key.task,
                       (const int64_t[PROFILE_VALUES]){
                           [PROFILE_ALLOCS] = llround(site->count),
                           [PROFILE_ALLOC_BYTES] = allocated,
                           [PROFILE_FREED_BYTES] = freed < allocated ? freed : allocated,
                           [PROFILE_PEAK_BYTES] = at_peak > 0 ? llround(at_peak) : 0,
                       });
    }
}
