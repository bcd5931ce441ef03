// The functions of a shared object are replaced by copies in this very process, and run: what they compute
// must be the same, and the counts those of executing them instruction by instruction.
#include <asm/prctl.h>
#include <dlfcn.h>
#include <inttypes.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "module_functions.h"
#include "stepping.h"
#include "support/tally.h"

#define COPY_BACK (64ull << 20)

struct relocation {
    struct tally tally;
    const char *path;
    struct module_functions functions;
    uint64_t bias;
    unsigned long (*run)(void);
    unsigned long expected;
    struct stepping truth;
    enum rewrite_counter_form form;
    size_t most_refused;
    struct rewrite_plan *plan;
    struct rewrite_image image;
    uint64_t *slots;
    size_t callees; // Of calls through pointers.
};

static void load(struct relocation *r)
{
    void *handle = dlopen(r->path, RTLD_NOW | RTLD_LOCAL);
    struct link_map *map = NULL;

    if (!handle || dlinfo(handle, RTLD_DI_LINKMAP, &map)) {
        printf("%s\n", dlerror());
        exit(2);
    }
    r->bias = map->l_addr;
    *(void **)&r->run = dlsym(handle, "shapes_run");
    module_functions_init(&r->functions, r->path, true);
}

// ---- the truth

static void step(struct relocation *r)
{
    size_t n;
    const struct object_segment *segments = object_segments(r->functions.object, &n);
    uint64_t begin = r->bias + segments[0].addr;

    // Bound, opened and initialised: counted runs are all alike.
    r->run();
    unsigned long value = stepping_run(&r->truth, begin, begin + segments[0].size, r->run);
    TALLY(&r->tally, value == r->expected, "stepping changes the result");
}

static uint64_t executed(const struct relocation *r, uint64_t addr)
{
    return r->truth.counts[addr + r->bias - r->truth.begin];
}

// ---- copies

static void write_code(const struct relocation *r, bool original)
{
    for (size_t i = 0; i < r->image.patch_count; i++) {
        const struct rewrite_patch *patch = &r->image.patches[i];
        uint8_t *at = (uint8_t *)(patch->addr + r->bias);
        uint8_t *page = (uint8_t *)((uintptr_t)at & ~(uintptr_t)4095);
        mprotect(page, 8192, PROT_READ | PROT_WRITE | PROT_EXEC);
        memcpy(at, original ? patch->original : patch->bytes, patch->size);
        mprotect(page, 8192, PROT_READ | PROT_EXEC);
    }
}

static void check_originals(struct relocation *r)
{
    for (size_t i = 0; i < r->image.patch_count; i++) {
        const struct rewrite_patch *patch = &r->image.patches[i];
        TALLY(&r->tally,
              memcmp((const void *)(patch->addr + r->bias), patch->original, patch->size) == 0,
              "the original bytes at 0x%" PRIx64 " are others", patch->addr);
    }
}

static void *map_near(struct relocation *r, size_t size)
{
    void *hint = (void *)((r->bias - COPY_BACK) & ~4095ull);
    void *got =
        mmap(hint, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    TALLY(&r->tally, got != MAP_FAILED, "no memory for the copies");
    return got;
}

static void emit(struct relocation *r)
{
    r->plan = rewrite_plan_create(r->functions.inputs, r->functions.count, r->form);
    size_t code_size = (rewrite_plan_size(r->plan) + 4095) & ~4095ull;
    size_t slots_size = (rewrite_plan_slots(r->plan) * 8 + 4096) & ~4095ull;
    uint8_t *memory = map_near(r, code_size + slots_size);
    uint64_t addr = (uint64_t)memory;

    r->slots = (uint64_t *)(memory + code_size);
    uint64_t counters = addr + code_size - r->bias;
    if (r->form == REWRITE_COUNTER_GS) {
        counters = 64;
        syscall(SYS_arch_prctl, ARCH_SET_GS, (uint64_t)r->slots - counters);
    }
    rewrite_plan_emit(r->plan, addr - r->bias, counters, &r->image);
    memcpy(memory, r->image.bytes, r->image.size);
}

// ---- counts

static uint64_t sum_of(const struct rewrite_count *counts, size_t n, uint64_t addr)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        if (counts[i].kind == REWRITE_COUNT_EDGE && counts[i].addr == addr)
            sum += counts[i].count;
    return sum;
}

