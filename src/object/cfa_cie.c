#include "object/cfa_cie.h"

#include "object/unwind_table.h"

static bool read_pointer_format(struct cursor *cursor, uint8_t format, uint64_t *ret)
{
    switch (format) {
    case 0x00: // absptr
    case 0x04: // udata8
    case 0x0c: // sdata8
        *ret = cursor_u64(cursor);
        return true;
    case 0x01:
        *ret = cursor_uleb(cursor);
        return true;
    case 0x02:
        *ret = cursor_u16(cursor);
        return true;
    case 0x03:
        *ret = cursor_u32(cursor);
        return true;
    case 0x09:
        *ret = (uint64_t)cursor_sleb(cursor);
        return true;
    case 0x0a:
        *ret = (uint64_t)(int64_t)(int16_t)cursor_u16(cursor);
        return true;
    case 0x0b:
        *ret = (uint64_t)(int64_t)(int32_t)cursor_u32(cursor);
        return true;
    default:
        return false;
    }
}

bool cfa_cie_pointer(struct cursor *cursor, uint8_t encoding, uint64_t addr, uint64_t *ret)
{
    uint64_t value;

    if (!read_pointer_format(cursor, encoding & 0x0f, &value) || cursor->failed)
        return false;
    switch (encoding & 0xf0) {
    case 0x00: // absolute
        break;
    case 0x10: // relative to where it stands
        value += addr;
        break;
    default:
        return false;
    }
    *ret = value;
    return true;
}

static bool read_personality(struct cursor *data, struct cfa_cie *cie)
{
    uint64_t ignored;

    cie->personality_encoding = cursor_u8(data);
    cie->personality = data->pos;
    return read_pointer_format(data, cie->personality_encoding & 0x0f, &ignored);
}

// Read what the augmentation string announces.
static bool read_augmentation(struct cursor *body, const char *augmentation, struct cfa_cie *cie)
{
    if (!augmentation[0])
        return true;
    if (augmentation[0] != 'z')
        return false;
    cie->has_augmentation_data = true;
    uint64_t size = cursor_uleb(body);
    const uint8_t *start = cursor_skip(body, size);
    if (!start)
        return false;
    struct cursor data = cursor_make(start, size);
    for (const char *letter = augmentation + 1; *letter; letter++) {
        if (*letter == 'R')
            cie->pointer_encoding = cursor_u8(&data);
        else if (*letter == 'L')
            cie->lsda_encoding = cursor_u8(&data);
        else if (*letter == 'S')
            cie->is_signal = true;
        else if (*letter != 'P' || !read_personality(&data, cie))
            break; // Of the letters behind an unknown one nothing is known.
    }
    return !data.failed;
}

bool cfa_cie_read(struct cursor *body, struct cfa_cie *ret)
{
    struct cfa_cie cie = {.lsda_encoding = CFA_NO_LSDA};
    uint8_t version = cursor_u8(body);

    if (version != 1 && version != 3 && version != 4)
        return false;
    const char *augmentation = cursor_string(body);
    if (version == 4)
        cursor_u16(body); // sizes of an address and of a segment selector
    cie.code_alignment = cursor_uleb(body);
    cie.data_alignment = cursor_sleb(body);
    uint64_t ra_register = version == 1 ? cursor_u8(body) : cursor_uleb(body);
    if (ra_register != UNWIND_REG_RA || !read_augmentation(body, augmentation, &cie))
        return false;
    cie.program = *body;
    *ret = cie;
    return !body->failed;
}
