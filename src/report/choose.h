/**
 * @file
 * Which functions are worth a listing of their own lines.
 */
#ifndef LPROF_REPORT_CHOOSE_H
#define LPROF_REPORT_CHOOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "report/report.h"

/** Most functions that are listed without being asked for. */
#define CHOOSE_MAX 10

/** Share of the time that the listed ones cover, when so many suffice. */
#define CHOOSE_COVER 0.95

/**
 * Set `listed` of the functions: with limits all that passed them; else the marked ones, those that were
 * counted when they are few, and then those of the project by own time (without samples by what they
 * executed, with few samples by that, too) until they cover most of it; likewise by own memory. Only
 * functions whose file and lines are known can be listed.
 *
 * @param opened [n_functions] Functions of foreign files whose own listing was asked for: they are
 *        chosen among themselves, by their self time.
 */
void choose_listed(struct report *report, const struct report_options *options, const bool *opened);

#endif