// All indirect jumps of a function count as one.
static uint64_t true_edge(const struct relocation *r, const struct flow *flow, uint32_t edge)
{
    const struct flow_edge *way = &flow->edges[edge];
    uint64_t to = flow_block_addr(flow, flow->graph.edges[edge].to) + r->bias;
    uint64_t sum = 0;

    if (way->kind != FLOW_EDGE_LABEL)
        return stepping_edge(flow->insns[way->insn].insn.addr + r->bias, to);
    for (uint32_t i = 0; i < flow->graph.edge_count; i++)
        if (flow->edges[i].kind == FLOW_EDGE_TO_HUB && flow->edges[i].insn != FLOW_NONE)
            sum += stepping_edge(flow->insns[flow->edges[i].insn].insn.addr + r->bias, to);
    return sum;
}

// What comes to a place, less what came by steps within the function.
static uint64_t true_rest(const struct relocation *r, const struct flow *flow, uint64_t addr)
{
    uint64_t rest = executed(r, addr);

    for (uint32_t i = 0; i < flow->insn_count; i++) {
        const struct insn *insn = &flow->insns[i].insn;
        if (insn->kind != INSN_CALL)
            rest -= stepping_edge(insn->addr + r->bias, addr + r->bias);
    }
    return rest;
}

static void check_edges(struct relocation *r, size_t function, const struct rewrite_count *counts,
                        size_t n)
{
    const struct rewrite_function *input = &r->functions.inputs[function];
    const struct flow *flow = input->flow;

    for (uint32_t i = 0; i < input->points->edge_count; i++) {
        const struct flow_edge *way = &flow->edges[input->points->edges[i]];
        uint64_t addr = flow_block_addr(flow, flow->graph.edges[input->points->edges[i]].to);
        bool seen = way->kind == FLOW_EDGE_LABEL ||
                    (way->insn != FLOW_NONE && way->kind != FLOW_EDGE_LANDING &&
                     flow->insns[way->insn].insn.kind != INSN_CALL);
        uint64_t truth =
            seen ? true_edge(r, flow, input->points->edges[i]) : true_rest(r, flow, addr);
        uint64_t told = executed(r, addr) - sum_of(counts, n, addr);
        for (size_t k = 0; k < n && seen; k++)
            if (counts[k].kind == REWRITE_COUNT_EDGE && counts[k].addr == addr &&
                (way->kind == FLOW_EDGE_LABEL ||
                 counts[k].from == flow->insns[way->insn].insn.addr))
                told = counts[k].count;
        TALLY(&r->tally, told == truth,
              "%s: %" PRIu64 " ways of kind %d to 0x%" PRIx64 ", not %" PRIu64,
              r->functions.items[function].name, told, (int)way->kind, addr, truth);
    }
}

// The instruction whose last byte this is.
static uint32_t insn_of(const struct flow *flow, uint64_t last_byte)
{
    uint32_t i = 0;

    while (i < flow->insn_count &&
           flow->insns[i].insn.addr + flow->insns[i].insn.size - 1 != last_byte)
        i++;
    return i;
}

// A call behind another one of its part is taken to be made whenever that one is.
static void check_call(struct relocation *r, size_t function, const struct rewrite_count *count)
{
    const struct rewrite_function *input = &r->functions.inputs[function];
    const struct flow *flow = input->flow;
    uint32_t call = insn_of(flow, count->from);
    uint32_t first = input->points->parts[counter_points_part_of(input->points, flow, call)].first;
    uint64_t truth = executed(r, flow->insns[call].insn.addr);
    bool behind = false;

    for (uint32_t i = first; i < call; i++)
        behind |= flow->insns[i].insn.kind == INSN_CALL;
    TALLY(&r->tally, count->count == truth || (behind && count->count > truth),
          "%s: the call at 0x%" PRIx64 " was counted %" PRIu64 " times, not %" PRIu64,
          r->functions.items[function].name, count->from, count->count, truth);
}

static void check_callees(struct relocation *r, size_t function)
{
    const struct flow *flow = r->functions.inputs[function].flow;
    struct rewrite_callee *callees;
    size_t n = rewrite_callees(r->plan, function, r->slots, &callees);

    for (size_t i = 0; i < n; i++) {
        uint64_t call = flow->insns[insn_of(flow, callees[i].from)].insn.addr + r->bias;
        if (callees[i].target < r->truth.begin || callees[i].target >= r->truth.end)
            continue; // The steps of other modules are not looked at.
        uint64_t truth = stepping_edge(call, callees[i].target);
        TALLY(&r->tally, callees[i].count == truth,
              "%s: %" PRIu64 " calls of 0x%" PRIx64 " by 0x%" PRIx64 ", not %" PRIu64,
              r->functions.items[function].name, callees[i].count, callees[i].target,
              callees[i].from, truth);
    }
    r->callees += n;
    free(callees);
}

