/*
 * Counts every instruction of some functions, and every transfer of control between them, by stepping
 * through the functions one instruction at a time: slow and exact.
 *
 *     step_counts RANGES OUTPUT PROGRAM [ARGUMENT...]
 *
 * RANGES holds lines of "start end", file addresses in hexadecimal. OUTPUT gets "I address count" and
 * "T from to count"; a transfer out of a call that was left by an exception goes from the call to where
 * control came back. Outside of the ranges the program runs freely: the ranges are filled with
 * breakpoints, so that wherever control comes back, by a return, a callback, an exception or a longjmp,
 * it is noticed.
 */
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define RANGES_MAX 256
#define CALLS_MAX 4096
#define TABLE_SIZE (1u << 16)
#define BREAKPOINT 0xcc

struct range {
    uint64_t start, end; // run addresses
    uint8_t *code;
};

/* A call that has not returned. */
struct call {
    uint64_t site, sp;
};

/* One counted transfer; an instruction's own count is filed as a transfer from 0. */
struct entry {
    uint64_t from, to, count;
};

struct tracer {
    pid_t pid;
    int memory;
    uint64_t bias;
    struct range ranges[RANGES_MAX];
    size_t range_count;
    struct call calls[CALLS_MAX];
    size_t call_count;
    struct entry *table;
};

static void fail(const char *what)
{
    perror(what);
    exit(2);
}

static bool is_inside(const struct tracer *t, uint64_t addr)
{
    for (size_t i = 0; i < t->range_count; i++)
        if (addr >= t->ranges[i].start && addr < t->ranges[i].end)
            return true;
    return false;
}

static void count(struct tracer *t, uint64_t from, uint64_t to)
{
    uint64_t slot = (from * 31 + to) * UINT64_C(0x9e3779b97f4a7c15) >> 48;
    for (size_t tries = 0; tries < TABLE_SIZE; tries++, slot = (slot + 1) % TABLE_SIZE) {
        struct entry *entry = &t->table[slot];
        if (entry->count > 0 && (entry->from != from || entry->to != to))
            continue;
        *entry = (struct entry){from, to, entry->count + 1};
        return;
    }
    fputs("step_counts: too many transfers\n", stderr);
    exit(2);
}

/* Put breakpoints over the ranges, or the code back. */
static void cover(const struct tracer *t, bool breakpoints)
{
    for (size_t i = 0; i < t->range_count; i++) {
        size_t size = t->ranges[i].end - t->ranges[i].start;
        uint8_t *fill = malloc(size);
        memset(fill, BREAKPOINT, size);
        const uint8_t *bytes = breakpoints ? fill : t->ranges[i].code;
        if (pwrite(t->memory, bytes, size, (off_t)t->ranges[i].start) != (ssize_t)size)
            fail("writing code");
        free(fill);
    }
}

/* Let it go on until the next stop. False when it has ended; other signals are passed on. */
static bool go_on(const struct tracer *t, enum __ptrace_request request,
                  struct user_regs_struct *regs)
{
    int status, sign = 0;
    for (;;) {
        if (ptrace(request, t->pid, NULL, (void *)(intptr_t)sign) < 0)
            fail("ptrace");
        if (waitpid(t->pid, &status, 0) < 0)
            fail("waitpid");
        if (!WIFSTOPPED(status))
            return false;
        sign = WSTOPSIG(status);
        if (sign != SIGTRAP)
            continue;
        if (ptrace(PTRACE_GETREGS, t->pid, NULL, regs) < 0)
            fail("reading registers");
        return true;
    }
}

/* Run freely until control comes back into the ranges. */
static bool run_outside(const struct tracer *t, struct user_regs_struct *regs)
{
    cover(t, true);
    if (!go_on(t, PTRACE_CONT, regs))
        return false;
    regs->rip--;
    if (!is_inside(t, regs->rip)) {
        fprintf(stderr, "step_counts: a breakpoint that is none of ours at %llx\n", regs->rip);
        exit(2);
    }
    if (ptrace(PTRACE_SETREGS, t->pid, NULL, regs) < 0)
        fail("writing registers");
    cover(t, false);
    return true;
}

/* Note a call that the last step made: it pushed an address just behind itself. */
static void note_call(struct tracer *t, uint64_t site, uint64_t sp, uint64_t new_sp)
{
    uint64_t pushed;
    if (new_sp != sp - 8 || t->call_count == CALLS_MAX ||
        pread(t->memory, &pushed, sizeof pushed, (off_t)new_sp) != sizeof pushed)
        return;
    if (pushed > site && pushed <= site + 7)
        t->calls[t->call_count++] = (struct call){site, sp};
}

