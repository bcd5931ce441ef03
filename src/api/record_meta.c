#include "api/record_meta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

static void set_command(struct profile *profile, char *const argv[])
{
    struct profile_meta *meta = &profile->meta;

    while (argv[meta->n_command])
        meta->n_command++;
    meta->command = mem_alloc_array(meta->n_command, sizeof *meta->command);
    for (size_t i = 0; i < meta->n_command; i++)
        meta->command[i] = profile_string(profile, argv[i]);
}

static void set_date(struct profile *profile)
{
    time_t now = time(NULL);
    struct tm local;
    char date[32];
    char offset[8];

    if (!localtime_r(&now, &local) || !strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &local) ||
        !strftime(offset, sizeof offset, "%z", &local))
        return;
    // strftime has no %:z before glibc 2.38.
    CLEANUP(cleanup_free) char *text = mem_printf("%s%.3s:%s", date, offset, offset + 3);
    profile->meta.date = profile_string(profile, text);
}

static void set_cpu(struct profile *profile)
{
    CLEANUP(cleanup_fclose) FILE *in = fopen("/proc/cpuinfo", "re");
    CLEANUP(cleanup_free) char *line = NULL;
    size_t room = 0;

    while (in && getline(&line, &room, in) > 0) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon)
            continue;
        char *name = colon + 1 + strspn(colon + 1, " \t");
        name[strcspn(name, "\n")] = '\0';
        profile->meta.cpu = profile_string(profile, name);
        return;
    }
}

static void set_machine(struct profile *profile)
{
    struct utsname name;

    set_cpu(profile);
    if (uname(&name) < 0)
        return;
    profile->meta.host = profile_string(profile, name.nodename);
    profile->meta.kernel = profile_string(profile, name.release);
}

void record_meta_start(struct profile *profile, char *const argv[], const char *mode_asked,
                       const char *sampler, uint32_t rate_hz)
{
    struct profile_meta *meta = &profile->meta;
    CLEANUP(cleanup_free) char *folder = getcwd(NULL, 0);

    set_command(profile, argv);
    set_date(profile);
    set_machine(profile);
    meta->version = profile_string(profile, LPROF_VERSION);
    meta->mode = profile_string(profile, "sample");
    meta->mode_asked = profile_string(profile, mode_asked);
    meta->clock = profile_string(profile, "cpu");
    meta->sampler = profile_string(profile, sampler);
    meta->folder = profile_string(profile, folder);
    meta->rate_hz = rate_hz;
    meta->runs = 1;
}

void record_meta_end(struct profile *profile, const struct collector_totals *totals,
                     int64_t wall_ns, int exit_status)
{
    struct profile_meta *meta = &profile->meta;

    wall_ns -= (int64_t)totals->waited_ns;
    meta->wall_ns = wall_ns > 0 ? wall_ns : 0;
    if (totals->counted)
        meta->mode = profile_string(profile, totals->refused ? "mixed" : "exact");
    meta->cpu_ns = (int64_t)totals->counted_ns;
    meta->counting_ns = (int64_t)totals->counting_ns;
    meta->exit_status = exit_status;
}
