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

// gfortran: "__waves_MOD_step" is step of the module waves. NULL when it is none.
static char *demangle_fortran(const char *linkage_name)
{
    static const char infix[] = "_MOD_";
    const char *module = linkage_name + 2;
    const char *found = starts_with(linkage_name, "__") ? strstr(module, infix) : NULL;

    if (!found || found == module || !found[sizeof infix - 1])
        return NULL;
    return mem_printf("%.*s::%s", (int)(found - module), module, found + sizeof infix - 1);
}

static char *demangle(const char *linkage_name)
{
    const int options = DMGL_PARAMS | DMGL_ANSI;

    if (starts_with(linkage_name, "_Z") || starts_with(linkage_name, "_R"))
        return cplus_demangle(linkage_name, options | DMGL_AUTO);
    if (starts_with(linkage_name, "_D"))
        return cplus_demangle(linkage_name, options | DMGL_DLANG);
    return demangle_fortran(linkage_name);
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

char *function_name_ada(const char *name)
{
    CLEANUP(cleanup_free) char *readable = cplus_demangle(name, DMGL_GNAT);
    bool is_known = readable && *readable && readable[0] != '<';

    return is_known ? take_ptr(&readable) : mem_strdup(name);
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
