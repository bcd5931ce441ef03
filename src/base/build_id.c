#include "base/build_id.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

void build_id_format(const struct build_id *id, char text[BUILD_ID_TEXT])
{
    text[0] = '\0';
    for (size_t i = 0; i < id->size; i++)
        snprintf(text + 2 * i, 3, "%02x", id->bytes[i]);
}

static int digit_value(char c)
{
    if (isdigit((unsigned char)c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

bool build_id_parse(const char *text, struct build_id *ret)
{
    size_t length = strlen(text);

    memset(ret, 0, sizeof *ret);
    if (!length || length % 2 || length / 2 > BUILD_ID_MAX)
        return false;
    for (size_t i = 0; i < length; i += 2) {
        int high = digit_value(text[i]);
        int low = digit_value(text[i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret->bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    ret->size = (uint8_t)(length / 2);
    return true;
}

bool build_id_equal(const struct build_id *a, const struct build_id *b)
{
    return a->size && a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}
