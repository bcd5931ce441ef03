#include "preload/heap_environment.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "event/heap_wire.h"

#define PRELOAD "LD_PRELOAD"

enum { PATH_BYTES = 2048 };

// For other programs; empty = they are not told of.
static char own_variable[sizeof HEAP_WIRE_VARIABLE + PATH_BYTES];
static char own_library[PATH_BYTES];

// The value of "NAME=VALUE", or NULL when it is another variable.
static char *value_of(char *variable, const char *name)
{
    size_t length = strlen(name);

    if (strncmp(variable, name, length) != 0 || variable[length] != '=')
        return NULL;
    return variable + length + 1;
}

static char **find(const char *name)
{
    for (char **place = environ; place && *place; place++)
        if (value_of(*place, name))
            return place;
    return NULL;
}

static void take_out(char **place)
{
    for (; *place; place++)
        *place = place[1];
}

static bool is_own(const char *path, size_t length)
{
    size_t name = strlen(HEAP_WIRE_LIBRARY);

    return length > name && path[length - name - 1] == '/' &&
           memcmp(path + length - name, HEAP_WIRE_LIBRARY, name) == 0;
}

// Take this library out of a list. True when it was all there was, without the colon that stands behind it where the
// user's variable was set to nothing.
static bool restore(char *list)
{
    for (char *part = list; *part;) {
        size_t length = strcspn(part, ":");
        bool is_last = part[length] != ':';
        char *next = part + length + !is_last;
        if (!is_own(part, length)) {
            part = next;
            continue;
        }
        if (length < sizeof own_library)
            memcpy(own_library, part, length);
        memmove(part, next, strlen(next) + 1);
        // What stood before it ended with a colon.
        if (is_last && part > list)
            part[-1] = '\0';
        return is_last && part == list;
    }
    return false;
}

void heap_environment_take(bool children)
{
    char **own = find(HEAP_WIRE_VARIABLE);
    char **preload = find(PRELOAD);

    if (own) {
        if (children && strlen(*own) < sizeof own_variable)
            strcpy(own_variable, *own);
        take_out(own);
        preload = find(PRELOAD);
    }
    if (preload && restore(value_of(*preload, PRELOAD)))
        take_out(preload);
}

static bool make_preload(const char *users, char *ret)
{
    size_t more = users ? strlen(users) + 1 : 0;

    if (strlen(PRELOAD "=") + strlen(own_library) + more >= HEAP_ENVIRONMENT_PRELOAD_MAX)
        return false;
    char *end = stpcpy(stpcpy(ret, PRELOAD "="), own_library);
    if (more)
        strcpy(stpcpy(end, ":"), users);
    return true;
}

char **heap_environment_for(char *const *environment, struct heap_environment *room)
{
    const char *users = NULL;
    size_t n = 0;

    while (environment && environment[n])
        n++;
    if (!*own_variable || !*own_library || n > HEAP_ENVIRONMENT_MAX)
        return (char **)(size_t)environment;
    size_t preload_at = n;
    for (size_t i = 0; i < n; i++) {
        const char *value = value_of(environment[i], PRELOAD);
        room->variables[i] = environment[i];
        if (value && !users) {
            users = value;
            preload_at = i;
        }
    }
    if (!make_preload(users, room->preload))
        return (char **)(size_t)environment;
    // What the user set stays in its place.
    room->variables[preload_at] = room->preload;
    n += preload_at == n;
    room->variables[n++] = own_variable;
    room->variables[n] = NULL;
    return room->variables;
}
