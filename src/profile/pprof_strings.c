#include "profile/pprof_strings.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"

struct pprof_string {
    UT_hash_handle hh;
    int64_t place;
};

void pprof_strings_init(struct pprof_strings *strings)
{
    *strings = (struct pprof_strings){0};
    pprof_strings_add(strings, "");
}

void pprof_strings_deinit(struct pprof_strings *strings)
{
    struct pprof_string *entry;
    struct pprof_string *next;

    HASH_ITER(hh, strings->entries, entry, next)
    {
        HASH_DEL(strings->entries, entry);
        free(entry);
    }
    free(strings->texts);
}

int64_t pprof_strings_add(struct pprof_strings *strings, const char *text)
{
    struct pprof_string *entry;

    if (!text)
        return 0;
    size_t length = strlen(text);
    HASH_FIND(hh, strings->entries, text, length, entry);
    if (entry)
        return entry->place;
    entry = mem_alloc(sizeof *entry);
    entry->place = (int64_t)strings->n;
    HASH_ADD_KEYPTR(hh, strings->entries, text, length, entry);
    strings->texts =
        mem_grow(strings->texts, &strings->capacity, strings->n, sizeof *strings->texts);
    // protobuf-c's type lacks the const; it only reads what it packs.
    strings->texts[strings->n++] = (char *)(uintptr_t)text;
    return entry->place;
}
