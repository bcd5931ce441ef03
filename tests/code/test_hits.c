/*
 * Small functions in the shapes that compilers give them. Each test states the hits that are true of
 * the source, and what line_profiler (for the same program in Python) and gcov say where they differ.
 */
#include "code/hits.h"

#include <stdlib.h>
#include <string.h>

#include "support/snippet.h"
#include "support/test.h"

/** A count that the counters of edges would give. */
struct way {
    const char *from; ///< Label of a block; NULL for the entry and the hub.
    const char *to;
    uint64_t count;
};

/** What came out, by line. */
struct outcome {
    struct hits_line lines[SNIPPET_MAX + 1]; ///< `line` is 0 where the line has no code.
    uint32_t parts;
    uint32_t edges;
};

static uint64_t way_count(const struct snippet *s, const struct flow *flow, uint32_t edge,
                          const struct way *ways, size_t way_count)
{
    struct graph_edge ends = flow->graph.edges[edge];
    for (size_t i = 0; i < way_count; i++)
        if (ways[i].from && snippet_block(s, flow, ways[i].from) == ends.from &&
            snippet_block(s, flow, ways[i].to) == ends.to)
            return ways[i].count;
    cr_assert(false, "no count is given for the edge from block %u to %u", ends.from, ends.to);
    return 0;
}

static struct outcome run(const struct snippet *s, const struct way *ways, size_t count,
                          bool branches)
{
    struct flow flow;
    snippet_flow(s, &flow);
    struct hits_plan *plan = hits_plan_create(&flow, &s->map, branches);
    const struct counter_points *points = hits_plan_points(plan);
    struct outcome out = {.parts = points->part_count, .edges = points->edge_count};
    uint64_t parts[SNIPPET_MAX], edges[SNIPPET_MAX];
    for (uint32_t i = 0; i < points->part_count; i++)
        parts[i] = snippet_count(s, flow.insns[points->parts[i].first].insn.addr);
    for (uint32_t i = 0; i < points->edge_count; i++)
        edges[i] = way_count(s, &flow, points->edges[i], ways, count);
    struct hits_line *lines;
    size_t found = hits_compute(plan, &(struct hits_counts){parts, edges}, &lines);
    for (size_t i = 0; i < found; i++)
        out.lines[lines[i].line] = lines[i];
    free(lines);
    hits_plan_destroy(plan);
    flow_deinit(&flow);
    return out;
}

static struct outcome run_text(const char *text)
{
    struct snippet s;
    snippet_init(&s, text);
    return run(&s, NULL, 0, false);
}

/** Check the hits of lines 1, 2, ...; -1 = the line has no code. */
static void check(const struct outcome *out, const int64_t *hits, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct hits_line *line = &out->lines[i + 1];
        int64_t found = line->line == 0 ? -1 : (int64_t)line->hits;
        cr_assert_eq(found, hits[i], "line %zu has %ld hits, not %ld", i + 1, (long)found,
                     (long)hits[i]);
        cr_assert(!line->approximate, "line %zu is approximate", i + 1);
    }
}

