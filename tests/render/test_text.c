#include "render/text.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "support/test.h"

// A text in memory.
struct page {
    char *bytes;
    size_t size;
    FILE *out;
    struct text text;
};

static struct page *page(unsigned width, bool color)
{
    static struct page page;

    page.out = open_memstream(&page.bytes, &page.size);
    text_init(&page.text, page.out, width, color);
    return &page;
}

static void expect_page(struct page *page, const char *expected)
{
    fclose(page->out);
    cr_expect_str_eq(page->bytes, expected, "\"%s\", not \"%s\"", page->bytes, expected);
    free(page->bytes);
}

LP_TEST(text, lines_end_at_the_width_and_without_blanks)
{
    struct page *p = page(6, false);

    text_put(&p->text, "abc   ");
    text_end(&p->text);
    text_put(&p->text, "abcdefgh");
    text_put(&p->text, "i");
    text_end(&p->text);
    text_right(&p->text, "1", 4);
    text_left(&p->text, "\xc2\xb1", 2);
    text_put(&p->text, "x");
    text_end(&p->text);
    expect_page(p, "abc\nabcdef\n   1\xc2\xb1\n");
}

LP_TEST(text, controls_are_question_marks)
{
    struct page *p = page(0, false);

    text_put(&p->text, "a\033[2J\r\xff\xc2\x9b z");
    text_end(&p->text);
    expect_page(p, "a?[2J??? z\n");
}

LP_TEST(text, tabs_of_a_source_line_count_from_its_start)
{
    struct page *p = page(0, false);

    text_put(&p->text, "12345");
    text_source(&p->text, "\ta\tb");
    text_end(&p->text);
    expect_page(p, "12345        a       b\n");
    cr_expect(text_indentation("\t  x") == 10);
    cr_expect(text_indentation("  \tx") == 8);
}

LP_TEST(text, styles_surround_what_is_seen)
{
    struct page *p = page(0, true);

    text_style(&p->text, HEAT_TITLE);
    text_put(&p->text, "a");
    text_style(&p->text, HEAT_PLAIN);
    text_put(&p->text, " b");
    text_style(&p->text, HEAT_HOT);
    text_put(&p->text, " ");
    text_end(&p->text);
    expect_page(p, "\033[1ma\033[0m b\n");
}

LP_TEST(text, words_wrap)
{
    struct page *p = page(10, false);

    text_wrap(&p->text, "one two three fourteencharacters x", 2);
    text_end(&p->text);
    expect_page(p, "one two\n  three\n  fourteen\n  characte\n  rs x\n");
}

LP_TEST(text, words_are_not_wrapped_without_a_terminal)
{
    struct page *p = page(0, false);

    text_wrap(&p->text, "one two three fourteencharacters x", 2);
    text_end(&p->text);
    expect_page(p, "one two three fourteencharacters x\n");
}

static void expect_cut(const char *string, unsigned columns, const char *expected)
{
    CLEANUP(cleanup_free) char *cut = text_cut_middle(string, columns);

    cr_expect_str_eq(cut, expected, "\"%s\", not \"%s\"", cut, expected);
    cr_expect(text_columns(cut) <= columns);
}

LP_TEST(text, names_are_cut_in_the_middle)
{
    expect_cut("std::vector::push_back", 22, "std::vector::push_back");
    expect_cut("std::vector::push_back", 13,
               "std::...\x5f"
               "back");
    expect_cut("abcdef", 3, "abc");
    expect_cut("abcdef", 0, "");
    expect_cut("", 0, "");
    expect_cut("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 5, "\xc3\xa9...\xc3\xa9");
}