static void check_counts(struct relocation *r, size_t function)
{
    const char *name = r->functions.items[function].name;
    struct rewrite_count *counts;
    size_t n = rewrite_counts(r->plan, function, r->slots, &counts);

    for (size_t i = 0; i < n; i++) {
        uint64_t truth = executed(r, counts[i].addr);
        if (counts[i].kind == REWRITE_COUNT_EDGE)
            continue;
        if (counts[i].kind == REWRITE_COUNT_CALL) {
            check_call(r, function, &counts[i]);
            continue;
        }
        if (counts[i].kind == REWRITE_COUNT_ENTRIES)
            truth = true_rest(r, r->functions.inputs[function].flow, counts[i].addr);
        TALLY(&r->tally, counts[i].count == truth,
              "%s: 0x%" PRIx64 " was counted %" PRIu64 " times (%d), not %" PRIu64, name,
              counts[i].addr, counts[i].count, (int)counts[i].kind, truth);
    }
    check_edges(r, function, counts, n);
    check_callees(r, function);
    free(counts);
}

static void check_places(struct relocation *r)
{
    uint32_t last = 0;

    for (size_t i = 0; i < r->image.place_count; i++) {
        TALLY(&r->tally, i == 0 || r->image.places[i].offset > last, "places are out of order");
        last = r->image.places[i].offset;
        TALLY(&r->tally, rewrite_image_place(&r->image, last) == &r->image.places[i],
              "the place at %u is not found", last);
    }
}

static size_t print_refused(const struct relocation *r)
{
    size_t refused = 0;

    for (size_t i = 0; i < r->functions.count; i++) {
        const char *reason = rewrite_plan_refusal(r->plan, i);
        if (reason)
            printf("refused %s: %s\n", r->functions.items[i].name, reason);
        refused += reason ? 1 : 0;
    }
    return refused;
}

static void check_form(struct relocation *r, enum rewrite_counter_form form)
{
    r->form = form;
    r->callees = 0;
    emit(r);
    check_originals(r);
    check_places(r);
    size_t refused = print_refused(r);
    write_code(r, false);
    TALLY(&r->tally, r->run() == r->expected, "the copies compute something else");
    for (size_t i = 0; i < r->functions.count; i++)
        check_counts(r, i);
    for (int i = 0; i < 20; i++)
        TALLY(&r->tally, r->run() == r->expected, "the copies compute something else");
    write_code(r, true);
    memset(r->slots, 0, rewrite_plan_slots(r->plan) * 8);
    TALLY(&r->tally, r->run() == r->expected, "the originals do not work any more");
    for (size_t i = 0; i < rewrite_plan_slots(r->plan); i++)
        TALLY(&r->tally, r->slots[i] == 0, "the originals still count");
    printf("%zu functions, %zu refused, %zu bytes, %zu slots, %zu patches, %zu callees\n",
           r->functions.count, refused, rewrite_plan_size(r->plan), rewrite_plan_slots(r->plan),
           r->image.patch_count, r->callees);
    bool has_tables = form == REWRITE_COUNTER_GS && strstr(r->path, "shapes");
    TALLY(&r->tally, !has_tables || r->callees >= 14, "only %zu callees are told", r->callees);
    TALLY(&r->tally, refused <= r->most_refused, "%zu functions are refused", refused);
    rewrite_image_deinit(&r->image);
    rewrite_plan_destroy(r->plan);
}

int main(int argc, char **argv)
{
    struct relocation r = {.path = argv[1]};

    if (argc != 3)
        return 2;
    r.most_refused = strtoul(argv[2], NULL, 10);
    setvbuf(stdout, NULL, _IOLBF, 0);
    load(&r);
    r.expected = r.run();
    step(&r);
    TALLY(&r.tally, r.functions.unsure == 0, "the flow of %zu functions is not sure",
          r.functions.unsure);
    check_form(&r, REWRITE_COUNTER_RIP);
    check_form(&r, REWRITE_COUNTER_GS);
    stepping_deinit(&r.truth);
    module_functions_deinit(&r.functions);
    return tally_result(&r.tally);
}
