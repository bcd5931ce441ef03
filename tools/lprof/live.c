// The hottest line is worked out from the few locations with most samples only: looking up a
// location costs debug info, and whoever looks at a terminal needs no more than a good guess once a
// second.

#include "live.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/units.h"
#include "code/skid.h"
#include "message.h"
#include "object/object.h"
#include "status_line.h"
#include "terminal.h"

enum {
    TOP = 8,
    MAX_FILE_SIZE = 64 << 20, // Larger files take too long to open while samples wait.
};

/** A module of the profile; `obj` is NULL when it could not be opened or is too large. */
struct module {
    bool tried;
    struct object *obj;
    struct skid *skid;
};

struct live {
    struct status_line line;
    bool is_line;           ///< There is a terminal to draw on; else it is said once.
    double next_s;          ///< When to show again [s].
    struct module *modules; ///< [n_modules] by mapping id - 1.
    size_t n_modules;
    char **names; ///< [n_names] "file:line" by location id - 1; NULL = not looked up.
    size_t n_names;
};

/** A location and its samples. */
struct hot {
    uint32_t location; ///< Id.
    int64_t samples;
};

struct live *live_create(bool asked, bool stepping)
{
    bool free_terminal =
        !terminal_same(STDERR_FILENO, STDIN_FILENO) && !terminal_same(STDERR_FILENO, STDOUT_FILENO);
    bool is_line = terminal_width(STDERR_FILENO) > 0 && (asked || free_terminal);

    if (!is_line && !stepping)
        return NULL;
    struct live *live = mem_alloc(sizeof *live);
    live->is_line = is_line;
    live->next_s = 1;
    return live;
}

void live_destroy(struct live *live)
{
    if (!live)
        return;
    status_line_clear(&live->line);
    for (size_t i = 0; i < live->n_modules; i++) {
        skid_destroy(live->modules[i].skid);
        object_destroy(live->modules[i].obj);
    }
    for (size_t i = 0; i < live->n_names; i++)
        free(live->names[i]);
    free(live->modules);
    free(live->names);
    free(live);
}

// Grow the tables that run beside the profile's.
static void follow(struct live *live, const struct profile *profile)
{
    size_t n = profile->n_mappings;

    live->modules = mem_resize(live->modules, n, sizeof *live->modules);
    for (size_t i = live->n_modules; i < n; i++)
        live->modules[i] = (struct module){0};
    live->n_modules = n;
    n = profile->n_locations;
    live->names = mem_resize(live->names, n, sizeof *live->names);
    for (size_t i = live->n_names; i < n; i++)
        live->names[i] = NULL;
    live->n_names = n;
}

static void open_module(struct module *module, const struct profile_mapping *mapping)
{
    struct build_id id;
    struct stat st;

    module->tried = true;
    if (stat(mapping->path, &st) < 0 || st.st_size > MAX_FILE_SIZE)
        return;
    build_id_parse(mapping->build_id, &id);
    struct lprof_error *err = object_open(mapping->path, &id, &module->obj);
    error_destroy(err);
    if (!err)
        module->skid = skid_create(module->obj);
}

static uint64_t lookup_addr(struct module *module, const struct profile_location *location)
{
    switch (location->kind) {
    case PROFILE_ADDRESS_SKID:
        return skid_user_addr(module->skid, location->addr);
    case PROFILE_ADDRESS_KERNEL:
        return skid_kernel_addr(module->skid, location->addr);
    case PROFILE_ADDRESS_EXACT:
    case PROFILE_ADDRESS_CALL:
    default:
        return location->addr;
    }
}

static char *look_up(struct live *live, const struct profile *profile,
                     const struct profile_location *location)
{
    struct object_frame frames[OBJECT_FRAMES_MAX];

    if (location->mapping == 0)
        return mem_strdup("[unknown]");
    const struct profile_mapping *mapping = &profile->mappings[location->mapping - 1];
    struct module *module = &live->modules[location->mapping - 1];
    if (!module->tried)
        open_module(module, mapping);
    size_t n = 0;
    if (module->obj)
        n = object_frames_at(module->obj, lookup_addr(module, location), frames);
    if (n == 0)
        return mem_strdup(path_basename(mapping->path));
    if (!frames[0].file)
        return mem_strdup(frames[0].function->name);
    return mem_printf("%s:%u", path_basename(frames[0].file), frames[0].line);
}

