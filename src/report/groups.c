#include "report/groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"

// Tasks in the order of their ids; those of one group stand together.
struct member {
    int64_t pid;
    int64_t tid; // 0 when processes are told apart.
    const char *name;
    uint32_t task; // Id, 0 = not kept.
    int64_t time_ns;
    int64_t samples;
    bool any;
};

static struct member member_of(const struct profile *profile, uint32_t task, enum report_split by)
{
    if (!task)
        return (struct member){.name = "[unknown]"};
    const struct profile_task *from = &profile->tasks[task - 1];
    bool thread = by == REPORT_BY_THREAD;
    const char *name = thread ? from->thread : from->process;

    return (struct member){
        .pid = from->pid, .tid = thread ? from->tid : 0, .name = name ? name : "", .task = task};
}

static int compare_ids(const struct member *a, const struct member *b)
{
    if (a->pid != b->pid)
        return a->pid < b->pid ? -1 : 1;
    return (a->tid > b->tid) - (a->tid < b->tid);
}

static int compare_members(const void *a, const void *b)
{
    const struct member *x = a;
    const struct member *y = b;
    int order = compare_ids(x, y);

    order = order ? order : strcmp(x->name, y->name);
    return order ? order : (x->task > y->task) - (x->task < y->task);
}

// What was counted is not told apart by threads.
static bool is_of_a_group(const struct profile_sample *sample)
{
    return sample->values[PROFILE_SAMPLES] || sample->values[PROFILE_CPU] ||
           sample->values[PROFILE_FAULTS] || sample->values[PROFILE_ALLOCS];
}

// All tasks with samples, sorted. Free it.
static struct member *list_members(const struct profile *profile, enum report_split by,
                                   size_t *n_ret)
{
    struct member *members = mem_alloc_array(profile->n_tasks + 1, sizeof *members);
    size_t n = 0;

    for (size_t i = 0; i <= profile->n_tasks; i++)
        members[i] = member_of(profile, (uint32_t)i, by);
    for (size_t i = 0; i < profile->n_samples; i++) {
        struct member *member = &members[profile->samples[i].task];
        member->time_ns += profile->samples[i].values[PROFILE_CPU];
        member->samples += profile->samples[i].values[PROFILE_SAMPLES];
        member->any |= is_of_a_group(&profile->samples[i]);
    }
    for (size_t i = 0; i <= profile->n_tasks; i++)
        if (members[i].any)
            members[n++] = members[i];
    qsort(members, n, sizeof *members, compare_members);
    *n_ret = n;
    return members;
}

// The name with most time of the members of one group, which stand sorted by name.
static const char *usual_name(const struct member *members, size_t n)
{
    const char *best = members[0].name;
    int64_t most = -1;

    for (size_t i = 0; i < n;) {
        int64_t time_ns = 0;
        size_t first = i;
        for (; i < n && strcmp(members[i].name, members[first].name) == 0; i++)
            time_ns += members[i].time_ns;
        if (time_ns > most) {
            most = time_ns;
            best = members[first].name;
        }
    }
    return best;
}

struct total {
    int64_t time_ns;
    int64_t samples;
    size_t first; // Member.
    size_t n;
};

static int compare_totals(const void *a, const void *b)
{
    const struct total *x = a;
    const struct total *y = b;

    if (x->time_ns != y->time_ns)
        return x->time_ns > y->time_ns ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

// The groups of the members, largest first. Free it.
static struct total *add_up(const struct member *members, size_t n, size_t *n_ret)
{
    struct total *totals = mem_alloc_array(n + 1, sizeof *totals);
    size_t n_groups = 0;

    for (size_t i = 0; i < n; i++) {
        if (!i || compare_ids(&members[i], &members[i - 1]) != 0)
            totals[n_groups++] = (struct total){.first = i};
        struct total *total = &totals[n_groups - 1];
        total->time_ns += members[i].time_ns;
        total->samples += members[i].samples;
        total->n++;
    }
    qsort(totals, n_groups, sizeof *totals, compare_totals);
    *n_ret = n_groups;
    return totals;
}

// A profile that has the tables of the whole one, and no samples yet.
static struct profile *share_tables(const struct profile *whole, const struct total *total)
{
    struct profile *part = mem_dup(whole, sizeof *whole);
    double samples = (double)profile_total(whole, PROFILE_SAMPLES);

    part->samples = NULL;
    part->n_samples = 0;
    if (samples > 0)
        part->meta.clustered_samples =
            llround((double)whole->meta.clustered_samples * (double)total->samples / samples);
    return part;
}

// Hand each sample on to its group; of_task[id] is the group of a task.
static void deal_samples(const struct profile *profile, const size_t *of_task,
                         struct report_group *groups, size_t n)
{
    CLEANUP(cleanup_free) size_t *capacities = mem_alloc_array(n + 1, sizeof *capacities);

    for (size_t i = 0; i < profile->n_samples; i++) {
        const struct profile_sample *sample = &profile->samples[i];
        if (!is_of_a_group(sample))
            continue;
        size_t group = of_task[sample->task];
        struct profile *part = groups[group].profile;
        part->samples =
            mem_grow(part->samples, &capacities[group], part->n_samples, sizeof *part->samples);
        part->samples[part->n_samples++] = *sample;
    }
}

struct report_group *groups_create(const struct profile *profile, enum report_split by,
                                   size_t *n_ret)
{
    size_t n_members;
    size_t n;
    CLEANUP(cleanup_free) struct member *members = list_members(profile, by, &n_members);
    CLEANUP(cleanup_free) struct total *totals = add_up(members, n_members, &n);
    CLEANUP(cleanup_free)
    size_t *of_task = mem_alloc_array(profile->n_tasks + 1, sizeof *of_task);
    struct report_group *groups = mem_alloc_array(n + 1, sizeof *groups);

    for (size_t i = 0; i < n; i++) {
        const struct member *own = &members[totals[i].first];
        groups[i] = (struct report_group){
            .pid = own->pid,
            .tid = by == REPORT_BY_THREAD ? own->tid : REPORT_NULL,
            .name = usual_name(own, totals[i].n),
            .profile = share_tables(profile, &totals[i]),
        };
        for (size_t j = 0; j < totals[i].n; j++)
            of_task[own[j].task] = i;
    }
    deal_samples(profile, of_task, groups, n);
    *n_ret = n;
    return groups;
}

void groups_destroy(struct report_group *groups, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        report_destroy(groups[i].report);
        free(groups[i].profile->samples);
        free(groups[i].profile);
    }
    free(groups);
}
