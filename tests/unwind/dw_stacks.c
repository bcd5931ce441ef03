// The oracle of the unwinder: walks the stacks of a recorded event stream with elfutils' libdw.
//
//     dw_stacks [--time] EVENTS
//
// prints, for each user-mode sample with a stack, a line "TIME TID END ADDR ADDR ...": END is complete
// or cut, addresses are those of the frames, return addresses as they are; with --time what our_stacks.c
// prints with it. Shares nothing with lprof's
// own walk but the reading of the text. A program of its own: libdw and libdwarf cannot be in one.
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "event/event_text.h"
#include "unwind/stopwatch.h"

enum { MAPS_MAX = 4096, DWARF_REGISTERS = 17, REPEATS = 20 };

struct map {
    pid_t pid;
    uint64_t start;
    uint64_t size;
    uint64_t file_offset;
    char path[512];
};

/** All that the callbacks need. */
struct walker {
    struct map maps[MAPS_MAX];
    size_t n_maps;
    Dwfl *dwfl; ///< For the maps of `pid`; NULL = to be made.
    pid_t pid;
    const struct event *event;
    uint64_t addrs[1024];
    size_t n_addrs;
    bool timed;
    double first_seconds; ///< Of the first walk of each stack, opening the modules included.
    double again_seconds; ///< Of the repeated walks.
    size_t frames;        ///< Of the first walks.
};

// DWARF's numbering of registers in event.h's names.
static const uint8_t dwarf_registers[DWARF_REGISTERS] = {
    EVENT_REG_AX,  EVENT_REG_DX,  EVENT_REG_CX,  EVENT_REG_BX,  EVENT_REG_SI,  EVENT_REG_DI,
    EVENT_REG_BP,  EVENT_REG_SP,  EVENT_REG_R8,  EVENT_REG_R9,  EVENT_REG_R10, EVENT_REG_R11,
    EVENT_REG_R12, EVENT_REG_R13, EVENT_REG_R14, EVENT_REG_R15, EVENT_REG_IP,
};

static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread_arg)
{
    struct walker *w = arg;

    (void)dwfl;
    if (*thread_arg)
        return 0;
    *thread_arg = w;
    return w->event->tid;
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *arg, void **thread_arg)
{
    (void)dwfl;
    (void)tid;
    *thread_arg = arg;
    return true;
}

static bool memory_read(Dwfl *dwfl, Dwarf_Addr addr, Dwarf_Word *result, void *arg)
{
    const struct walker *w = arg;
    const struct event_sample *sample = &w->event->u.sample;
    uint64_t offset = addr - sample->registers[EVENT_REG_SP];

    (void)dwfl;
    if (sample->stack_size < 8 || offset > sample->stack_size - 8)
        return false;
    memcpy(result, sample->stack + offset, 8);
    return true;
}

static bool set_initial_registers(Dwfl_Thread *thread, void *arg)
{
    const struct walker *w = arg;
    Dwarf_Word values[DWARF_REGISTERS];

    for (size_t i = 0; i < DWARF_REGISTERS; i++)
        values[i] = w->event->u.sample.registers[dwarf_registers[i]];
    return dwfl_thread_state_registers(thread, 0, DWARF_REGISTERS, values);
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
    .next_thread = next_thread,
    .get_thread = get_thread,
    .memory_read = memory_read,
    .set_initial_registers = set_initial_registers,
};

static const Dwfl_Callbacks dwfl_callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
};

// The difference between run and file addresses of a mapping. False when its file cannot be read.
static bool find_bias(const struct map *map, uint64_t *ret)
{
    int fd = open(map->path, O_RDONLY);
    Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
    size_t count = 0;
    bool found = false;

    if (elf && elf_getphdrnum(elf, &count) != 0)
        count = 0;
    for (size_t i = 0; i < count && !found; i++) {
        GElf_Phdr phdr;
        if (!gelf_getphdr(elf, (int)i, &phdr) || phdr.p_type != PT_LOAD || !(phdr.p_flags & PF_X))
            continue;
        uint64_t offset = phdr.p_offset & ~(uint64_t)0xfff;
        found = map->file_offset >= offset && map->file_offset < phdr.p_offset + phdr.p_filesz;
        *ret = map->start - (map->file_offset - phdr.p_offset + phdr.p_vaddr);
    }
    elf_end(elf);
    if (fd >= 0)
        close(fd);
    return found;
}

static void open_dwfl(struct walker *w, pid_t pid)
{
    w->dwfl = dwfl_begin(&dwfl_callbacks);
    w->pid = pid;
    dwfl_report_begin(w->dwfl);
    for (size_t i = 0; i < w->n_maps; i++) {
        const struct map *map = &w->maps[i];
        uint64_t bias;
        if (map->pid == pid && map->path[0] == '/' && find_bias(map, &bias))
            dwfl_report_elf(w->dwfl, map->path, map->path, -1, bias, true);
    }
    dwfl_report_end(w->dwfl, NULL, NULL);
    dwfl_attach_state(w->dwfl, NULL, pid, &thread_callbacks, w);
}

