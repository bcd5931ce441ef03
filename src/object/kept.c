#include "object/kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void kept_add(struct kept *kept, uint32_t mapping, struct object *object)
{
    if (mapping > kept->n) {
        kept->items = mem_resize(kept->items, mapping, sizeof *kept->items);
        memset(kept->items + kept->n, 0, (mapping - kept->n) * sizeof *kept->items);
        kept->n = mapping;
    }
    if (kept->items[mapping - 1])
        object_destroy(object);
    else
        kept->items[mapping - 1] = object;
}

struct object *kept_find(const struct kept *kept, uint32_t mapping)
{
    return mapping && mapping <= kept->n ? kept->items[mapping - 1] : NULL;
}

void kept_deinit(struct kept *kept)
{
    for (size_t i = 0; i < kept->n; i++)
        object_destroy(kept->items[i]);
    free(kept->items);
    *kept = (struct kept){0};
}
