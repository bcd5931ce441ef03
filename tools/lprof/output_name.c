#include "output_name.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/mem.h"
#include "base/path.h"

char output_name_bad_letter(const char *pattern)
{
    for (const char *c = strchr(pattern, '%'); c; c = strchr(c + 2, '%')) {
        if (c[1] == '\0')
            return '%';
        if (!strchr("prh%", c[1]))
            return c[1];
    }
    return 0;
}

// Text from outside goes into a file name: a slash in it would lead elsewhere.
static char *without_slashes(const char *text)
{
    char *copy = mem_strdup(text);

    for (char *c = copy; *c; c++) {
        if (*c == '/')
            *c = '_';
    }
    return copy;
}

static char *rank(void)
{
    static const char *const variables[] = {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK",
                                            "SLURM_PROCID"};

    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *value = getenv(variables[i]);
        if (value && *value)
            return without_slashes(value);
    }
    return mem_strdup("0");
}

static char *host(void)
{
    struct utsname name;

    return uname(&name) == 0 ? without_slashes(name.nodename) : mem_strdup("localhost");
}

static char *value_of(char letter, pid_t pid)
{
    switch (letter) {
    case 'p':
        return mem_printf("%d", (int)pid);
    case 'r':
        return rank();
    case 'h':
        return host();
    default:
        return mem_strdup("%");
    }
}

char *output_name_expand(const char *pattern, pid_t pid)
{
    char *name = mem_strdup("");

    while (*pattern) {
        size_t plain = strcspn(pattern, "%");
        char *value = pattern[plain] ? value_of(pattern[plain + 1], pid) : mem_strdup("");
        char *longer = mem_printf("%s%.*s%s", name, (int)plain, pattern, value);
        free(name);
        free(value);
        name = longer;
        pattern += plain + (pattern[plain] ? 2 : 0);
    }
    return name;
}

char *output_name_default(const char *program)
{
    return mem_printf("%s.lprof", path_basename(program));
}
