#include "render/marshal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/test.h"

// What python3 prints for marshal.dumps(...) of the same, without its back references.
static void expect(const char *bytes, size_t size, void (*write)(FILE *out))
{
    char *written = NULL;
    size_t n;
    FILE *out = open_memstream(&written, &n);

    write(out);
    fclose(out);
    cr_expect(n == size && memcmp(written, bytes, size) == 0);
    free(written);
}

static void write_small(FILE *out)
{
    marshal_int(out, 1000);
}

static void write_large(FILE *out)
{
    marshal_int(out, 5000000000);
}

static void write_text(FILE *out)
{
    marshal_string(out, "a\xff");
}

static void write_dict(FILE *out)
{
    marshal_dict(out);
    marshal_tuple(out, 1);
    marshal_int(out, 1);
    marshal_float(out, 0.5);
    marshal_dict_end(out);
}

LP_TEST(marshal, numbers)
{
    expect("i\xe8\x03\0\0", 5, write_small);
    // 5000000000 = 4 * 2^30 + 21515 * 2^15 + 29184... in digits of 15 bits.
    expect("l\x03\0\0\0\x00\x72\x0b\x54\x04\0", 11, write_large);
}

LP_TEST(marshal, invalid_utf8_is_replaced)
{
    expect("u\x04\0\0\0a\xef\xbf\xbd", 9, write_text);
}

LP_TEST(marshal, dicts_of_tuples)
{
    expect("{(\x01\0\0\0i\x01\0\0\0g\0\0\0\0\0\0\xe0?0", 21, write_dict);
}