/* Control came back from outside: the calls above its stack are over, and one of them was left. */
static void note_return(struct tracer *t, uint64_t pc, uint64_t sp)
{
    while (t->call_count > 0 && t->calls[t->call_count - 1].sp < sp)
        t->call_count--;
    if (t->call_count == 0 || t->calls[t->call_count - 1].sp != sp)
        return;
    uint64_t site = t->calls[--t->call_count].site;
    if (pc <= site || pc > site + 7)
        count(t, site - t->bias, pc - t->bias);
}

static void trace(struct tracer *t)
{
    struct user_regs_struct regs;
    if (ptrace(PTRACE_GETREGS, t->pid, NULL, &regs) < 0)
        fail("reading registers");
    for (bool alive = true; alive;) {
        if (!is_inside(t, regs.rip)) {
            if (!run_outside(t, &regs))
                return;
            note_return(t, regs.rip, regs.rsp);
        }
        uint64_t pc = regs.rip, sp = regs.rsp;
        count(t, 0, pc - t->bias);
        alive = go_on(t, PTRACE_SINGLESTEP, &regs);
        if (!alive)
            return;
        note_call(t, pc, sp, regs.rsp);
        if (is_inside(t, regs.rip))
            count(t, pc - t->bias, regs.rip - t->bias);
        while (t->call_count > 0 && t->calls[t->call_count - 1].sp <= regs.rsp)
            t->call_count--; // It has returned.
    }
}

static uint64_t find_bias(pid_t pid, const char *program)
{
    Elf64_Ehdr header;
    int file = open(program, O_RDONLY | O_CLOEXEC);
    if (file < 0 || read(file, &header, sizeof header) != sizeof header)
        fail(program);
    close(file);
    if (header.e_type != ET_DYN)
        return 0;
    char path[64];
    uint64_t start = 0;
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *maps = fopen(path, "re"); // The program is mapped first.
    if (!maps || fscanf(maps, "%" SCNx64, &start) != 1)
        fail(path);
    fclose(maps);
    return start;
}

static void read_ranges(struct tracer *t, const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        fail(path);
    uint64_t start, end;
    while (t->range_count < RANGES_MAX && fscanf(file, "%" SCNx64 "%" SCNx64, &start, &end) == 2) {
        struct range *range = &t->ranges[t->range_count++];
        *range = (struct range){start + t->bias, end + t->bias, malloc(end - start)};
        if (pread(t->memory, range->code, end - start, (off_t)range->start) !=
            (ssize_t)(end - start))
            fail("reading code");
    }
    fclose(file);
}

static void write_counts(const struct tracer *t, const char *path)
{
    FILE *file = fopen(path, "we");
    if (!file)
        fail(path);
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        const struct entry *entry = &t->table[i];
        if (entry->count > 0 && entry->from == 0)
            fprintf(file, "I %" PRIx64 " %" PRIu64 "\n", entry->to, entry->count);
        else if (entry->count > 0)
            fprintf(file, "T %" PRIx64 " %" PRIx64 " %" PRIu64 "\n", entry->from, entry->to,
                    entry->count);
    }
    if (fclose(file) != 0)
        fail(path);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("usage: step_counts RANGES OUTPUT PROGRAM [ARGUMENT...]\n", stderr);
        return 2;
    }
    static struct tracer tracer;
    tracer.table = calloc(TABLE_SIZE, sizeof *tracer.table);
    tracer.pid = fork();
    if (tracer.pid == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        execv(argv[3], argv + 3);
        _exit(127);
    }
    int status;
    if (waitpid(tracer.pid, &status, 0) < 0 || !WIFSTOPPED(status)) {
        fputs("step_counts: the program could not be started\n", stderr);
        return 2;
    }
    ptrace(PTRACE_SETOPTIONS, tracer.pid, NULL, (void *)(intptr_t)PTRACE_O_EXITKILL);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", tracer.pid);
    tracer.memory = open(path, O_RDWR | O_CLOEXEC);
    if (tracer.memory < 0)
        fail(path);
    tracer.bias = find_bias(tracer.pid, argv[3]);
    read_ranges(&tracer, argv[1]);
    trace(&tracer);
    write_counts(&tracer, argv[2]);
    return 0;
}
