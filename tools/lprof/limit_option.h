/**
 * @file
 * What -n takes: a count, a share, or a pattern, told apart by their form.
 */
#ifndef LPROF_TOOL_LIMIT_OPTION_H
#define LPROF_TOOL_LIMIT_OPTION_H

#include "report/report.h"
#include "word_list.h"

/**
 * Read one restriction. All digits are a count; "10%" and a fraction below 1 a share; anything else
 * is an extended regular expression, and "/12/" always is.
 *
 * @param[in,out] storage Keeps the pattern.
 * @return NULL and `*ret` set, or what is wrong; free it.
 */
char *limit_option_parse(const char *text, struct word_list *storage, struct report_limit *ret);

#endif
