// Each time that the heap is larger than ever, all sites would have to keep what they have. Instead the
// times are numbered, and a site that is about to change keeps what it has if the highest number is newer
// than its own: it has not changed since.
#include "ingest/heap.h"

#include <math.h>
#include <stdlib.h>
#include <uthash.h>

#include "base/mem.h"
#include "ingest/heap_pieces.h"
#include "ingest/heap_ranges.h"
#include "profile/builder.h"

struct heap_site {
    struct {
        uint32_t stack;
        uint32_t task;
        uint32_t region;
    } key;
    double count;
    double frees;
    double temporary; // Of those.
    double allocated; // [bytes]
    double freed;
    double variance;      // Of `allocated`.
    double live_variance; // Of what nobody freed of it.
    double live;          // In processes that run [bytes].
    double at_peak;       // What was live at the time numbered ...
    uint64_t peak;        // ... this.
    UT_hash_handle hh;
};

struct heap_process {
    pid_t pid;
    struct heap_pieces pieces;
    struct heap_ranges ranges;
    UT_hash_handle hh;
};

void heap_init(struct heap *heap)
{
    *heap = (struct heap){0};
}

static void free_process(struct heap *heap, struct heap_process *process)
{
    heap_pieces_deinit(&process->pieces);
    heap_ranges_deinit(&process->ranges);
    HASH_DEL(heap->processes, process);
    if (heap->last == process)
        heap->last = NULL;
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

static struct heap_process *find_process(struct heap *heap, pid_t pid)
{
    struct heap_process *process = heap->last;

    if (process && process->pid == pid)
        return process;
    HASH_FIND(hh, heap->processes, &pid, sizeof pid, process);
    if (process)
        heap->last = process;
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

static struct heap_site *get_site(struct heap *heap, const struct heap_alloc *alloc)
{
    struct heap_site wanted = {.key = {alloc->stack, alloc->task, alloc->region}};
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

// A piece that is taken with probability p and stands for 1 / p of its kind: its bytes^2 (1 - p).
static double variance_of(double bytes, double count)
{
    return count > 1 ? bytes * bytes * (1 - 1 / count) : 0;
}

static void was_freed(struct heap *heap, const struct heap_piece *piece)
{
    piece->site->freed += piece->bytes;
    piece->site->frees += piece->count;
    piece->site->live_variance -= variance_of(piece->bytes, piece->count);
    change(heap, piece->site, -piece->bytes);
}

static void add_piece(struct heap *heap, struct heap_process *process, struct heap_site *site,
                      const struct heap_alloc *alloc)
{
    struct heap_piece old;

    if (heap_pieces_take(&process->pieces, alloc->addr, &old))
        was_freed(heap, &old);
    heap_pieces_put(&process->pieces, &(struct heap_piece){.addr = alloc->addr,
                                                           .site = site,
                                                           .bytes = alloc->bytes,
                                                           .count = alloc->count});
}

static void take_ranges(struct heap *heap, struct heap_process *process, uint64_t start,
                        uint64_t end)
{
    struct heap_range part;

    while (heap_ranges_take(&process->ranges, start, end, &part))
        was_freed(heap, &(struct heap_piece){.site = part.site,
                                             .bytes = (double)(part.end - part.start),
                                             .count = part.count});
}

static uint64_t end_of(uint64_t addr, uint64_t bytes)
{
    return addr + bytes < addr ? UINT64_MAX : addr + bytes;
}

static void add_range(struct heap *heap, struct heap_process *process, struct heap_site *site,
                      const struct heap_alloc *alloc)
{
    uint64_t end = end_of(alloc->addr, (uint64_t)alloc->bytes);

    take_ranges(heap, process, alloc->addr, end);
    heap_ranges_put(&process->ranges, &(struct heap_range){alloc->addr, end, site, 1});
}

static void add_rounds(struct heap *heap, struct heap_site *site, const struct heap_alloc *alloc)
{
    double bytes = alloc->rounds * alloc->bytes;

    if (alloc->rounds <= 0)
        return;
    site->count += alloc->rounds;
    site->frees += alloc->rounds;
    site->temporary += alloc->rounds;
    site->allocated += bytes;
    site->freed += bytes;
    change(heap, site, alloc->bytes);
    change(heap, site, -alloc->bytes);
}

void heap_add(struct heap *heap, const struct heap_alloc *alloc)
{
    struct heap_process *process = get_process(heap, alloc->pid);
    struct heap_site *site = get_site(heap, alloc);

    heap->any = true;
    add_rounds(heap, site, alloc);
    if (alloc->gone)
        return;
    if (alloc->mapped)
        add_range(heap, process, site, alloc);
    else
        add_piece(heap, process, site, alloc);
    site->count += alloc->count;
    site->allocated += alloc->bytes;
    site->variance += variance_of(alloc->bytes, alloc->count);
    site->live_variance += variance_of(alloc->bytes, alloc->count);
    change(heap, site, alloc->bytes);
}

void heap_free(struct heap *heap, pid_t pid, uint64_t addr, bool temporary)
{
    struct heap_process *process = find_process(heap, pid);
    struct heap_piece piece;

    if (!process || !heap_pieces_take(&process->pieces, addr, &piece)) {
        heap->unknown_frees++;
        return;
    }
    was_freed(heap, &piece);
    if (temporary)
        piece.site->temporary += piece.count;
}

void heap_unmap(struct heap *heap, pid_t pid, uint64_t addr, uint64_t bytes)
{
    struct heap_process *process = find_process(heap, pid);

    if (process)
        take_ranges(heap, process, addr, end_of(addr, bytes));
}

void heap_drop(struct heap *heap, pid_t pid)
{
    struct heap_process *process = find_process(heap, pid);

    if (!process)
        return;
    for (size_t i = 0; i < process->pieces.size; i++) {
        const struct heap_piece *piece = &process->pieces.slots[i];
        if (piece->site)
            change(heap, piece->site, -piece->bytes);
    }
    for (size_t i = 0; i < process->ranges.n; i++) {
        const struct heap_range *range = &process->ranges.ranges[i];
        change(heap, range->site, -(double)(range->end - range->start));
    }
    free_process(heap, process);
}

static int64_t bounded(double value)
{
    const double most = 4e18;

    return value > 0 ? llround(value < most ? value : most) : 0;
}

void heap_finish(struct heap *heap, struct profile *profile)
{
    for (const struct heap_site *site = heap->sites; site; site = site->hh.next) {
        double at_peak = site->peak < heap->peak ? site->live : site->at_peak;
        int64_t count = llround(site->count);
        int64_t frees = llround(site->frees);
        int64_t allocated = llround(site->allocated);
        int64_t freed = llround(site->freed);
        builder_sample_in(profile, site->key.stack, site->key.task, site->key.region,
                          (const int64_t[PROFILE_VALUES]){
                              [PROFILE_ALLOCS] = count,
                              [PROFILE_ALLOC_BYTES] = allocated,
                              [PROFILE_FREED_BYTES] = freed < allocated ? freed : allocated,
                              [PROFILE_PEAK_BYTES] = at_peak > 0 ? llround(at_peak) : 0,
                              [PROFILE_FREES] = frees < count ? frees : count,
                              [PROFILE_TEMPORARY] = llround(site->temporary),
                              [PROFILE_ALLOC_VARIANCE] = bounded(site->variance),
                              [PROFILE_LIVE_VARIANCE] = bounded(site->live_variance),
                          });
    }
}
