#include "target/step_count.h"

// Modules are numbered in the upper bits of a place; no file address of a user's program is that high.
#define PLACE_SHIFT 48

uint64_t step_count_place(const struct step_area *area, uint64_t run_addr)
{
    uint64_t addr = (run_addr - area->bias) & ((UINT64_C(1) << PLACE_SHIFT) - 1);

    return (uint64_t)area->plan->number << PLACE_SHIFT | addr;
}

uint32_t step_count_module(uint64_t place)
{
    return (uint32_t)(place >> PLACE_SHIFT);
}

uint64_t step_count_addr(uint64_t place)
{
    return place & ((UINT64_C(1) << PLACE_SHIFT) - 1);
}

static enum step_kind kind_of(const struct insn *insn, const uint8_t *bytes)
{
    switch (insn->kind) {
    case INSN_CALL:
        return STEP_CALL;
    case INSN_RETURN:
        return STEP_RETURN;
    case INSN_SYSCALL:
        return STEP_SYSCALL;
    case INSN_PLAIN:
    case INSN_JUMP:
    case INSN_BRANCH:
    case INSN_STOP:
        break;
    }
    for (uint8_t i = 0; i < insn->size; i++) {
        uint8_t byte = bytes[i];
        bool is_string = (byte >= 0xa4 && byte <= 0xa7) || (byte >= 0xaa && byte <= 0xaf) ||
                         (byte >= 0x6c && byte <= 0x6f);
        if (byte == 0x9c)
            return STEP_PUSH_FLAGS;
        if (i && is_string &&
            (bytes[0] == 0xf2 || bytes[0] == 0xf3 || bytes[1] == 0xf2 || bytes[1] == 0xf3))
            return STEP_REPEATED;
        bool is_prefix =
            byte == 0xf2 || byte == 0xf3 || byte == 0x66 || byte == 0x67 || (byte & 0xf0) == 0x40;
        if (!is_prefix)
            break;
    }
    return STEP_PLAIN;
}

struct step_cell *step_count_cell(struct step_count *count, struct step_task *task)
{
    const struct step_area *area = step_memory_area(task->memory, task->pc);
    uint64_t addr = task->pc - area->bias;
    struct step_cell *cell = step_plan_cell(area->plan, step_plan_find(area->plan, addr), addr);
    uint8_t bytes[16] = {0};
    struct insn insn;

    if (cell->size)
        return cell;
    size_t n = step_memory_read(task->memory, task->pc, bytes, sizeof bytes);
    cell->size = 1;
    if (insn_decode(count->decoder, bytes, n, addr, &insn)) {
        cell->size = insn.size;
        cell->kind = (uint8_t)kind_of(&insn, bytes);
    }
    return cell;
}

static const struct step_part *part_at(const struct step_area *area, uint64_t pc)
{
    return area ? step_plan_find(area->plan, pc - area->bias) : NULL;
}

static void enter(struct step_count *count, struct step_task *task, const struct step_area *area,
                  uint32_t index)
{
    struct step_function *function = &area->plan->functions[index];
    struct step_call call = {
        .plan = area->plan, .function = index, .sp = task->sp, .outer = task->chain};

    step_memory_read(task->memory, task->sp, &call.back, sizeof call.back);
    function->calls++;
    if (step_task_enter(task, &call))
        function->primitive++;
    const struct step_area *caller = step_memory_area(task->memory, call.back - 1);
    if (caller)
        step_edges_add(&count->calls, step_count_place(caller, call.back - 1),
                       step_count_place(area, task->pc), 1);
}

// ---- times

// What is left of a time without what a stop costs, as far as that is known.
static uint64_t net_ns(const struct step_count *count, uint64_t ns)
{
    return ns > count->least_ns ? ns - count->least_ns : 0;
}

// The chain in which a task goes on that executed an instruction of a counted function.
static void time_step(struct step_count *count, struct step_task *task,
                      const struct step_area *area, const struct step_cell *cell)
{
    uint32_t outer = step_task_outer(task);
    uint64_t site = step_count_place(area, task->pc + cell->size - 1u);
    uint64_t ns = task->elapsed_ns;

    task->elapsed_ns = 0;
    task->chain = outer;
    if (cell->kind == STEP_CALL)
        task->chain = step_times_enter(&count->times, outer, site);
    else if (cell->kind == STEP_SYSCALL)
        step_times_add(&count->times, step_times_enter(&count->times, outer, site),
                       net_ns(count, ns));
    else if (ns && (!count->least_ns || ns < count->least_ns))
        count->least_ns = ns;
}

// A task was led away from a counted function by no call: by a signal.
static void time_interruption(struct step_task *task)
{
    task->chain = step_task_outer(task);
    task->left_calls = task->n_calls;
    task->elapsed_ns = 0;
}

// A task that ran freely is back. Where the calls were left in which it did, its time is nobody's.
static void time_arrival(struct step_count *count, struct step_task *task, uint64_t sp)
{
    step_task_unwind(task, sp);
    if (task->n_calls >= task->left_calls)
        step_times_add(&count->times, task->chain, net_ns(count, task->elapsed_ns));
    else
        task->chain = step_task_outer(task);
    task->elapsed_ns = 0;
}

static void settle(struct step_task *task, uint64_t pc, uint64_t sp, bool stepping)
{
    task->pc = pc;
    task->sp = sp;
    task->stepping = stepping;
}

void step_count_executed(struct step_count *count, struct step_task *task, uint64_t pc, uint64_t sp)
{
    struct step_cell *cell = step_count_cell(count, task);
    const struct step_area *from_area = step_memory_area(task->memory, task->pc);
    const struct step_area *area = step_memory_area(task->memory, pc);
    const struct step_part *from = part_at(from_area, task->pc);
    const struct step_part *to = part_at(area, pc);
    uint64_t from_addr = task->pc - from_area->bias;
    uint64_t behind = task->pc + cell->size;
    bool same = to && area->plan == from_area->plan && to->function == from->function;

    // A jump to another function takes the place of this one.
    bool leaves = cell->kind == STEP_RETURN || (!same && cell->kind != STEP_CALL);

    cell->count++;
    count->steps++;
    time_step(count, task, from_area, cell);
    if (leaves)
        step_task_leave(task, task->sp);
    else if (same && cell->kind != STEP_CALL)
        step_plan_count_edge(area->plan, from_addr, pc - area->bias);
    task->left_calls = task->n_calls;
    // Where it comes back to. A place in another thread's way costs time, never counts.
    if (cell->kind == STEP_CALL && pc != behind)
        step_memory_place(task->memory, behind);
    settle(task, pc, sp, to != NULL);
    if (to && pc - area->bias == area->plan->functions[to->function].entry &&
        (!same || cell->kind == STEP_CALL))
        enter(count, task, area, to->function);
}

void step_count_begun(struct step_count *count, const struct step_task *task)
{
    const struct step_area *area = step_memory_area(task->memory, task->pc);
    const struct step_part *part = part_at(area, task->pc);

    if (!part)
        return;
    step_plan_cell(area->plan, part, task->pc - area->bias)->count++;
    count->steps++;
}

void step_count_arrived(struct step_count *count, struct step_task *task, uint64_t pc, uint64_t sp)
{
    const struct step_area *area = step_memory_area(task->memory, pc);
    const struct step_part *to = part_at(area, pc);

    if (task->stepping)
        time_interruption(task);
    else if (to)
        time_arrival(count, task, sp);
    settle(task, pc, sp, to != NULL);
    if (to && pc - area->bias == area->plan->functions[to->function].entry)
        enter(count, task, area, to->function);
}
