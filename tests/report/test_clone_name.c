#include "report/clone_name.h"

#include <string.h>

#include "support/test.h"

LP_TEST(clone_name, drops_the_marks_of_copies_and_nothing_else)
{
    const struct {
        const char *name;
        const char *kept;
    } cases[] = {
        {"f", "f"},
        {"f.isra.0", "f"},
        {"f.cold", "f"},
        {"f.constprop.12.isra.3.cold", "f"},
        {"f.lto_priv.0", "f"},
        {"_ZL3foov.llvm.12345678", "_ZL3foov"},
        {"f.0", "f.0"},
        {"f.island", "f.island"},
        {".cold", ".cold"},
        {"", ""},
        {"main.hot", "main.hot"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect(clone_name_linkage_length(cases[i].name) == strlen(cases[i].kept), "%s",
                  cases[i].name);
}

LP_TEST(clone_name, demangled_names_end_before_the_clone)
{
    cr_expect(clone_name_length("f(int) [clone .isra.0] [clone .cold]") == strlen("f(int)"));
    cr_expect(clone_name_length("f(int)") == strlen("f(int)"));
    cr_expect(clone_name_length("") == 0);
}
