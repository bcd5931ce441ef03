#include "support/hand_function.h"

#include "support/test.h"

void hand_function_init(struct hand_function *ret, const uint8_t *code, size_t size, uint32_t room)
{
    struct insn_decoder *decoder = insn_decoder_create();
    struct flow_doubt doubt;

    ret->part = (struct flow_part){HAND_FUNCTION_ADDR, code, size};
    ret->source.entry = HAND_FUNCTION_ADDR;
    ret->source.parts = &ret->part;
    ret->source.part_count = 1;
    ret->room = room;
    ret->map = (struct line_map){0};
    cr_assert(flow_init(&ret->flow, &ret->source, decoder, &doubt), "%s", doubt.reason);
    insn_decoder_destroy(decoder);
    ret->hits = hits_plan_create(&ret->flow, &ret->map, false);
    ret->function = (struct rewrite_function){
        .source = &ret->source,
        .flow = &ret->flow,
        .points = hits_plan_points(ret->hits),
        .room = &ret->room,
    };
}

void hand_function_deinit(struct hand_function *hand)
{
    hits_plan_destroy(hand->hits);
    flow_deinit(&hand->flow);
}
