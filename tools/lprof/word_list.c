#include "word_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char *take(struct word_list *list, char *word)
{
    list->items = mem_grow(list->items, &list->capacity, list->n, sizeof *list->items);
    list->items[list->n++] = word;
    return word;
}

const char *word_list_add(struct word_list *list, const char *word)
{
    return take(list, mem_strdup(word));
}

void word_list_add_parts(struct word_list *list, const char *words)
{
    for (;;) {
        size_t length = strcspn(words, ",");
        take(list, mem_printf("%.*s", (int)length, words));
        if (words[length] == '\0')
            return;
        words += length + 1;
    }
}

void word_list_deinit(struct word_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct word_list){0};
}