static void close_dwfl(struct walker *w)
{
    if (w->dwfl)
        dwfl_end(w->dwfl);
    w->dwfl = NULL;
}

static int add_frame(Dwfl_Frame *state, void *arg)
{
    struct walker *w = arg;
    Dwarf_Addr pc;

    if (!dwfl_frame_pc(state, &pc, NULL))
        return DWARF_CB_ABORT;
    if (w->n_addrs < sizeof w->addrs / sizeof w->addrs[0])
        w->addrs[w->n_addrs++] = pc;
    return DWARF_CB_OK;
}

// Walk once. Returns whether the outermost frame was reached.
static bool walk_once(struct walker *w, const struct event *event)
{
    if (w->pid != event->pid)
        close_dwfl(w);
    if (!w->dwfl)
        open_dwfl(w, event->pid);
    w->event = event;
    w->n_addrs = 0;
    return dwfl_getthread_frames(w->dwfl, event->tid, add_frame, w) == 0;
}

static void time_walks(struct walker *w, const struct event *event)
{
    double start = stopwatch_now();

    walk_once(w, event);
    double middle = stopwatch_now();
    w->frames += w->n_addrs;
    for (int i = 0; i < REPEATS; i++)
        walk_once(w, event);
    w->first_seconds += stopwatch_between(start, middle);
    w->again_seconds += stopwatch_between(middle, stopwatch_now());
}

static void walk(struct walker *w, const struct event *event)
{
    if (w->timed) {
        time_walks(w, event);
        return;
    }
    bool complete = walk_once(w, event);
    printf("%" PRIu64 " %d %s", event->time_ns, event->tid, complete ? "complete" : "cut");
    for (size_t i = 0; i < w->n_addrs; i++)
        printf(" %" PRIx64, w->addrs[i]);
    putchar('\n');
}

static void add_map(struct walker *w, const struct event *event)
{
    const struct event_map *map = &event->u.map;

    if (w->n_maps == MAPS_MAX) {
        fprintf(stderr, "dw_stacks: more than %d mappings\n", MAPS_MAX);
        exit(1);
    }
    struct map *added = &w->maps[w->n_maps++];
    added->pid = event->pid;
    added->start = map->start;
    added->size = map->size;
    added->file_offset = map->file_offset;
    snprintf(added->path, sizeof added->path, "%s", map->path);
    close_dwfl(w);
}

static void forget_maps(struct walker *w, pid_t pid)
{
    size_t kept = 0;

    for (size_t i = 0; i < w->n_maps; i++) {
        if (w->maps[i].pid != pid)
            w->maps[kept++] = w->maps[i];
    }
    w->n_maps = kept;
    close_dwfl(w);
}

static void copy_maps(struct walker *w, pid_t from, pid_t to)
{
    size_t count = w->n_maps;

    for (size_t i = 0; i < count && w->n_maps < MAPS_MAX; i++) {
        if (w->maps[i].pid == from) {
            w->maps[w->n_maps] = w->maps[i];
            w->maps[w->n_maps++].pid = to;
        }
    }
}

static void receive(void *context, const struct event *event)
{
    struct walker *w = context;

    if (event->kind == EVENT_MAP)
        add_map(w, event);
    else if (event->kind == EVENT_COMM && event->u.comm.exec)
        forget_maps(w, event->pid);
    else if (event->kind == EVENT_FORK && event->u.fork.parent_pid != event->pid)
        copy_maps(w, event->u.fork.parent_pid, event->pid);
    else if (event->kind == EVENT_SAMPLE && !event->u.sample.in_kernel && event->u.sample.stack)
        walk(w, event);
}

int main(int argc, char **argv)
{
    static struct walker w;
    struct event_sink sink = {receive, &w};

    w.timed = argc == 3 && strcmp(argv[1], "--time") == 0;
    if (argc != (w.timed ? 3 : 2)) {
        fprintf(stderr, "usage: dw_stacks [--time] EVENTS\n");
        return 2;
    }
    elf_version(EV_CURRENT);
    struct lprof_error *err = event_text_play(argv[argc - 1], &sink);
    close_dwfl(&w);
    if (w.timed && w.frames)
        printf("cold %.1f warm %.1f ns a frame, %zu frames\n",
               w.first_seconds * 1e9 / (double)w.frames,
               w.again_seconds * 1e9 / (double)w.frames / REPEATS, w.frames);
    if (err)
        fprintf(stderr, "dw_stacks: %s\n", err->message);
    error_destroy(err);
    return err ? 1 : 0;
}
