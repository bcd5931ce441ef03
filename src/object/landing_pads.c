#include "object/landing_pads.h"

#include "base/mem.h"
#include "object/cfa_cie.h"

#define OMITTED 0xff

size_t landing_pads_read(struct cursor table, uint64_t addr, uint64_t function,
                         struct object_landing **ret)
{
    struct object_landing *pads = NULL;
    size_t capacity = 0;
    size_t n = 0;
    uint64_t base = function;
    uint8_t base_encoding = cursor_u8(&table);

    *ret = NULL;
    // Tells its own base where pads lie in another section than the function.
    if (base_encoding != OMITTED && !cfa_cie_pointer(&table, base_encoding, addr + 1, &base))
        return 0;
    if (cursor_u8(&table) != OMITTED)
        cursor_uleb(&table);
    uint8_t encoding = cursor_u8(&table) & 0x0f;
    uint64_t size = cursor_uleb(&table);
    const uint8_t *start = cursor_skip(&table, size);
    struct cursor sites = cursor_make(start, start ? size : 0);
    while (cursor_left(&sites)) {
        uint64_t site;
        uint64_t length;
        uint64_t pad;
        if (!cfa_cie_pointer(&sites, encoding, 0, &site) ||
            !cfa_cie_pointer(&sites, encoding, 0, &length) ||
            !cfa_cie_pointer(&sites, encoding, 0, &pad))
            break;
        cursor_uleb(&sites);
        if (!pad || sites.failed)
            continue;
        pads = mem_grow(pads, &capacity, n, sizeof *pads);
        pads[n++] = (struct object_landing){function + site, function + site + length, base + pad};
    }
    *ret = pads;
    return n;
}
