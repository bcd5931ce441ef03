#include "report/clone_name.h"

#include <stdbool.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Length of name[0..length) without ".<digits>" at its end.
static size_t without_number(const char *name, size_t length)
{
    size_t end = length;

    while (end && is_digit(name[end - 1]))
        end--;
    return end && end < length && name[end - 1] == '.' ? end - 1 : length;
}

size_t clone_name_linkage_length(const char *name)
{
    static const char *const marks[] = {".isra",     ".constprop", ".part",  ".cold",
                                        ".lto_priv", ".llvm",      ".clone", ".localalias"};
    size_t length = strlen(name);
    bool found = true;

    while (found) {
        size_t end = without_number(name, length);
        found = false;
        for (size_t i = 0; i < sizeof marks / sizeof *marks && !found; i++) {
            size_t n = strlen(marks[i]);
            found = end > n && memcmp(name + end - n, marks[i], n) == 0;
            if (found)
                length = end - n;
        }
    }
    return length;
}

size_t clone_name_length(const char *name)
{
    const char *clone = strstr(name, " [clone ");

    return clone && clone > name ? (size_t)(clone - name) : strlen(name);
}
