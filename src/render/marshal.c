#include "render/marshal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "render/utf8.h"

// Digits of a long number have 15 bits.
enum { DIGIT_BITS = 15 };

static void put_bytes(FILE *out, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        putc((int)(value >> (8 * i) & 0xff), out);
}

void marshal_tuple(FILE *out, uint32_t n)
{
    putc('(', out);
    put_bytes(out, n, 4);
}

void marshal_dict(FILE *out)
{
    putc('{', out);
}

void marshal_dict_end(FILE *out)
{
    putc('0', out);
}

void marshal_string(FILE *out, const char *text)
{
    // An invalid byte grows to the three bytes of U+FFFD.
    CLEANUP(cleanup_free) char *valid = mem_alloc(3 * strlen(text) + 1);
    size_t length = 0;

    while (*text) {
        size_t size;
        bool bad = utf8_next(text, &size) == UTF8_REPLACEMENT;
        memcpy(valid + length, bad ? "\xef\xbf\xbd" : text, bad ? 3 : size);
        length += bad ? 3 : size;
        text += size;
    }
    putc('u', out);
    put_bytes(out, length, 4);
    fwrite(valid, 1, length, out);
}

void marshal_int(FILE *out, int64_t value)
{
    assert(value >= 0);
    if (value <= INT32_MAX) {
        putc('i', out);
        put_bytes(out, (uint64_t)value, 4);
        return;
    }
    uint32_t digits = 0;
    for (int64_t rest = value; rest; rest >>= DIGIT_BITS)
        digits++;
    putc('l', out);
    put_bytes(out, digits, 4);
    for (uint32_t i = 0; i < digits; i++)
        put_bytes(out, (uint64_t)value >> (i * DIGIT_BITS) & ((1U << DIGIT_BITS) - 1), 2);
}

void marshal_float(FILE *out, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    putc('g', out);
    put_bytes(out, bits, 8);
}
