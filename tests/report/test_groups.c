#include "report/groups.h"

#include <string.h>

#include "profile/builder.h"
#include "support/hand_profile.h"
#include "support/random_profile.h"
#include "support/test.h"

static const uint64_t SEEDS = 100;

struct sums {
    int64_t own_ns;
    int64_t self_ns;
    int64_t cumulative_ns;
    int64_t called_ns;
    int64_t callers_ns;
    int64_t samples;
};

// What all lines and callers of functions with one name have in a report.
static void add_sums(const struct report *report, const char *name, struct sums *sums)
{
    for (size_t i = 0; i < report->n_functions; i++) {
        const struct report_function *function = &report->functions[i];
        if (strcmp(function->name, name) != 0)
            continue;
        sums->own_ns += function->own_ns;
        sums->cumulative_ns += function->total_ns;
        for (size_t j = 0; j < function->n_lines; j++) {
            const struct report_line *line = &function->lines[j];
            sums->self_ns += line->self_ns;
            sums->called_ns += line->called_ns == REPORT_NULL ? 0 : line->called_ns;
            sums->samples += line->samples;
        }
        for (size_t j = 0; j < function->n_callers; j++)
            sums->callers_ns += function->callers[j].time_ns;
    }
}

static void expect_parts_add_up(const struct report *whole, uint64_t seed)
{
    int64_t sampled_ns = 0;
    int64_t samples = 0;

    for (size_t i = 0; i < whole->n_groups; i++) {
        sampled_ns += whole->groups[i].report->sampled_ns;
        samples += whole->groups[i].report->samples;
    }
    cr_expect(sampled_ns == whole->sampled_ns && samples == whole->samples, "seed %lu",
              (unsigned long)seed);
    for (size_t i = 0; i < whole->n_functions; i++) {
        const char *name = whole->functions[i].name;
        struct sums all = {0};
        struct sums parts = {0};
        add_sums(whole, name, &all);
        for (size_t j = 0; j < whole->n_groups; j++)
            add_sums(whole->groups[j].report, name, &parts);
        cr_expect(memcmp(&all, &parts, sizeof all) == 0, "%s, seed %lu: own %ld, its parts %ld",
                  name, (unsigned long)seed, (long)all.own_ns, (long)parts.own_ns);
    }
}

static void check_split(enum report_split split)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct profile *p = random_profile(seed);
        struct report *report = report_create(p, &(struct report_options){.split = split});

        expect_parts_add_up(report, seed);
        for (size_t i = 1; i < report->n_groups; i++)
            cr_expect(report->groups[i - 1].report->sampled_ns >=
                          report->groups[i].report->sampled_ns,
                      "the largest first, seed %lu", (unsigned long)seed);
        report_destroy(report);
        profile_destroy(p);
    }
}

LP_TEST(groups, processes_add_up_to_the_whole)
{
    check_split(REPORT_BY_PROCESS);
}

LP_TEST(groups, threads_add_up_to_the_whole)
{
    check_split(REPORT_BY_THREAD);
}

static void add(struct profile *p, int64_t pid, int64_t tid, const char *thread, int64_t ns)
{
    const struct profile_task task = {pid, tid, "prog", thread};
    const int64_t values[PROFILE_VALUES] = {1, ns};

    hand_profile_add(p, "work:3 ; main:20", 0, 0);
    builder_sample(p, (uint32_t)p->n_stacks, task.tid ? builder_task(p, &task) : 0, values);
}

static void expect_group(const struct report_group *group, int64_t pid, int64_t tid,
                         const char *name, int64_t ns)
{
    cr_expect(group->pid == pid && group->tid == tid, "%ld %ld", (long)group->pid,
              (long)group->tid);
    cr_expect_str_eq(group->name, name);
    cr_expect(group->report->sampled_ns == ns, "%ld", (long)group->report->sampled_ns);
}

// One that has just begun is still called as the one that made it.
LP_TEST(groups, a_thread_is_called_as_it_was_most_of_the_time)
{
    struct profile *p = hand_profile_create();

    add(p, 7, 7, "main", 100);
    add(p, 7, 8, "main", 10);
    add(p, 7, 8, "worker", 500);
    add(p, 7, 8, "idle", 20);
    add(p, 6, 9, "worker", 40);
    add(p, 0, 0, NULL, 5);
    struct report *threads = report_create(p, &(struct report_options){.split = REPORT_BY_THREAD});
    cr_assert(threads->n_groups == 4, "%zu", threads->n_groups);
    expect_group(&threads->groups[0], 7, 8, "worker", 530);
    expect_group(&threads->groups[1], 7, 7, "main", 100);
    expect_group(&threads->groups[2], 6, 9, "worker", 40);
    expect_group(&threads->groups[3], 0, 0, "[unknown]", 5);
    report_destroy(threads);
    struct report *processes =
        report_create(p, &(struct report_options){.split = REPORT_BY_PROCESS});
    cr_assert(processes->n_groups == 3, "%zu", processes->n_groups);
    expect_group(&processes->groups[0], 7, REPORT_NULL, "prog", 630);
    expect_group(&processes->groups[1], 6, REPORT_NULL, "prog", 40);
    report_destroy(processes);
    profile_destroy(p);
}

LP_TEST(groups, intervals_are_as_wide_as_fewer_samples_make_them)
{
    struct profile *p = hand_profile_create();

    for (int i = 0; i < 50; i++) {
        add(p, 1, 1, "a", 100);
        add(p, 1, 2, "b", 100);
    }
    p->meta.clustered_samples = 400; // Four times the samples.
    struct report *report = report_create(p, &(struct report_options){.split = REPORT_BY_THREAD});
    cr_assert(report->n_groups == 2);
    cr_expect(report->groups[0].profile->meta.clustered_samples == 200);
    report_destroy(report);
    profile_destroy(p);
}
