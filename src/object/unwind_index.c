#include "object/unwind_index.h"

#include <string.h>

#include "base/cursor.h"
#include "object/cfa_cie.h"

enum {
    VERSION = 1,
    TABLE_ENCODING = 0x3b, // relative to the section, 4 signed bytes: what all linkers write
    PAIR_SIZE = 8,         // where the function is, where its entry is
};

bool unwind_index_read(const uint8_t *bytes, size_t size, uint64_t addr, uint64_t eh_frame_addr,
                       struct unwind_index *ret)
{
    struct cursor cursor = cursor_make(bytes, size);
    uint8_t version = cursor_u8(&cursor);
    uint8_t section_encoding = cursor_u8(&cursor);
    uint8_t count_encoding = cursor_u8(&cursor);
    uint8_t table_encoding = cursor_u8(&cursor);
    uint64_t section;
    uint64_t n;

    if (version != VERSION || table_encoding != TABLE_ENCODING ||
        !cfa_cie_pointer(&cursor, section_encoding, addr + 4, &section) ||
        section != eh_frame_addr || !cfa_cie_pointer(&cursor, count_encoding, 0, &n) ||
        n > cursor_left(&cursor) / PAIR_SIZE)
        return false;
    *ret = (struct unwind_index){.pairs = cursor.pos, .n = (size_t)n, .addr = addr};
    return true;
}

static uint64_t addr_at(const struct unwind_index *index, size_t offset)
{
    int32_t relative;

    memcpy(&relative, index->pairs + offset, sizeof relative);
    return index->addr + (uint64_t)(int64_t)relative;
}

bool unwind_index_find(const struct unwind_index *index, uint64_t addr, size_t *place_ret,
                       uint64_t *entry_addr_ret)
{
    size_t low = 0;
    size_t high = index->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (addr_at(index, middle * PAIR_SIZE) <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return false;
    *place_ret = low - 1;
    *entry_addr_ret = addr_at(index, (low - 1) * PAIR_SIZE + 4);
    return true;
}
