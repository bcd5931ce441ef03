#include "object/frame_shapes.h"

#include <stdlib.h>
#include <string.h>

#include "support/test.h"

enum { SECTION = 0x4000, CODE = 0x1000, SIZE = 40 };

// push rbx; sub rsp; a return in the middle; and the body again.
static const uint8_t section[] = {
    20,   0,    0,  0,    0,  0, 0, 0, 1, 'z', 'R', 0, 1,    0x78, 16, 1, 0x1b,
    0x0c, 7,    8,  0x90, 1,  0, 0,                                          // CIE
    28,   0,    0,  0,    28, 0, 0, 0, 0, 0,   0,   0, SIZE, 0,    0,  0, 0, // FDE
    0x41, 0x0e, 16, 0x83, 2, // advance 1: CFA = rsp + 16, rbx at CFA - 16
    0x44, 0x0e, 32,          // advance 4: CFA = rsp + 32
    0x50, 0x0a,              // advance 16: remember
    0x0e, 8,                 //     CFA = rsp + 8
    0x42, 0x0b, 0};          // advance 2: as before

static uint32_t shape_at(const struct frame_shape *shapes, size_t n, uint64_t addr)
{
    uint32_t shape = FRAME_SHAPE_NONE;

    for (size_t i = 0; i < n && shapes[i].addr <= addr; i++)
        shape = shapes[i].shape;
    return shape;
}

LP_TEST(frame_shapes, equal_numbers_mean_equal_rules)
{
    uint8_t bytes[sizeof section];
    const uint32_t distance = CODE - (SECTION + 32u);
    struct unwind_table table;
    struct frame_shape *shapes = NULL;
    uint32_t last = 0;

    memcpy(bytes, section, sizeof bytes);
    memcpy(bytes + 32, &distance, sizeof distance);
    unwind_table_init(
        &table,
        &(struct unwind_section){
            .format = UNWIND_EH_FRAME, .bytes = bytes, .size = sizeof bytes, .addr = SECTION},
        NULL);
    size_t n = frame_shapes_find(&table, CODE, CODE + SIZE, &last, &shapes);
    uint32_t body = shape_at(shapes, n, CODE + 5);
    cr_expect_neq(shape_at(shapes, n, CODE), shape_at(shapes, n, CODE + 1));
    cr_expect_neq(shape_at(shapes, n, CODE + 1), body);
    cr_expect_eq(shape_at(shapes, n, CODE + 20), body);
    cr_expect_neq(shape_at(shapes, n, CODE + 21), body, "on the way out");
    cr_expect_eq(shape_at(shapes, n, CODE + 23), body, "the body again");
    cr_expect_eq(shape_at(shapes, n, CODE + SIZE), FRAME_SHAPE_NONE);
    cr_expect_geq(last, 4);
    free(shapes);
    cr_expect_eq(frame_shapes_find(&table, 0x9000, 0x9010, &last, &shapes), 1);
    cr_expect_eq(shapes[0].shape, FRAME_SHAPE_NONE, "code that nothing is known of");
    free(shapes);
    unwind_table_deinit(&table);
}
