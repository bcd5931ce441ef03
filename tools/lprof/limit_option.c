#include "limit_option.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"

static bool is_count(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text);
}

// A number without sign and exponent, and nothing behind it but `tail`.
static bool is_decimal(const char *text, const char *tail)
{
    size_t digits = strspn(text, "0123456789");
    size_t decimals = 0;
    const char *rest = text + digits;

    if (*rest == '.') {
        decimals = strspn(rest + 1, "0123456789");
        rest += 1 + decimals;
    }
    return digits + decimals > 0 && strcmp(rest, tail) == 0;
}

static char *parse_count(const char *text, struct report_limit *ret)
{
    errno = 0;
    unsigned long long count = strtoull(text, NULL, 10);

    if (errno || count > SIZE_MAX)
        return mem_printf("'%s' is too large a number", text);
    *ret = (struct report_limit){.kind = REPORT_LIMIT_COUNT, .count = (size_t)count};
    return NULL;
}

static char *parse_share(const char *text, double whole, struct report_limit *ret)
{
    double share = strtod(text, NULL) / whole;

    if (share > 1)
        return mem_printf("'%s' is more than all", text);
    *ret = (struct report_limit){.kind = REPORT_LIMIT_SHARE, .share = share};
    return NULL;
}

static char *parse_regex(const char *text, struct word_list *storage, struct report_limit *ret)
{
    size_t length = strlen(text);
    bool slashes = length >= 2 && text[0] == '/' && text[length - 1] == '/';
    CLEANUP(cleanup_free)
    char *bare = slashes ? mem_printf("%.*s", (int)length - 2, text + 1) : mem_strdup(text);
    regex_t regex;
    int code = regcomp(&regex, bare, REG_EXTENDED | REG_NOSUB);

    if (code) {
        char why[128];
        regerror(code, &regex, why, sizeof why);
        return mem_printf("'%s' is no regular expression: %s", bare, why);
    }
    regfree(&regex);
    *ret = (struct report_limit){.kind = REPORT_LIMIT_REGEX, .regex = word_list_add(storage, bare)};
    return NULL;
}

char *limit_option_parse(const char *text, struct word_list *storage, struct report_limit *ret)
{
    if (is_count(text))
        return parse_count(text, ret);
    if (is_decimal(text, "%"))
        return parse_share(text, 100, ret);
    if (is_decimal(text, "") && strtod(text, NULL) < 1)
        return parse_share(text, 1, ret);
    return parse_regex(text, storage, ret);
}
