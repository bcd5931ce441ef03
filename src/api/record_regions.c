#include "api/record_regions.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "event/region_wire.h"
#include "object/object.h"
#include "profile/builder.h"
#include "target/exec.h"

// The library that lets a program use regions by calls has some itself.
#define LIBRARY "liblprof.so"

static bool has_regions(const char *program)
{
    CLEANUP(cleanup_free) char *path = exec_find(program);
    struct object *obj = NULL;
    struct lprof_error *err = path ? object_open(path, NULL, &obj) : NULL;
    bool has = obj && (object_has_section(obj, REGION_WIRE_SECTION) ||
                       object_has_dynamic_string(obj, LIBRARY));

    // What cannot be read is told when it is run.
    error_destroy(err);
    object_destroy(obj);
    return has;
}

// ---- starting

struct lprof_error *record_regions_begin(struct record_regions *regions,
                                         const struct record_options *options)
{
    const char *print = getenv("LPROF_TIMED_PRINT");
    const struct region_area_options asked = {.children = options->collector.children,
                                              .prints = print && strcmp(print, "1") == 0};
    CLEANUP(cleanup_free) char *library = NULL;

    if (options->collector.step || !has_regions(options->argv[0]))
        return NULL;
    regions->objection = preload_objection(options->argv[0]);
    if (regions->objection)
        return NULL;
    struct lprof_error *err = preload_find(REGION_WIRE_LIBRARY, &library);
    if (!err)
        err = region_area_create(&asked, &regions->area);
    if (err)
        return err;
    preload_begin(&regions->preload, library, REGION_WIRE_VARIABLE,
                  region_area_path(regions->area));
    return NULL;
}

void record_regions_started(struct record_regions *regions, pid_t pid)
{
    preload_end(&regions->preload, REGION_WIRE_VARIABLE);
    if (regions->area)
        region_area_set_first(regions->area, pid);
}

// ---- notes

static void note(struct profile *profile, const char *code, uint64_t count, const char *text)
{
    if (count)
        builder_note(profile, code, count > INT64_MAX ? INT64_MAX : (int64_t)count, text, NULL);
}

void record_regions_note(const struct record_regions *regions, struct profile *profile)
{
    if (regions->objection) {
        CLEANUP(cleanup_free)
        char *text = mem_printf("the regions of the program were not seen: %s", regions->objection);
        builder_note(profile, "regions-unseen", 1, text, NULL);
    }
    if (!regions->area)
        return;
    struct region_area_totals totals = region_area_totals(regions->area);
    note(profile, "regions-unseen", !totals.started,
         "the regions of the program were not seen: it is linked statically, runs with the rights "
         "of another user, or takes no libraries from LD_PRELOAD");
    note(profile, "left-out", totals.left_out,
         "{} samples were left out: the program had switched measuring off, or forgot them");
    note(profile, "regions-unsure", totals.unsure,
         "the regions of {} samples could not be told for certain: their stacks are deep, and "
         "many regions ended before the samples were read");
    note(profile, "regions-many", totals.lost,
         "there are more regions than lprof tells apart: entered {} times, the rest stands "
         "together as [other regions]");
    note(profile, "regions-cut", totals.cut, "{} names of regions are cut: they are too long");
    note(profile, "regions-unbalanced", totals.unbalanced + totals.ended_late,
         "{} regions did not end in the order in which they began, or had no beginning");
    note(profile, "regions-deep", totals.too_deep,
         "{} regions were left out: too many were open around them");
    note(profile, "regions-open", totals.open,
         "{} regions had not ended when their thread did: they are counted up to then");
    note(profile, "regions-unseen", totals.threads_lost,
         "the regions of {} threads were not seen: too many threads run at a time");
    note(profile, "regions-unseen", totals.too_early,
         "{} regions of signal handlers were not seen: they came while their thread began");
}

void record_regions_deinit(struct record_regions *regions)
{
    region_area_destroy(regions->area);
    regions->area = NULL;
}
