#include "render/utf8.h"

#include <wchar.h>

// Bytes of a sequence by its first byte, 0 = cannot start one.
static size_t sequence_size(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return 2;
    if (first >= 0xe0 && first < 0xf0)
        return 3;
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

// Overlong forms, surrogates and what lies behind the last code point are no characters.
static bool is_valid(uint32_t character, size_t size)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

    if (character >= 0xd800 && character < 0xe000)
        return false;
    return character >= least[size] && character <= 0x10ffff;
}

uint32_t utf8_next(const char *text, size_t *size_ret)
{
    unsigned char first = (unsigned char)text[0];
    size_t size = sequence_size(first);

    *size_ret = 1;
    if (size <= 1)
        return size ? first : UTF8_REPLACEMENT;
    uint32_t character = first & (0x7fU >> size);
    for (size_t i = 1; i < size; i++) {
        // The zero at the end of the string stops here too.
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return UTF8_REPLACEMENT;
        character = character << 6 | ((unsigned char)text[i] & 0x3f);
    }
    if (!is_valid(character, size))
        return UTF8_REPLACEMENT;
    *size_ret = size;
    return character;
}

bool utf8_is_control(uint32_t character)
{
    bool c0_or_c1 = character < 0x20 || (character >= 0x7f && character < 0xa0);
    bool line = character == 0x2028 || character == 0x2029;
    bool turns = (character >= 0x202a && character <= 0x202e) ||
                 (character >= 0x2066 && character <= 0x2069) || character == 0x200e ||
                 character == 0x200f || character == 0x061c;

    return c0_or_c1 || line || turns;
}

unsigned utf8_columns(uint32_t character)
{
    int columns = character < 0x7f ? 1 : wcwidth((wchar_t)character);

    return columns < 0 ? 1 : (unsigned)columns;
}
