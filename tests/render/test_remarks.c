#include "render/remarks.h"

#include <stdlib.h>

#include "support/test.h"

static struct report_line line_of(uint32_t number, int64_t hits, struct profile_remarks remarks)
{
    return (struct report_line){.line = number, .hits = hits, .remarks = remarks};
}

static void expect_remark(int64_t hits, struct profile_remarks remarks, const char *wanted)
{
    struct report_line line = line_of(1, hits, remarks);
    char *words = remarks_format(&line);

    if (wanted) {
        cr_assert(words != NULL, "nothing is said, not '%s'", wanted);
        cr_expect_str_eq(words, wanted);
    } else {
        cr_expect(words == NULL, "'%s' is said", words);
    }
    free(words);
}

LP_TEST(remarks, what_was_done_to_a_line_is_said)
{
    expect_remark(5, (struct profile_remarks){PROFILE_REMARK_VECTORISED, 0, 0},
                  "vectorised: a hit may be several rounds of the loop");
    expect_remark(5, (struct profile_remarks){PROFILE_REMARK_MOVED_OUT, 4, 0},
                  "unrolled x4: a hit may be several rounds of the loop; moved out of the loop");
    expect_remark(5, (struct profile_remarks){PROFILE_REMARK_APPROXIMATE, 0, 2},
                  "2 copies in the loop: those of one round are one hit; hits may be too high");
}

LP_TEST(remarks, where_there_is_nothing_to_say_nothing_is)
{
    expect_remark(5, (struct profile_remarks){0}, NULL);
    expect_remark(5, (struct profile_remarks){PROFILE_REMARK_JUMP_ONLY, 1, 1}, NULL);
    expect_remark(0, (struct profile_remarks){PROFILE_REMARK_VECTORISED, 4, 2}, NULL);
    expect_remark(REPORT_NULL, (struct profile_remarks){PROFILE_REMARK_VECTORISED, 4, 2}, NULL);
}

LP_TEST(remarks, a_jump_without_hits_may_have_run)
{
    expect_remark(0, (struct profile_remarks){PROFILE_REMARK_JUMP_ONLY, 0, 0},
                  "only a jump, and others may lead past it: it may have run");
}

LP_TEST(remarks, a_footnote_names_all_its_lines_once)
{
    const struct profile_remarks vectorised = {PROFILE_REMARK_VECTORISED, 0, 0};
    struct report_line lines[] = {
        line_of(14, 5, vectorised), line_of(15, 5, (struct profile_remarks){0}),
        line_of(16, 7, vectorised),
        line_of(20, 1, (struct profile_remarks){PROFILE_REMARK_MOVED_OUT, 0, 0})};
    const struct report_function function = {.lines = lines, .n_lines = 4};
    char *notes[4];

    for (size_t i = 0; i < 4; i++)
        notes[i] = remarks_footnote(&function, i);
    cr_assert(notes[0] && notes[3]);
    cr_expect_str_eq(notes[0], "lines 14, 16: vectorised: a hit may be several rounds of the loop");
    cr_expect(!notes[1] && !notes[2]);
    cr_expect_str_eq(notes[3], "line 20: moved out of the loop");
    for (size_t i = 0; i < 4; i++)
        free(notes[i]);
}
