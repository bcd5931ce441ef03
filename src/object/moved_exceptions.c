// Who handles an exception adds distances to addresses, modulo 2^64. So actions and types need not be
// copied: distances that are large enough lead to those of the original. Only the sites, and the base of
// the pads, have to be told anew.
#include "object/moved_exceptions.h"

#include "base/cleanup.h"

enum { RELATIVE_4_BYTES = 0x1b, ULEB = 0x01 };

// The site that an address is in; `*next` is where the search begins, as addresses rise.
static const struct exception_site *site_at(const struct exception_table *table, uint64_t addr,
                                            size_t *next)
{
    while (*next < table->n_sites && table->sites[*next].end <= addr)
        ++*next;
    if (*next == table->n_sites || table->sites[*next].begin > addr)
        return NULL;
    return &table->sites[*next];
}

static void put_site(struct byte_writer *out, const struct exception_table *table,
                     const struct exception_site *site, uint64_t begin, uint64_t size,
                     uint64_t actions)
{
    byte_writer_uleb(out, begin);
    byte_writer_uleb(out, size);
    byte_writer_uleb(out, site->pad ? site->pad - table->base : 0);
    if (site->action)
        byte_writer_uleb_long(out, table->actions - actions + site->action);
    else
        byte_writer_uleb(out, 0);
}

// The size does not depend on `actions`, the address behind the sites.
static void put_sites(struct byte_writer *out, const struct exception_table *table,
                      const struct moved_place *places, size_t n, uint64_t end, uint64_t actions)
{
    size_t next = 0;
    size_t i = 0;

    while (i < n) {
        const struct exception_site *site = site_at(table, places[i].addr, &next);
        size_t first = i++;
        while (i < n && site_at(table, places[i].addr, &next) == site)
            i++;
        uint64_t behind = i < n ? places[i].offset : end;
        if (site)
            put_site(out, table, site, places[first].offset - places[0].offset,
                     behind - places[first].offset, actions);
    }
}

static void put_header(struct byte_writer *out, uint64_t out_addr,
                       const struct exception_table *table)
{
    byte_writer_u8(out, RELATIVE_4_BYTES);
    byte_writer_u32(out, table->base - (out_addr + out->size));
    byte_writer_u8(out, table->type_encoding);
    if (table->type_encoding != EXCEPTION_NO_TYPES)
        byte_writer_uleb_long(out, table->types - (out_addr + out->size + 10));
    byte_writer_u8(out, ULEB);
}

void moved_exceptions_put(struct byte_writer *out, uint64_t out_addr,
                          const struct exception_table *original, const struct moved_place *places,
                          size_t n, uint64_t end)
{
    CLEANUP(byte_writer_deinit) struct byte_writer sites = {0};

    put_sites(&sites, original, places, n, end, 0);
    put_header(out, out_addr, original);
    byte_writer_uleb(out, sites.size);
    put_sites(out, original, places, n, end, out_addr + out->size + sites.size);
}
