#include "ingest/task_table.h"

#include "support/test.h"

static void expect_names(struct task_table *table, pid_t pid, pid_t tid, const char *process,
                         const char *thread)
{
    uint32_t id = task_table_id(table, pid, tid);
    const struct profile_task *task = &table->profile->tasks[id - 1];

    cr_expect(task->pid == pid && task->tid == tid);
    cr_expect_str_eq(task->process, process);
    cr_expect_str_eq(task->thread, thread);
}

LP_TEST(task_table, a_process_is_called_as_its_first_thread)
{
    struct profile *profile = profile_create();
    struct task_table table;

    task_table_init(&table, profile);
    task_table_name(&table, 10, 10, "app");
    task_table_fork(&table, 10, 11, 10);
    expect_names(&table, 10, 11, "app", "app");
    task_table_name(&table, 10, 11, "worker");
    expect_names(&table, 10, 11, "app", "worker");
    cr_expect(!task_table_exit(&table, 10, 10), "the worker still runs");
    expect_names(&table, 10, 11, "app", "worker");
    cr_expect(task_table_exit(&table, 10, 11));
    cr_expect(table.n_processes == 1 && table.n_threads == 2);
    task_table_deinit(&table);
    profile_destroy(profile);
}

LP_TEST(task_table, a_child_has_its_parents_name_until_it_gets_its_own)
{
    struct profile *profile = profile_create();
    struct task_table table;

    task_table_init(&table, profile);
    task_table_name(&table, 10, 10, "sh");
    task_table_fork(&table, 20, 20, 10);
    expect_names(&table, 20, 20, "sh", "sh");
    task_table_name(&table, 20, 20, "ls");
    expect_names(&table, 20, 20, "ls", "ls");
    expect_names(&table, 10, 10, "sh", "sh");
    cr_expect(table.n_processes == 2 && table.n_threads == 2);
    task_table_deinit(&table);
    profile_destroy(profile);
}

LP_TEST(task_table, numbers_are_used_again)
{
    struct profile *profile = profile_create();
    struct task_table table;

    task_table_init(&table, profile);
    task_table_name(&table, 10, 10, "one");
    task_table_fork(&table, 20, 20, 10);
    cr_expect(task_table_exit(&table, 20, 20));
    cr_expect(!task_table_exit(&table, 20, 20), "an end that was told already");
    task_table_fork(&table, 20, 20, 10);
    // A thread 20 of process 10 comes, though the end of process 20 was never told.
    task_table_fork(&table, 10, 20, 10);
    expect_names(&table, 10, 20, "one", "one");
    cr_expect(table.n_processes == 3 && table.n_threads == 4);
    task_table_deinit(&table);
    profile_destroy(profile);
}

LP_TEST(task_table, an_unknown_thread_is_added)
{
    struct profile *profile = profile_create();
    struct task_table table;

    task_table_init(&table, profile);
    cr_expect(task_table_id(&table, 5, 6) == 1);
    cr_expect_null(profile->tasks[0].process);
    cr_expect(table.n_processes == 1 && table.n_threads == 1);
    cr_expect(!task_table_exit(&table, 7, 7));
    task_table_deinit(&table);
    profile_destroy(profile);
}
