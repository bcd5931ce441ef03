#include "collect/padding.h"

#include "code/encoding.h"

enum { MOST = 16, INT3 = 0xcc };

static bool is_in_function(struct object *obj, uint64_t addr)
{
    struct object_symbol symbol;
    struct object_frame frames[OBJECT_FRAMES_MAX];

    // A symbol without a size may be about anything.
    if (object_symbol_at(obj, addr, &symbol) &&
        (symbol.addr == addr || (symbol.size && addr - symbol.addr < symbol.size)))
        return true;
    struct object_row row;
    return object_row_at(obj, addr, &row) && row.addr == addr &&
           object_frames_at(obj, addr, frames) > 0;
}

// The size of one instruction of padding; 0 when it is none.
static uint32_t padding_size(const uint8_t *code, size_t size)
{
    struct encoding encoding;

    if (size && code[0] == INT3)
        return 1;
    return encoding_parse(code, size, &encoding) && encoding_is_nop(&encoding) ? encoding.size : 0;
}

uint32_t padding_at(struct object *obj, uint64_t addr)
{
    size_t size = 0;
    const uint8_t *code = object_code_at(obj, addr, &size);
    uint32_t n = 0;

    while (code && n < MOST && !is_in_function(obj, addr + n)) {
        uint32_t more = padding_size(code + n, size - n);
        if (!more)
            break;
        n += more;
    }
    return n > MOST ? MOST : n;
}
