#include "render/json_writer.h"

#include <stdlib.h>

#include "support/test.h"

LP_TEST(json_writer, values_in_their_places)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_writer_object(&writer);
    json_writer_key(&writer, "a");
    json_writer_array(&writer);
    json_writer_int(&writer, INT64_MIN);
    json_writer_bool(&writer, true);
    json_writer_null(&writer);
    json_writer_string(&writer, NULL);
    json_writer_end(&writer);
    json_writer_key(&writer, "b");
    json_writer_array(&writer);
    json_writer_object(&writer);
    json_writer_end(&writer);
    json_writer_object(&writer);
    json_writer_key(&writer, "c");
    json_writer_string(&writer, "d");
    json_writer_end(&writer);
    json_writer_end(&writer);
    json_writer_end(&writer);
    fclose(out);
    cr_expect_str_eq(text,
                     "{\"a\": [-9223372036854775808, true, null, null], \"b\": [\n  {},\n  "
                     "{\"c\": \"d\"}]}\n",
                     "%s", text);
    free(text);
}

LP_TEST(json_writer, strings_are_escaped_and_valid)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_writer_string(&writer, "\"\\\n\t\r\x01\x7f\xc3\xa9\xff/\xed\xa0\x80");
    fclose(out);
    cr_expect_str_eq(text,
                     "\"\\\"\\\\\\n\\t\\u000d\\u0001\\u007f\xc3\xa9\xef\xbf\xbd/"
                     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
                     "%s", text);
    free(text);
}