// Keep the TOP locations with most samples, hottest first.
static void keep(struct hot top[TOP], struct hot hot)
{
    for (size_t i = 0; i < TOP; i++) {
        if (hot.samples > top[i].samples) {
            struct hot pushed = top[i];
            top[i] = hot;
            hot = pushed;
        }
    }
}

static int64_t find_top(const struct profile *profile, struct hot top[TOP])
{
    CLEANUP(cleanup_free)
    int64_t *samples = mem_alloc_array(profile->n_locations, sizeof *samples);
    int64_t total = 0;

    for (size_t i = 0; i < profile->n_samples; i++) {
        const struct profile_sample *sample = &profile->samples[i];
        samples[profile->stacks[sample->stack - 1].locations[0] - 1] +=
            sample->values[PROFILE_SAMPLES];
        total += sample->values[PROFILE_SAMPLES];
    }
    for (size_t i = 0; i < profile->n_locations; i++)
        keep(top, (struct hot){.location = (uint32_t)i + 1, .samples = samples[i]});
    return total;
}

// The name with most samples among the top locations; several may lie on one line.
static const char *hottest(struct live *live, const struct profile *profile, struct hot top[TOP],
                           int64_t *samples_ret)
{
    const char *best = NULL;

    for (size_t i = 0; i < TOP && top[i].samples; i++) {
        char **name = &live->names[top[i].location - 1];
        if (!*name)
            *name = look_up(live, profile, &profile->locations[top[i].location - 1]);
    }
    *samples_ret = 0;
    for (size_t i = 0; i < TOP && top[i].samples; i++) {
        const char *name = live->names[top[i].location - 1];
        int64_t sum = 0;
        for (size_t j = 0; j < TOP && top[j].samples; j++) {
            if (strcmp(live->names[top[j].location - 1], name) == 0)
                sum += top[j].samples;
        }
        if (sum > *samples_ret) {
            *samples_ret = sum;
            best = name;
        }
    }
    return best;
}

// Stepping is slow: how slow, everybody is told once, and who looks at a terminal of their own each second.
static void show_steps(struct live *live, int64_t steps, double elapsed_s)
{
    char count[UNITS_TEXT];
    char rate[UNITS_TEXT];

    units_format_count(steps, count);
    units_format_count((int64_t)((double)steps / elapsed_s), rate);
    if (live->is_line) {
        status_line_show(&live->line, "%.0f s, %s instructions counted, %s a second", elapsed_s,
                         count, rate);
        return;
    }
    message_say("stepping: %s instructions counted in %.1f s, %s a second", count, elapsed_s, rate);
    live->next_s = HUGE_VAL;
}

static void tick(void *context, const struct profile *profile, double elapsed_s)
{
    struct live *live = context;
    struct hot top[TOP] = {0};
    char count[UNITS_TEXT];
    int64_t samples;

    if (elapsed_s < live->next_s)
        return;
    live->next_s = elapsed_s + 1;
    if (profile->counters.steps || !live->is_line) {
        if (profile->counters.steps)
            show_steps(live, profile->counters.steps, elapsed_s);
        return;
    }
    follow(live, profile);
    int64_t total = find_top(profile, top);
    const char *where = hottest(live, profile, top, &samples);
    units_format_count(total, count);
    if (where)
        status_line_show(&live->line, "%.0f s, %s samples, hottest %s (%.0f %%)", elapsed_s, count,
                         where, 100.0 * (double)samples / (double)total);
    else
        status_line_show(&live->line, "%.0f s, %s samples", elapsed_s, count);
}

struct record_watch live_watch(struct live *live)
{
    return (struct record_watch){.tick = live ? tick : NULL, .context = live};
}
