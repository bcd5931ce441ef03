#include "object/exception_table.h"

#include <stdlib.h>

#include "base/mem.h"
#include "object/cfa_cie.h"

#define OMITTED 0xff

static uint64_t here(const struct cursor *table, const uint8_t *start, uint64_t addr)
{
    return addr + (uint64_t)(table->pos - start);
}

// False when nothing behind it can be found.
static bool read_header(struct cursor *table, uint64_t addr, struct exception_table *ret)
{
    const uint8_t *start = table->pos;
    uint8_t base_encoding = cursor_u8(table);

    // Tells its own base where pads lie in another section than the function.
    if (base_encoding != OMITTED && !cfa_cie_pointer(table, base_encoding, addr + 1, &ret->base))
        return false;
    ret->type_encoding = cursor_u8(table);
    if (ret->type_encoding != EXCEPTION_NO_TYPES) {
        uint64_t distance = cursor_uleb(table);
        ret->types = here(table, start, addr) + distance;
    }
    return !table->failed;
}

static bool read_site(struct cursor *sites, uint8_t encoding, uint64_t function, uint64_t base,
                      struct exception_site *ret)
{
    uint64_t begin;
    uint64_t length;
    uint64_t pad;

    if (!cfa_cie_pointer(sites, encoding, 0, &begin) ||
        !cfa_cie_pointer(sites, encoding, 0, &length) || !cfa_cie_pointer(sites, encoding, 0, &pad))
        return false;
    *ret = (struct exception_site){.begin = function + begin,
                                   .end = function + begin + length,
                                   .pad = pad ? base + pad : 0,
                                   .action = cursor_uleb(sites)};
    return true;
}

void exception_table_read(struct cursor table, uint64_t addr, uint64_t function,
                          struct exception_table *ret)
{
    const uint8_t *start = table.pos;
    size_t capacity = 0;

    *ret = (struct exception_table){.base = function, .type_encoding = EXCEPTION_NO_TYPES};
    if (!read_header(&table, addr, ret))
        return;
    uint8_t encoding = cursor_u8(&table) & 0x0f;
    uint64_t size = cursor_uleb(&table);
    const uint8_t *bytes = cursor_skip(&table, size);
    struct cursor sites = cursor_make(bytes, bytes ? size : 0);
    struct exception_site site;
    ret->actions = here(&table, start, addr);
    while (cursor_left(&sites) && read_site(&sites, encoding, function, ret->base, &site) &&
           !sites.failed) {
        ret->sites = mem_grow(ret->sites, &capacity, ret->n_sites, sizeof *ret->sites);
        ret->sites[ret->n_sites++] = site;
    }
}

void exception_table_deinit(struct exception_table *table)
{
    free(table->sites);
    *table = (struct exception_table){0};
}
