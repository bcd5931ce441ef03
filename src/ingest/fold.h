/**
 * @file
 * From a sample to a stack of the profile.
 */
#ifndef LPROF_INGEST_FOLD_H
#define LPROF_INGEST_FOLD_H

#include "event/event.h"
#include "ingest/module_table.h"
#include "ingest/space.h"
#include "profile/profile.h"

struct fold {
    struct profile *profile;
    const struct space *space;
    struct module_table *modules;
};

/**
 * Id of the sample's stack in the profile. A sample in the kernel stands where its thread will come
 * back to, or in "[kernel]" when that is not known.
 */
uint32_t fold_sample(const struct fold *fold, pid_t pid, const struct event_sample *sample);

#endif
