#include "code/flow.h"

#include <string.h>

#include "support/snippet.h"
#include "support/test.h"

/** How many edges of a kind lead from one node to another. */
static uint32_t edges(const struct flow *flow, uint32_t from, uint32_t to, enum flow_edge_kind kind)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < flow->graph.edge_count; i++)
        found += flow->graph.edges[i].from == from && flow->graph.edges[i].to == to &&
                 flow->edges[i].kind == kind;
    return found;
}

static void expect_doubt(const struct snippet *snippet, const char *reason)
{
    struct insn_decoder *decoder = insn_decoder_create();
    struct flow flow;
    struct flow_doubt doubt = {0};
    cr_assert(!flow_init(&flow, &snippet->source, decoder, &doubt));
    insn_decoder_destroy(decoder);
    cr_assert_str_eq(doubt.reason, reason);
}

LP_TEST(flow, calls_do_not_end_a_block)
{
    struct snippet s;
    snippet_init(&s, "a: plain\n call\n plain\n return");
    struct flow flow;
    snippet_flow(&s, &flow);
    cr_assert_eq(flow.block_count, 1);
    cr_assert_eq(flow.blocks[0].end, 4);
    cr_assert_eq(flow.graph.edge_count, 2);
    cr_assert_eq(edges(&flow, flow.entry, 0, FLOW_EDGE_ENTER), 1);
    cr_assert_eq(edges(&flow, 0, flow.exit, FLOW_EDGE_LEAVE), 1);
    flow_deinit(&flow);
}

LP_TEST(flow, a_loop_with_its_test_at_the_end)
{
    struct snippet s;
    snippet_init(&s, "a: plain\n jump test\nbody: plain\ntest: plain\n branch body\nend: return");
    struct flow flow;
    snippet_flow(&s, &flow);
    uint32_t body = snippet_block(&s, &flow, "body"), test = snippet_block(&s, &flow, "test");
    cr_assert_eq(flow.block_count, 4);
    cr_assert_eq(edges(&flow, 0, test, FLOW_EDGE_TAKEN), 1);
    cr_assert_eq(edges(&flow, body, test, FLOW_EDGE_FALL), 1);
    cr_assert_eq(edges(&flow, test, body, FLOW_EDGE_TAKEN), 1);
    cr_assert_eq(edges(&flow, test, snippet_block(&s, &flow, "end"), FLOW_EDGE_FALL), 1);
    flow_deinit(&flow);
}

LP_TEST(flow, code_that_aligns_what_follows_is_in_no_block)
{
    struct snippet s;
    snippet_init(&s, "a: branch b\n return\n nop\n nop\nb: plain\n nop\n return");
    struct flow flow;
    snippet_flow(&s, &flow);
    cr_assert_eq(flow.block_count, 3);
    cr_assert_eq(flow.insns[2].block, FLOW_NONE);
    cr_assert_eq(graph_in(&flow.graph, snippet_block(&s, &flow, "b")).count, 1);
    cr_assert_eq(flow.insns[5].block, 2); // A nop on the way belongs to its block.
    flow_deinit(&flow);
}

LP_TEST(flow, a_cold_part_belongs_to_the_function)
{
    struct snippet s;
    snippet_init(&s, "a: branch rare\nback: return\ncold\nrare: call\n jump back");
    struct flow flow;
    snippet_flow(&s, &flow);
    uint32_t rare = snippet_block(&s, &flow, "rare"), back = snippet_block(&s, &flow, "back");
    cr_assert_eq(edges(&flow, 0, rare, FLOW_EDGE_TAKEN), 1);
    cr_assert_eq(edges(&flow, rare, back, FLOW_EDGE_TAKEN), 1);
    flow_deinit(&flow);
}

LP_TEST(flow, control_that_leaves_goes_to_the_exit)
{
    struct snippet s;
    snippet_init(&s, "a: branch tail\nb: branch\n stop\ntail: away\ncold\n call");
    struct flow flow;
    snippet_flow(&s, &flow);
    cr_assert_eq(edges(&flow, snippet_block(&s, &flow, "b"), flow.exit, FLOW_EDGE_LEAVE), 1);
    cr_assert_eq(edges(&flow, snippet_block(&s, &flow, "tail"), flow.exit, FLOW_EDGE_LEAVE), 1);
    // A call at the very end does not return.
    cr_assert_eq(edges(&flow, flow.block_count - 1, flow.exit, FLOW_EDGE_LEAVE), 1);
    flow_deinit(&flow);
}

