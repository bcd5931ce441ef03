#include "collect/exact_regions.h"

// What stands for code rather than for a count is told once, of the whole run.
static bool is_count(const struct event *event)
{
    enum event_counter_kind kind = event->u.counter.kind;

    return event->kind == EVENT_COUNTER && event->u.counter.count && kind != EVENT_COUNTER_PART &&
           kind != EVENT_COUNTER_REFUSED;
}

static void receive(void *context, const struct event *event)
{
    const struct exact_regions *regions = context;
    struct event inside = *event;

    if (!is_count(event))
        return;
    inside.region = regions->region;
    regions->sink->receive(regions->sink->context, &inside);
}

struct event_sink exact_regions_sink(struct exact_regions *regions)
{
    return (struct event_sink){receive, regions};
}
