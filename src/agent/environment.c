// Behind the environment lies the auxiliary vector. Programs that look for it there find an end of the
// vector where a variable was, and then ask the kernel; so does getauxval(3), by a pointer of its own.
#include "agent/environment.h"

#include <string.h>

#define PRELOAD "LD_PRELOAD"

// For other programs.
static char own_variable[sizeof AGENT_VARIABLE + 1 + AGENT_ADDRESS_MAX] = AGENT_VARIABLE "=";
static char own_path[AGENT_PATH_MAX];

// The value of "NAME=VALUE", or NULL when it is another variable.
static char *value_of(char *variable, const char *name)
{
    size_t length = strlen(name);

    if (strncmp(variable, name, length) != 0 || variable[length] != '=')
        return NULL;
    return variable + length + 1;
}

// The place of a variable, or NULL.
static char **find(char **envp, const char *name)
{
    for (; *envp; envp++)
        if (value_of(*envp, name))
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

static void keep(char *to, size_t size, const char *text, size_t length)
{
    if (length >= size)
        length = 0;
    memcpy(to, text, length);
    to[length] = '\0';
}

// The agent stands first, before what the user preloads.
static void restore_preload(char **envp)
{
    char **place = find(envp, PRELOAD);

    if (!place)
        return;
    char *value = value_of(*place, PRELOAD);
    char *users = strchr(value, ':');
    keep(own_path, sizeof own_path, value, users ? (size_t)(users - value) : strlen(value));
    if (users)
        memmove(value, users + 1, strlen(users + 1) + 1);
    else
        take_out(place);
}

bool environment_take(char **envp, struct environment *ret)
{
    char **place = find(envp, AGENT_VARIABLE);

    if (!place)
        return false;
    const char *text = value_of(*place, AGENT_VARIABLE);
    *ret = (struct environment){.socket = -1, .counters = -1};
    if (*text != '/')
        text = read_number(read_number(text, &ret->socket), &ret->counters);
    keep(ret->address, sizeof ret->address, text, strlen(text));
    strcpy(own_variable + strlen(AGENT_VARIABLE "="), ret->address);
    take_out(place);
    restore_preload(envp);
    return true;
}

size_t environment_count(char *const *envp)
{
    size_t n = 0;

    while (envp && envp[n])
        n++;
    return n;
}

static bool make_preload(char *preload, size_t size, const char *users)
{
    size_t length = strlen(own_path);
    size_t more = users ? strlen(users) + 1 : 0;

    if (strlen(PRELOAD "=") + length + more + 1 > size)
        return false;
    char *end = stpcpy(stpcpy(preload, PRELOAD "="), own_path);
    if (users)
        strcpy(stpcpy(end, ":"), users);
    return true;
}

bool environment_make(char *const *envp, char **room, char *preload, size_t size)
{
    const char *users = NULL;
    size_t preload_at = environment_count(envp);
    size_t n = 0;

    for (; envp && envp[n]; n++) {
        const char *value = value_of(envp[n], PRELOAD);
        room[n] = envp[n];
        if (value && !users) {
            users = value;
            preload_at = n;
        }
    }
    if (!*own_path || !make_preload(preload, size, users))
        return false;
    room[preload_at] = preload;
    n += preload_at == n;
    room[n++] = own_variable;
    room[n] = NULL;
    return true;
}
