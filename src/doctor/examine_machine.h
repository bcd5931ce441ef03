/**
 * @file
 * What this machine allows: sampling with perf events, stepping with ptrace.
 */
#ifndef LPROF_DOCTOR_EXAMINE_MACHINE_H
#define LPROF_DOCTOR_EXAMINE_MACHINE_H

#include "doctor/findings.h"

/** Try what lprof would do, and add what was found. BAD only when nothing can be sampled. */
void examine_machine(struct findings *findings);

#endif
