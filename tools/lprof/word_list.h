/**
 * @file
 * A growing list of words, such as what a repeated option was given.
 */
#ifndef LPROF_TOOL_WORD_LIST_H
#define LPROF_TOOL_WORD_LIST_H

#include <stddef.h>

/** Owns its words. A zeroed struct is empty. */
struct word_list {
    char **items; ///< [n]
    size_t n;
    size_t capacity;
};

/** Add a copy of a word; the copy lives as long as the list. */
const char *word_list_add(struct word_list *list, const char *word);

/** Add the parts of "a,b,c". */
void word_list_add_parts(struct word_list *list, const char *words);

/** Free the words. */
void word_list_deinit(struct word_list *list);

#endif
