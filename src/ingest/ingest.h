/**
 * @file
 * From events to an unsymbolized profile: follows every process's address space over time and folds
 * each sample into (module, file address). Nothing is dropped: what lies in no module keeps its address.
 */
#ifndef LPROF_INGEST_INGEST_H
#define LPROF_INGEST_INGEST_H

#include <stddef.h>

#include "event/event.h"
#include "object/kept.h"
#include "profile/profile.h"

struct ingest; // opaque

/** Start folding into a profile, which must outlive it. */
struct ingest *ingest_create(struct profile *profile);

/** Free it. NULL is allowed. */
void ingest_destroy(struct ingest *ingest);

/** The sink to hand events to, in the order of their times. */
struct event_sink ingest_sink(struct ingest *ingest);

/** Put into the profile's meta how many threads and processes there were, what was lost, and how far
 * the samples cluster in time. */
void ingest_finish(struct ingest *ingest);

/** Hand over the files that are open, for symbolizing. No samples can follow. */
void ingest_keep(struct ingest *ingest, struct kept *kept);

#endif