#define CHECK(out, ...)                                                                            \
    check(&(out), (const int64_t[]){__VA_ARGS__},                                                  \
          sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

LP_TEST(hits, straight_line)
{
    struct outcome out = run_text("plain @1 #7\n plain @2\n plain\n return @3");
    CHECK(out, 7, 7, 7);
    cr_assert_eq(out.parts, 1);
    cr_assert_eq(out.edges, 0);
    cr_assert_eq(out.lines[2].instructions, 14);
}

LP_TEST(hits, for_as_gcc_writes_it)
{
    // 1: for (i = 0; i < 10; i++)  2: body  3: return. The header is passed n + 1 times: gcov and
    // line_profiler agree.
    struct outcome out = run_text("      plain       @1 #1\n"
                                  "      jump test\n"
                                  "body: plain       @2 #10\n"
                                  "      plain       @1 #10\n"
                                  "test: plain          #11\n"
                                  "      branch body\n"
                                  "      return      @3 #1");
    CHECK(out, 11, 10, 1);
    cr_assert_eq(out.edges, 0);
}

LP_TEST(hits, for_as_clang_writes_it)
{
    // The test comes first and the increment jumps back to it: two backward jumps a round.
    struct outcome out = run_text("      plain       @1 #1\n"
                                  "test: plain          #11\n"
                                  "      branch end\n"
                                  "      plain       @2 #10\n"
                                  "      jump inc    @1 #10\n"
                                  "inc:  plain          #10\n"
                                  "      jump test\n"
                                  "end:  return      @3 #1");
    CHECK(out, 11, 10, 1);
}

LP_TEST(hits, for_as_optimisers_turn_it)
{
    // The test is done before the loop and again at its end; called with n = 0, 4 and 3: 3 + 7.
    struct outcome out = run_text("      plain       @1 #3\n"
                                  "      branch end\n"
                                  "      nop            #2\n"
                                  "body: plain       @2 #7\n"
                                  "      plain       @1\n"
                                  "      branch body\n"
                                  "end:  return      @3 #3");
    CHECK(out, 10, 7, 3);
}

LP_TEST(hits, loop_on_one_line)
{
    // 1: while (*p) p++;  A line event per backward jump in Python: n + 1 as well.
    struct outcome out = run_text("      plain       @1 #1\n"
                                  "      jump test\n"
                                  "body: plain          #23\n"
                                  "test: plain          #24\n"
                                  "      branch body\n"
                                  "      return      @2 #1");
    CHECK(out, 24, 1);
}

LP_TEST(hits, do_loop)
{
    struct outcome out = run_text("      plain       @1 #2\n"
                                  "body: plain       @2 #9\n"
                                  "      plain       @3\n"
                                  "      branch body\n"
                                  "      return      @4 #2");
    CHECK(out, 2, 9, 9, 2);
}

LP_TEST(hits, condition_over_two_lines)
{
    // 1: while (a &&  2:  b)  3: body. The second line is passed when the first holds.
    // gcov -O0 counts the blocks that the condition is put together from as well.
    struct outcome out = run_text("      jump test   @1 #1\n"
                                  "body: plain       @3 #5\n"
                                  "test: plain       @1 #6\n"
                                  "      branch end\n"
                                  "      plain       @2 #6\n"
                                  "      branch body @1\n"
                                  "end:  return      @4 #1");
    CHECK(out, 6, 6, 5, 1);
}

LP_TEST(hits, goto_back_is_a_loop)
{
    // 1: again: x  2: if (y) goto again;  3: return
    struct outcome out = run_text("again: plain       @1 #4\n"
                                  "       plain       @2\n"
                                  "       branch done\n"
                                  "       jump again  @2 #3\n"
                                  "done:  return      @3 #1");
    CHECK(out, 4, 4, 1);
}

LP_TEST(hits, a_line_that_is_only_a_jump_counts_it)
{
    // 2: break;  gcov -O0 can say otherwise where a jump was threaded away.
    struct outcome out = run_text("      plain       @1 #9\n"
                                  "      branch else\n"
                                  "      jump end    @2 #4\n"
                                  "else: plain       @3 #5\n"
                                  "end:  return      @4 #9");
    CHECK(out, 9, 4, 5, 9);
    cr_assert(out.lines[2].notes.notes & LINE_NOTE_JUMP_ONLY);
    cr_assert(!(out.lines[1].notes.notes & LINE_NOTE_JUMP_ONLY));
}

LP_TEST(hits, a_jump_to_its_own_line_carries_no_line)
{
    // The jump over the else branch is filed under line 4, where both ways meet.
    struct outcome out = run_text("      plain       @1 #9\n"
                                  "      branch else\n"
                                  "      plain       @2 #4\n"
                                  "      jump end    @4\n"
                                  "else: plain       @3 #5\n"
                                  "end:  return      @4 #9");
    CHECK(out, 9, 4, 5, 9);
}

LP_TEST(hits, choice_on_one_line)
{
    // 1: x = c ? f() : g();  One pass however it chooses; gcov -O0 adds the blocks of the line.
    struct outcome out = run_text("      plain       @1 #8\n"
                                  "      branch no\n"
                                  "      call           #5\n"
                                  "      jump join\n"
                                  "no:   call           #3\n"
                                  "join: plain          #8\n"
                                  "      return      @2 #8");
    CHECK(out, 8, 8);
    cr_assert_eq(out.lines[1].instructions, 8 + 8 + 5 + 5 + 3 + 8);
}

LP_TEST(hits, two_statements_on_one_line)
{
    // 1: if (a) x(); if (b) y();  line_profiler and gcc agree: one pass.
    struct outcome out = run_text("      plain       @1:1 #6\n"
                                  "      branch b\n"
                                  "      call        @1:8 #2\n"
                                  "b:    plain       @1:13 #6\n"
                                  "      branch end\n"
                                  "      call        @1:20 #4\n"
                                  "end:  return      @2 #6");
    CHECK(out, 6, 6);
}

LP_TEST(hits, a_call_spread_over_three_lines)
{
    // 1: f(a,  2: g(),  3: h());  Control comes back to line 1 for the call itself. line_profiler
    // reports line 1 again behind the arguments: 2; gcov -O0 too.
    struct outcome out = run_text("      plain       @1 #5\n"
                                  "      call        @3\n"
                                  "      plain\n"
                                  "      call        @2\n"
                                  "      plain\n"
                                  "      call        @1\n"
                                  "      return      @4");
    CHECK(out, 5, 5, 5, 5);
    // A part behind each call that another line follows, as any of them may not return.
    cr_assert_eq(out.parts, 4);
}

LP_TEST(hits, switch_in_a_loop)
{
    // 1: while  2: switch  3: case 0  4: case 1  5: return
    struct snippet s;
    snippet_init(&s, "top:  plain       @1 #11\n"
                     "      branch end\n"
                     "      dispatch    @2 #10\n"
                     "x:    plain       @3 #7\n"
                     "      jump top    @1\n"
                     "y:    plain       @4 #3\n"
                     "      jump top    @1\n"
                     "end:  return      @5 #1");
    const uint64_t targets[] = {snippet_addr(&s, "x"), snippet_addr(&s, "y")};
    struct flow_jump jump = {snippet_addr(&s, "top") + 8, FLOW_JUMP_INSIDE};
    s.source.targets = targets, s.source.target_count = 2;
    s.source.jumps = &jump, s.source.jump_count = 1;
    struct outcome out = run(&s, NULL, 0, false);
    CHECK(out, 11, 10, 7, 3, 1);
}

LP_TEST(hits, computed_goto)
{
    // 1: first dispatch  2: op x; dispatch  3: op y; dispatch  4: op end. Each operation counts its
    // own dispatch. gcov -O0 files all of them under one.
    struct snippet s;
    snippet_init(&s, "a:    dispatch    @1 #1\n"
                     "x:    plain       @2 #6\n"
                     "dx:   dispatch\n"
                     "y:    plain       @3 #4\n"
                     "dy:   dispatch\n"
                     "end:  return      @4 #1");
    const uint64_t targets[] = {snippet_addr(&s, "x"), snippet_addr(&s, "y"),
                                snippet_addr(&s, "end")};
    const struct flow_jump jumps[] = {{snippet_addr(&s, "a"), FLOW_JUMP_INSIDE},
                                      {snippet_addr(&s, "dx"), FLOW_JUMP_INSIDE},
                                      {snippet_addr(&s, "dy"), FLOW_JUMP_EITHER}};
    s.source.targets = targets, s.source.target_count = 3;
    s.source.jumps = jumps, s.source.jump_count = 3;
    struct outcome out = run(&s, NULL, 0, false);
    CHECK(out, 1, 6, 4, 1);
    cr_assert_eq(out.edges, 0);
}

LP_TEST(hits, a_call_that_never_returns_counts_no_line_behind_it)
{
    // 2: exit(), or a longjmp out of the call, in the last of 8 rounds.
    struct outcome out = run_text("      plain       @1 #8\n"
                                  "      call        @2\n"
                                  "      plain       @3 #7\n"
                                  "      return      @4");
    CHECK(out, 8, 8, 7, 7);
    cr_assert_eq(out.parts, 2);
}

LP_TEST(hits, the_last_call_before_another_line_splits)
{
    struct outcome out = run_text("      call        @1 #3\n"
                                  "      plain\n"
                                  "      call\n"
                                  "      plain       @2 #2\n"
                                  "      call\n"
                                  "      return         #2");
    CHECK(out, 3, 2);
    cr_assert_eq(out.parts, 2);
}

LP_TEST(hits, between_calls_without_room_nothing_is_counted)
{
    // 2 follows 1 without a byte between: it takes the count before 1. Behind 2 there is room.
    struct outcome out = run_text("      call2       @1 #5\n"
                                  "      call2       @2\n"
                                  "      plain       @3 #4\n"
                                  "      return");
    CHECK(out, 5, 5, 4);
    cr_assert_eq(out.parts, 2);
}

LP_TEST(hits, early_return_and_tail_call)
{
    // 1: if (!x)  2: return 0;  3: return f(x);
    struct outcome out = run_text("      plain       @1 #9\n"
                                  "      branch go\n"
                                  "      return      @2 #2\n"
                                  "go:   plain       @3 #7\n"
                                  "      away");
    CHECK(out, 9, 2, 7);
}

LP_TEST(hits, a_tail_call_alone_in_its_block_counts)
{
    // 1: if (x) return f();  2: return g();  Neither jump is transparent: each is a call.
    struct outcome out = run_text("      plain       @1 #9\n"
                                  "      branch go\n"
                                  "      away        @2 #2\n"
                                  "go:   away        @1 #7");
    CHECK(out, 9, 2);
}

LP_TEST(hits, an_exception_lands)
{
    // 1: try {  2: f();  3: g(); }  4: catch  5: return. Of 9 calls of f 2 throw, of 7 of g 3.
    struct snippet s;
    snippet_init(&s, "      plain       @1 #9\n"
                     "f:    call        @2 #9\n"
                     "      plain       @3 #7\n"
                     "      call           #7\n"
                     "end:  return      @5 #9\n"
                     "pad:  plain       @4 #5\n"
                     "      jump end    @5");
    struct flow_pad pad = {snippet_addr(&s, "f"), snippet_addr(&s, "end"), snippet_addr(&s, "pad")};
    s.source.pads = &pad, s.source.pad_count = 1;
    struct outcome out = run(&s, NULL, 0, false);
    CHECK(out, 9, 9, 7, 5, 9);
}

LP_TEST(hits, landings_that_cannot_be_told_apart_are_said_to_be_approximate)
{
    // The pad's code is of line 2, which has run when the second call throws, not at the first.
    struct snippet s;
    snippet_init(&s, "f:    call        @1 #9\n"
                     "      call        @2 #7\n"
                     "end:  return      @3 #4\n"
                     "pad:  plain       @2 #5\n"
                     "      return");
    struct flow_pad pad = {snippet_addr(&s, "f"), snippet_addr(&s, "end"), snippet_addr(&s, "pad")};
    s.source.pads = &pad, s.source.pad_count = 1;
    struct flow flow;
    snippet_flow(&s, &flow);
    struct hits_plan *plan = hits_plan_create(&flow, &s.map, false);
    const uint64_t parts[] = {9, 7, 5, 4, 4}, edges[] = {5, 5};
    struct hits_line *lines;
    size_t count = hits_compute(plan, &(struct hits_counts){parts, edges}, &lines);
    for (size_t i = 0; i < count; i++)
        cr_assert_eq(lines[i].approximate, lines[i].line == 2);
    free(lines);
    hits_plan_destroy(plan);
    flow_deinit(&flow);
}

LP_TEST(hits, recursion_counts_once_per_activation)
{
    // fib(5): 15 activations, 8 of them leaves.
    struct outcome out = run_text("a:    plain       @1 #15\n"
                                  "      branch go\n"
                                  "      return      @2 #8\n"
                                  "go:   call a      @3 #7\n"
                                  "      plain\n"
                                  "      call a\n"
                                  "      return");
    CHECK(out, 15, 8, 7);
}

LP_TEST(hits, copies_of_an_inlined_line_are_lines_of_their_own)
{
    // Lines 2 and 3 of the map are the same source line, inlined at two places.
    struct snippet s;
    snippet_init(&s, "      plain       @1 #4\n"
                     "      plain       @2\n"
                     "      plain       @3\n"
                     "      return      @1");
    s.lines[1] = (struct line_source){1, 20, 1};
    s.lines[2] = (struct line_source){1, 20, 2};
    struct outcome out = run(&s, NULL, 0, false);
    CHECK(out, 4, 4, 4);
}

LP_TEST(hits, code_of_no_line_and_nops_that_align_count_for_nothing)
{
    struct outcome out = run_text("      plain       @1 #1\n"
                                  "      nop\n"
                                  "body: plain       @0 #10\n"
                                  "      branch body\n"
                                  "      nop         @2 #1\n"
                                  "      return      @3");
    // The nop with a row is line 2: an empty statement at -O0.
    CHECK(out, 1, 1, 1);
}

LP_TEST(hits, code_that_was_moved_about_counts_once_a_pass)
{
    // Lines 1, 2, 1, 2 in one block, as schedulers mix them.
    struct outcome out =
        run_text("      plain       @1 #6\n plain @2\n plain @1\n plain @2\n return @3");
    CHECK(out, 6, 6, 6);
}

LP_TEST(hits, an_edge_that_no_equation_gives_gets_a_counter)
{
    // a and b both lead to x and to y: the four counts of blocks leave open how often each way was
    // taken. At x, line 3 has run on the way from a only. True: 60 in a, and 30 from b.
    struct snippet s;
    snippet_init(&s, "top:  plain       @1 #100\n"
                     "      branch a\n"
                     "b:    plain       @2 #40\n"
                     "      branch y\n"
                     "x:    plain       @3 #60\n"
                     "      return\n"
                     "a:    plain       @3 #60\n"
                     "      branch x\n"
                     "y:    return      @4 #40");
    const struct way ways[] = {{"b", "x", 30}, {"a", "x", 30}};
    struct outcome out = run(&s, ways, 2, false);
    CHECK(out, 100, 40, 90, 40);
    cr_assert_eq(out.edges, 1);
}

LP_TEST(hits, which_way_branches_go)
{
    struct snippet s;
    snippet_init(&s, "      plain       @1 #10\n"
                     "      branch end\n"
                     "      plain       @2 #3\n"
                     "end:  return      @3 #10");
    struct outcome out = run(&s, NULL, 0, true);
    cr_assert_eq(out.lines[1].branches, 10);
    cr_assert_eq(out.lines[1].taken, 7);
    cr_assert_eq(out.lines[1].ways_unknown, 0);
    cr_assert_eq(out.lines[2].branches, 0);
}

LP_TEST(hits, a_way_is_unknown_where_it_was_not_counted)
{
    // Both blocks end in a call or a branch to the same place: only asking for branches tells.
    struct snippet s;
    snippet_init(&s, "top:  plain       @1 #10\n"
                     "      branch c\n"
                     "b:    plain       @2 #6\n"
                     "      branch c\n"
                     "d:    plain       @3 #2\n"
                     "      branch top\n"
                     "c:    return      @4 #8");
    const struct way ways[] = {{"d", "top", 0}};
    struct outcome out = run(&s, ways, 1, false);
    CHECK(out, 10, 6, 2, 8);
    cr_assert_eq(out.lines[1].branches, 10);
}

LP_TEST(hits, notes_on_a_vectorised_loop)
{
    struct outcome out = run_text("      plain       @1 #1\n"
                                  "body: packed      @2 #25\n"
                                  "      plain       @1\n"
                                  "      branch body\n"
                                  "      packed      @3 #1\n"
                                  "      return      @4");
    cr_assert(out.lines[2].notes.notes & LINE_NOTE_VECTORISED);
    cr_assert(!(out.lines[1].notes.notes & LINE_NOTE_VECTORISED));
    cr_assert(!(out.lines[3].notes.notes & LINE_NOTE_VECTORISED), "line 3 is in no loop");
}

LP_TEST(hits, notes_on_an_unrolled_loop)
{
    struct outcome out = run_text("body: plain       @2:9 #25\n"
                                  "      plain       @2:5\n"
                                  "      plain       @2:9\n"
                                  "      plain       @2:5\n"
                                  "      plain       @2:9\n"
                                  "      plain       @2:5\n"
                                  "      plain       @1:3\n"
                                  "      branch body\n"
                                  "      return      @3 #1");
    CHECK(out, 25, 25, 1);
    cr_assert_eq(out.lines[2].notes.notes, LINE_NOTE_UNROLLED);
    cr_assert_eq(out.lines[2].notes.unrolled, 3);
    cr_assert_eq(out.lines[1].notes.notes, 0);
}

LP_TEST(hits, arguments_of_one_call_are_no_unrolling)
{
    struct outcome out = run_text("body: plain       @2:9 #25\n"
                                  "      plain       @1:5\n"
                                  "      plain       @2:9\n"
                                  "      plain       @1:5\n"
                                  "      plain       @2:9\n"
                                  "      call        @2:9\n"
                                  "      plain       @1:3\n"
                                  "      branch body\n"
                                  "      return      @3 #1");
    cr_assert_eq(out.lines[2].notes.notes, 0);
}

LP_TEST(hits, columns_that_do_not_agree_are_no_unrolling)
{
    struct outcome out = run_text("body: plain       @1:9 #25\n"
                                  "      plain       @1:5\n"
                                  "      plain       @1:9\n"
                                  "      plain       @1:5\n"
                                  "      plain       @1:9\n"
                                  "      branch body\n"
                                  "      return      @2 #1");
    cr_assert_eq(out.lines[1].notes.notes, 0);
}

LP_TEST(hits, notes_on_a_choice_without_a_branch)
{
    struct outcome out = run_text("plain @1 #9\n choose\n return @3");
    CHECK(out, 9, -1, 9);
    cr_assert_eq(out.lines[1].notes.notes, LINE_NOTE_CHOICE);
}

LP_TEST(hits, notes_on_a_line_moved_out_of_its_loop)
{
    // 2: for  3: k = x * y;  4: s += k  5: return
    struct outcome out = run_text("      plain       @1 #1\n"
                                  "      plain       @3\n"
                                  "body: plain       @4 #10\n"
                                  "      plain       @2\n"
                                  "      branch body\n"
                                  "      return      @5 #1");
    CHECK(out, 1, 10, 1, 10, 1);
    cr_assert_eq(out.lines[3].notes.notes, LINE_NOTE_MOVED_OUT);
    cr_assert_eq(out.lines[1].notes.notes, 0);
    cr_assert_eq(out.lines[5].notes.notes, 0);
}

LP_TEST(hits, notes_on_copies_in_a_loop)
{
    // Line 2 stands at the end of both arms; neither arm comes before the other.
    struct outcome out = run_text("top:  plain       @1 #10\n"
                                  "      branch odd\n"
                                  "      plain       @2 #6\n"
                                  "      branch top\n"
                                  "      return      @3 #1\n"
                                  "odd:  plain       @2 #4\n"
                                  "      jump top");
    CHECK(out, 10, 10, 1);
    cr_assert_eq(out.lines[2].notes.notes, LINE_NOTE_COPIES);
    cr_assert_eq(out.lines[2].notes.copies, 2);
    cr_assert_eq(out.lines[1].notes.notes, 0);
}

/** Whether a plan can be made of bytes, whatever they are; then hits come out without a crash. */
static bool plan_bytes(const uint8_t *bytes, size_t size, struct insn_decoder *decoder)
{
    struct flow_part part = {SNIPPET_START, bytes, size};
    struct flow_pad pad = {SNIPPET_START, SNIPPET_START + size, SNIPPET_START};
    struct flow_source source = {.entry = SNIPPET_START, .parts = &part, .part_count = 1};
    source.pads = &pad, source.pad_count = 1;
    struct flow flow;
    struct flow_doubt doubt;
    if (!flow_init(&flow, &source, decoder, &doubt))
        return false;
    const struct line_source lines[] = {{1, 1, 0}, {1, 2, 0}};
    const struct line_row rows[] = {{SNIPPET_START, 1, 1, true},
                                    {SNIPPET_START + 9, 2, 1, true},
                                    {SNIPPET_START + 20, 1, 1, true}};
    struct line_map map = {rows, 3, lines, 2};
    struct hits_plan *plan = hits_plan_create(&flow, &map, true);
    const struct counter_points *points = hits_plan_points(plan);
    uint64_t *parts = calloc(points->part_count + 1u, sizeof *parts);
    uint64_t *edges = calloc(points->edge_count + 1u, sizeof *edges);
    for (uint32_t i = 0; i < points->part_count; i++)
        parts[i] = i % 3;
    struct hits_line *found;
    cr_assert_leq(hits_compute(plan, &(struct hits_counts){parts, edges}, &found), 2);
    free(found);
    free(parts);
    free(edges);
    hits_plan_destroy(plan);
    flow_deinit(&flow);
    return true;
}

LP_TEST(hits, random_code_with_counts_that_make_no_sense)
{
    // Opcodes that jump are likely, so that tangled graphs come out, with loops of many entries.
    static const uint8_t opcodes[] = {0x90, 0x50, 0xc3, 0xeb, 0x74, 0x75, 0xe8, 0x7f};
    struct insn_decoder *decoder = insn_decoder_create();
    uint32_t seed = 7;
    int made = 0;
    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[40];
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1103515245 + 12345;
            uint32_t draw = seed >> 16;
            bytes[i] = draw % 3 ? opcodes[draw / 3 % 8] : (uint8_t)(draw / 3 % 24 - 12);
        }
        made += plan_bytes(bytes, sizeof bytes, decoder);
    }
    insn_decoder_destroy(decoder);
    cr_assert_gt(made, 100);
}
