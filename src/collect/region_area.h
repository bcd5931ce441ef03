/**
 * @file
 * lprof's end of the memory in which programs tell of their regions (event/region_wire.h).
 */
#ifndef LPROF_COLLECT_REGION_AREA_H
#define LPROF_COLLECT_REGION_AREA_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "event/event.h"

struct region_area; // opaque

struct region_area_options {
    bool children; ///< Processes other than the first are told of.
    bool prints;   ///< Each call of LPROF_TIMED is to be printed.
};

/** Make it; free with region_area_destroy(). NULL, or a SYSTEM error. */
LPROF_MUST_USE struct lprof_error *region_area_create(const struct region_area_options *options,
                                                      struct region_area **ret);

/** Tell programs that nobody reads any more, and free it. NULL is allowed. */
void region_area_destroy(struct region_area *area);

/** The file that programs map. Lives as long as the area. */
const char *region_area_path(const struct region_area *area);

/** Which process is the first. */
void region_area_set_first(struct region_area *area, pid_t pid);

/**
 * A sink in front of another one: samples and allocations get the region that they are inside of, regions
 * are told before they are named first, and what was measured where the program wanted nothing to be
 * measured is left out.
 *
 * Valid until the next call or the end of the area.
 */
struct event_sink region_area_sink(struct region_area *area, const struct event_sink *sink);

/** The time has come to hand on what was measured up to now: look at the clocks. */
void region_area_look(struct region_area *area);

/** Tell all regions and their calls up to now, to what stands behind region_area_sink(). */
void region_area_tell(struct region_area *area, const struct event_sink *sink);

/** Where the program wants a profile of up to now to be saved; NULL = nowhere. */
const char *region_area_asked(const struct region_area *area);

/** Answer it: 0, or the number of an error. */
void region_area_answer(struct region_area *area, int errnum);

/** Whether the program wants all to be forgotten that was measured before now; says so once. */
bool region_area_forget(struct region_area *area);

/** What is known besides. */
struct region_area_totals {
    uint64_t started;     ///< Processes that joined.
    uint64_t left_out;    ///< Samples without measuring.
    uint64_t left_out_ns; ///< CPU time of those.
    uint64_t unsure;      ///< Samples whose region could not be told.
    uint64_t lost;        ///< Times that a region found no number.
    uint64_t cut;         ///< Names that were too long.
    uint64_t unbalanced;  ///< Ends of regions that were not open.
    uint64_t too_deep;
    uint64_t ended_late; ///< Regions that ended with one around them.
    uint64_t open;       ///< Regions that were not left before their thread ended.
    uint64_t threads_lost;
    uint64_t too_early; ///< Regions of signal handlers that came while their thread started.
};

struct region_area_totals region_area_totals(const struct region_area *area);

#endif