LP_TEST(flow, every_call_of_a_range_can_land)
{
    struct snippet s;
    snippet_init(&s, "a: call\nb: call\nc: plain\n call\n return\npad: plain\n return");
    struct flow_pad pad = {snippet_addr(&s, "a"), snippet_addr(&s, "c"), snippet_addr(&s, "pad")};
    s.source.pads = &pad;
    s.source.pad_count = 1;
    struct flow flow;
    snippet_flow(&s, &flow);
    uint32_t landing = snippet_block(&s, &flow, "pad");
    cr_assert_eq(edges(&flow, 0, landing, FLOW_EDGE_LANDING), 2);
    cr_assert_eq(graph_in(&flow.graph, landing).count, 2);
    flow_deinit(&flow);
}

LP_TEST(flow, indirect_jumps_go_through_the_hub)
{
    struct snippet s;
    snippet_init(&s, "a: dispatch\nx: plain\n jump a\ny: return");
    const uint64_t targets[] = {snippet_addr(&s, "x"), snippet_addr(&s, "y")};
    struct flow_jump jump = {snippet_addr(&s, "a"), FLOW_JUMP_INSIDE};
    s.source.targets = targets;
    s.source.target_count = 2;
    s.source.jumps = &jump;
    s.source.jump_count = 1;
    struct flow flow;
    snippet_flow(&s, &flow);
    cr_assert_eq(edges(&flow, snippet_block(&s, &flow, "a"), flow.hub, FLOW_EDGE_TO_HUB), 1);
    cr_assert_eq(edges(&flow, flow.hub, snippet_block(&s, &flow, "x"), FLOW_EDGE_LABEL), 1);
    cr_assert_eq(edges(&flow, flow.hub, snippet_block(&s, &flow, "y"), FLOW_EDGE_LABEL), 1);
    flow_deinit(&flow);
}

LP_TEST(flow, an_indirect_jump_that_nobody_knows_is_refused)
{
    struct snippet s;
    snippet_init(&s, "a: dispatch");
    expect_doubt(&s, "where the jump at 0x1000 leads is not known");
}

LP_TEST(flow, a_target_that_was_missed_is_noticed)
{
    struct snippet s;
    snippet_init(&s, "a: dispatch\n plain\n return");
    struct flow_jump jump = {snippet_addr(&s, "a"), FLOW_JUMP_LEAVES};
    s.source.jumps = &jump;
    s.source.jump_count = 1;
    expect_doubt(&s, "an indirect jump may lead to 0x1002, to which nothing else does");
}

LP_TEST(flow, a_jump_into_an_instruction_is_refused)
{
    struct snippet s;
    snippet_init(&s, "a: jump b\nb: return");
    s.hot[1] = 0xfe; // one byte before the return
    memset(s.hot + 2, 0xff, 3);
    expect_doubt(&s, "a jump leads to 0x1003, where no instruction starts");
}

LP_TEST(flow, bytes_that_are_no_instruction_are_refused)
{
    struct snippet s;
    snippet_init(&s, "a: plain\n return");
    s.hot[0] = 0x06;
    expect_doubt(&s, "the instruction at 0x1000 is not known");
}

LP_TEST(flow, vector_instructions_that_capstone_does_not_know_are_plain)
{
    static const uint8_t code[] = {0x62, 0xf3, 0x7d, 0x48, 0x3b, 0xd2, 0x01, // vextracti32x8
                                   0xc3};
    struct flow_part part = {.addr = 0x1000, .size = sizeof code, .bytes = code};
    struct flow_source source = {.entry = 0x1000, .parts = &part, .part_count = 1};
    struct insn_decoder *decoder = insn_decoder_create();
    struct flow flow;
    struct flow_doubt doubt = {0};
    cr_assert(flow_init(&flow, &source, decoder, &doubt), "%s", doubt.reason);
    insn_decoder_destroy(decoder);
    cr_assert_eq(flow.insn_count, 2);
    cr_assert_eq(flow.insns[0].insn.size, 7);
    cr_assert_eq(flow.insns[0].insn.kind, INSN_PLAIN);
    flow_deinit(&flow);
}

LP_TEST(flow, parts_that_overlap_are_refused)
{
    struct snippet s;
    snippet_init(&s, "a: plain\n return\ncold\n return");
    s.parts[1].addr = SNIPPET_START + 1;
    expect_doubt(&s, "its part at 0x1001 overlaps another");
}

LP_TEST(flow, a_call_of_the_function_itself_is_a_call_and_one_into_its_middle_is_refused)
{
    struct snippet s;
    snippet_init(&s, "a: plain\n call a\n return");
    struct flow flow;
    snippet_flow(&s, &flow);
    cr_assert_eq(flow.graph.edge_count, 2);
    flow_deinit(&flow);
    snippet_init(&s, "a: call b\nb: plain\n return");
    expect_doubt(&s, "the call at 0x1000 leads into its own function");
}
