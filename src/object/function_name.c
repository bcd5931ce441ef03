#include "object/function_name.h"

#include <demangle.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

char *function_name_demangle(const char *linkage_name)
{
    const int options = DMGL_PARAMS | DMGL_ANSI;

    if (starts_with(linkage_name, "_Z") || starts_with(linkage_name, "_R"))
        return cplus_demangle(linkage_name, options | DMGL_AUTO);
    if (starts_with(linkage_name, "_D"))
        return cplus_demangle(linkage_name, options | DMGL_DLANG);
    return NULL;
}

char *function_name_plain(const char *symbol)
{
    static const char *const additions[] = {".cold",  ".part.",      ".isra.",
                                            ".llvm.", ".constprop.", ".lto_priv."};
    const char *end = symbol + strlen(symbol);

    for (size_t i = 0; i < sizeof additions / sizeof additions[0]; i++) {
        const char *found = strstr(symbol, additions[i]);
        if (found && found > symbol && found < end)
            end = found;
    }
    return mem_printf("%.*s", (int)(end - symbol), symbol);
}
