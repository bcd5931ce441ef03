#include "object/function_name.h"

#include <demangle.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"

static const char plt[] = "@plt";

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static char *demangle(const char *linkage_name)
{
    const int options = DMGL_PARAMS | DMGL_ANSI;

    if (starts_with(linkage_name, "_Z") || starts_with(linkage_name, "_R"))
        return cplus_demangle(linkage_name, options | DMGL_AUTO);
    if (starts_with(linkage_name, "_D"))
        return cplus_demangle(linkage_name, options | DMGL_DLANG);
    return NULL;
}

char *function_name_demangle(const char *linkage_name)
{
    const char *end = strstr(linkage_name, plt);

    if (!end || end[sizeof plt - 1])
        return demangle(linkage_name);
    CLEANUP(cleanup_free)
    char *own = mem_printf("%.*s", (int)(end - linkage_name), linkage_name);
    CLEANUP(cleanup_free) char *name = demangle(own);
    return name ? mem_printf("%s%s", name, plt) : NULL;
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
