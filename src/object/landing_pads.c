#include "object/landing_pads.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "object/exception_table.h"

size_t landing_pads_read(struct cursor table, uint64_t addr, uint64_t function,
                         struct object_landing **ret)
{
    CLEANUP(exception_table_deinit) struct exception_table exceptions;
    size_t n = 0;

    exception_table_read(table, addr, function, &exceptions);
    struct object_landing *pads = mem_alloc_array(exceptions.n_sites + 1, sizeof *pads);
    for (size_t i = 0; i < exceptions.n_sites; i++) {
        const struct exception_site *site = &exceptions.sites[i];
        if (site->pad)
            pads[n++] = (struct object_landing){site->begin, site->end, site->pad};
    }
    if (n)
        *ret = pads;
    else {
        free(pads);
        *ret = NULL;
    }
    return n;
}
