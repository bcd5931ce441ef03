/**
 * @file
 * Threads and processes: their names at this point of the stream of events, and how many there were.
 */
#ifndef LPROF_INGEST_TASK_TABLE_H
#define LPROF_INGEST_TASK_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "profile/profile.h"

struct task_table {
    struct profile *profile;        ///< Owns the names.
    struct task_process *processes; ///< A uthash table.
    struct task_thread *threads;    ///< A uthash table.
    int64_t n_processes;            ///< That were seen so far.
    int64_t n_threads;
};

/** No tasks; names go to the profile's strings. */
void task_table_init(struct task_table *table, struct profile *profile);

/** Free all. */
void task_table_deinit(struct task_table *table);

/** A thread began; it is called as the one that made it. */
void task_table_fork(struct task_table *table, pid_t pid, pid_t tid, pid_t parent_tid);

/** A thread got a name; that of the first thread is its process's name. */
void task_table_name(struct task_table *table, pid_t pid, pid_t tid, const char *name);

/** A thread ended. True when it was the last one of its process. */
bool task_table_exit(struct task_table *table, pid_t pid, pid_t tid);

/** Id of the thread in the profile, by its names now. */
uint32_t task_table_id(struct task_table *table, pid_t pid, pid_t tid);

#endif
