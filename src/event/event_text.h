/**
 * @file
 * Events as text, one line each: recorded streams can be printed, kept as fixtures and played back.
 *
 *     sample 1200 100/101 weight=250000 ip=401136 kernel regs=0,1,...,10 stack=00ff
 *     map 1000 100/100 start=401000 size=2000 offset=1000 build_id=beef path=/usr/bin/a program
 *     comm 1000 100/100 exec name=app
 *     fork 1100 100/101 parent=100/100
 *     exit 1300 100/101
 *     lost 1300 0/0 count=7
 *     throttle 1300 100/101 begin
 *     module 1400 0/0 number=1 path=/usr/bin/a program
 *     choice 1400 0/0 at=1:1136 depth=0 marked
 *     counter 1400 0/0 edge from=1:1136 at=1:1150 count=7
 *     called 1400 0/0 time=1200 in=1:1150,1:1180
 *     fault 1500 100/101 addr=7f0010 size=1000 ip=401136 regs=0,1,...,10 stack=00ff
 *     resident 1600 100/100 size=204000
 *     alloc 1700 100/101 addr=7f0010 size=20 interval=524288 ip=401136 regs=0,1,...,10 stack=00ff
 *     free 1800 100/102 addr=7f0010
 *     region 1800 0/0 number=2 parent=1 name=parse
 *     entered 1800 0/0 number=2 calls=3 total=150 min=40 max=60 buckets=40:1,50:1,58:1
 *     sample 1900 100/101 in=2 weight=250000 ip=401136
 *
 * A line is the kind, the time [ns], pid/tid, the region that it is inside of (in), then fields in this order.
 * `kernel`, `regs`, `stack`, `build_id`, `exec`, `marked`, `from`, the region, `stack_id`, `rounds`, `gone` and
 * `mapped` behind an interval, and `mapped` and `temporary` behind a free's address, may be missing; times, weights, counts,
 * rounds, intervals, buckets and ids are decimal, the rest is
 * hexadecimal. A name or path comes last and goes to the end of the line; a line feed or backslash
 * in it is written \n or \\. Empty lines and lines that begin with # are no events.
 */
#ifndef LPROF_EVENT_EVENT_TEXT_H
#define LPROF_EVENT_EVENT_TEXT_H

#include <stdio.h>

#include "base/error.h"
#include "event/event.h"

/** The event's line, without a line feed. Free it. */
char *event_text_format(const struct event *event);

/** An event read from text, with what it points to. */
struct event_text {
    struct event event;
    char *name;                 ///< Path or name, or NULL.
    uint8_t *stack;             ///< Stack bytes, or NULL.
    struct event_place *places; ///< Or NULL.
    uint64_t *buckets;          ///< Or NULL.
};

/**
 * Read one line.
 *
 * @param line Without a line feed.
 * @param[out] ret Release with event_text_deinit(). Untouched on error.
 * @return NULL, or a FORMAT error that says which field is wrong.
 */
LPROF_MUST_USE struct lprof_error *event_text_parse(const char *line, struct event_text *ret);

/** Free what the event points to. A zeroed struct is allowed. */
void event_text_deinit(struct event_text *text);

/**
 * Hand every event of a text file to a sink, in the order of its lines.
 *
 * @return NULL, or a SYSTEM error, or a FORMAT error that names file and line; the events before it
 *         have been handed on.
 */
LPROF_MUST_USE struct lprof_error *event_text_play(const char *path, const struct event_sink *sink);

/** A sink that writes every event to `out` as a line. */
struct event_sink event_text_writer(FILE *out);

#endif
