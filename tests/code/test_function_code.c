#include "code/function_code.h"

#include <string.h>

#include "code/encoding.h"
#include "support/test.h"

static const struct object_definition *find(struct object *obj, const char *name)
{
    size_t n;
    const struct object_definition *definitions = object_definitions(obj, &n);

    for (size_t i = 0; i < n; i++)
        if (definitions[i].n_ranges && strcmp(definitions[i].function->name, name) == 0)
            return &definitions[i];
    return NULL;
}

LP_TEST(function_code, flow_lines_and_room_of_a_function)
{
    struct object *obj = NULL;
    struct function_code code;
    struct flow_doubt doubt;

    cr_assert_null(object_open(FIXTURE_DIR "/demo", NULL, &obj));
    const struct object_definition *main_ = find(obj, "main");
    cr_assert(main_);
    cr_assert(function_code_init(&code, obj, main_->ranges[0].begin, main_->ranges, main_->n_ranges,
                                 &doubt),
              "%s", doubt.reason);
    cr_expect_eq(code.source.part_count, main_->n_ranges);
    cr_expect_eq(code.source.entry, main_->ranges[0].begin);
    cr_expect(code.flow.block_count > 1);
    cr_expect(code.rows.map.row_count > 1);
    for (size_t i = 0; i < code.source.part_count; i++) {
        const struct flow_part *part = &code.parts[i];
        cr_expect(code.room[i] < 16);
        for (uint32_t at = 0; at < code.room[i];) {
            struct encoding encoding;
            cr_assert(encoding_parse(part->bytes + part->size + at, 16, &encoding));
            cr_assert(encoding_is_nop(&encoding) || encoding.opcode == 0xcc);
            at += encoding.size;
        }
    }
    function_code_deinit(&code);
    object_destroy(obj);
}

LP_TEST(function_code, code_that_is_not_there)
{
    struct object *obj = NULL;
    struct function_code code;
    struct flow_doubt doubt;
    const struct object_range nowhere = {0x7f0000000000, 0x7f0000000010};

    cr_assert_null(object_open(FIXTURE_DIR "/demo", NULL, &obj));
    cr_expect(!function_code_init(&code, obj, nowhere.begin, &nowhere, 1, &doubt));
    cr_expect(doubt.reason[0]);
    object_destroy(obj);
}
