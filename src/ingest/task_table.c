// A thread that was never announced (its record was lost, or it was there before) is added when it is
// first heard of.

#include "ingest/task_table.h"

#include <stdlib.h>
#include <uthash.h>

#include "base/mem.h"
#include "profile/builder.h"

struct task_process {
    UT_hash_handle hh;
    pid_t pid;
    size_t n_threads;
    const char *name; // Outlives the first thread, which may end before the others.
};

struct task_thread {
    UT_hash_handle hh;
    pid_t tid;
    pid_t pid;
    const char *name;
};

void task_table_init(struct task_table *table, struct profile *profile)
{
    *table = (struct task_table){.profile = profile};
}

void task_table_deinit(struct task_table *table)
{
    struct task_process *process;
    struct task_process *next_process;
    struct task_thread *thread;
    struct task_thread *next_thread;

    HASH_ITER(hh, table->processes, process, next_process)
    {
        HASH_DEL(table->processes, process);
        free(process);
    }
    HASH_ITER(hh, table->threads, thread, next_thread)
    {
        HASH_DEL(table->threads, thread);
        free(thread);
    }
}

static struct task_process *find_process(const struct task_table *table, pid_t pid)
{
    struct task_process *process;

    HASH_FIND(hh, table->processes, &pid, sizeof pid, process);
    return process;
}

static struct task_thread *find_thread(const struct task_table *table, pid_t tid)
{
    struct task_thread *thread;

    HASH_FIND(hh, table->threads, &tid, sizeof tid, thread);
    return thread;
}

static struct task_process *add_process(struct task_table *table, pid_t pid)
{
    struct task_process *process = find_process(table, pid);

    if (process)
        return process;
    process = mem_alloc(sizeof *process);
    process->pid = pid;
    HASH_ADD(hh, table->processes, pid, sizeof process->pid, process);
    table->n_processes++;
    return process;
}

static void remove_thread(struct task_table *table, struct task_thread *thread)
{
    struct task_process *process = find_process(table, thread->pid);

    HASH_DEL(table->threads, thread);
    free(thread);
    if (--process->n_threads)
        return;
    HASH_DEL(table->processes, process);
    free(process);
}

static struct task_thread *add_thread(struct task_table *table, pid_t pid, pid_t tid)
{
    struct task_thread *thread = find_thread(table, tid);

    if (thread && thread->pid == pid)
        return thread;
    // The number is used again: the end of the earlier thread was missed.
    if (thread)
        remove_thread(table, thread);
    thread = mem_alloc(sizeof *thread);
    thread->tid = tid;
    thread->pid = pid;
    HASH_ADD(hh, table->threads, tid, sizeof thread->tid, thread);
    table->n_threads++;
    struct task_process *process = add_process(table, pid);
    process->n_threads++;
    thread->name = process->name;
    return thread;
}

void task_table_fork(struct task_table *table, pid_t pid, pid_t tid, pid_t parent_tid)
{
    const struct task_thread *parent = find_thread(table, parent_tid);
    const char *name = parent ? parent->name : NULL;
    struct task_thread *stale = find_thread(table, tid);

    if (stale)
        remove_thread(table, stale);
    struct task_thread *thread = add_thread(table, pid, tid);
    if (name)
        thread->name = name;
    if (pid == tid)
        find_process(table, pid)->name = thread->name;
}

void task_table_name(struct task_table *table, pid_t pid, pid_t tid, const char *name)
{
    struct task_thread *thread = add_thread(table, pid, tid);

    thread->name = profile_string(table->profile, name);
    if (pid == tid)
        find_process(table, pid)->name = thread->name;
}

bool task_table_exit(struct task_table *table, pid_t pid, pid_t tid)
{
    struct task_thread *thread = find_thread(table, tid);

    if (!thread || thread->pid != pid)
        return false;
    remove_thread(table, thread);
    return !find_process(table, pid);
}

uint32_t task_table_id(struct task_table *table, pid_t pid, pid_t tid)
{
    const struct task_thread *thread = add_thread(table, pid, tid);

    return builder_task(table->profile, &(struct profile_task){
                                            .pid = pid,
                                            .tid = tid,
                                            .process = find_process(table, pid)->name,
                                            .thread = thread->name,
                                        });
}
