/**
 * @file
 * Telling lprof where a fault was that ends the program: it may be lprof's own. What the program does about
 * faults itself stays as it is, and so does what becomes of it.
 */
#ifndef LPROF_AGENT_FAULTS_H
#define LPROF_AGENT_FAULTS_H

#include "event/agent_wire.h"

/** Begin. `area` lives as long as the program. */
void faults_watch(struct agent_area *area);

#endif
