// Behind the environment lies the auxiliary vector. Programs that look for it there find an end of the
// vector where a variable was, and then ask the kernel; so does getauxval(3), by a pointer of its own.
#include "agent/environment.h"

#include <stddef.h>
#include <string.h>

#include "event/agent_wire.h"

#define PRELOAD "LD_PRELOAD"

// The place of a variable, or NULL.
static char **find(char **envp, const char *name)
{
    size_t length = strlen(name);

    for (; *envp; envp++)
        if (strncmp(*envp, name, length) == 0 && (*envp)[length] == '=')
            return envp;
    return NULL;
}

static void take_out(char **place)
{
    for (; *place; place++)
        *place = place[1];
}

// Read a decimal number and the blank behind it.
static const char *read_number(const char *text, int *ret)
{
    int number = 0;

    while (*text >= '0' && *text <= '9' && number < 1000000)
        number = number * 10 + (*text++ - '0');
    *ret = number;
    return text + (*text == ' ');
}

// The agent stands first, before what the user preloads.
static void restore_preload(char **envp)
{
    char **place = find(envp, PRELOAD);

    if (!place)
        return;
    char *value = *place + strlen(PRELOAD "=");
    char *users = strchr(value, ':');
    if (users)
        memmove(value, users + 1, strlen(users + 1) + 1);
    else
        take_out(place);
}

bool environment_take(char **envp, int descriptors[2])
{
    char **place = find(envp, AGENT_VARIABLE);

    if (!place)
        return false;
    const char *text = *place + strlen(AGENT_VARIABLE "=");
    read_number(read_number(text, &descriptors[0]), &descriptors[1]);
    take_out(place);
    restore_preload(envp);
    return true;
}
