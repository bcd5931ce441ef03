#include "target/preload.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "target/exec.h"

#define VARIABLE "LD_PRELOAD"

// The folder of the command, with its slash; NULL when that is not known. Free it.
static char *own_folder(void)
{
    char path[4096];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);

    if (size <= 0)
        return NULL;
    path[size] = '\0';
    return mem_printf("%.*s", (int)(path_basename(path) - path), path);
}

struct lprof_error *preload_find(const char *library, char **ret)
{
    static const char *const folders[] = {"", LPROF_PRELOAD_FOLDER "/"};
    CLEANUP(cleanup_free) char *own = own_folder();

    for (size_t i = 0; own && i < sizeof folders / sizeof *folders; i++) {
        char *path = mem_printf("%s%s%s", own, folders[i], library);
        if (access(path, R_OK) == 0) {
            *ret = path;
            return NULL;
        }
        free(path);
    }
    return error_hint(error_create(LPROF_ERROR_SYSTEM, "%s is missing from %s", library,
                                   own ? own : "the folder of the command"),
                      "install lprof again");
}

const char *preload_objection(const char *program)
{
    static const char *const marks[] = {"__asan_init", "__tsan_init", "__msan_init", "__lsan_init",
                                        "__hwasan_init"};
    CLEANUP(cleanup_free) char *path = exec_find(program);
    struct file_map map = {0};
    const char *found = NULL;
    struct lprof_error *err = path ? file_map(path, &map) : NULL;

    // What cannot be read is told when it is run.
    error_destroy(err);
    for (size_t i = 0; i < sizeof marks / sizeof *marks && !found; i++)
        if (map.size && memmem(map.bytes, map.size, marks[i], strlen(marks[i])))
            found = "it was built with a sanitizer, which has an allocator of its own";
    file_unmap(&map);
    return found;
}

void preload_begin(struct preload *preload, const char *library, const char *name,
                   const char *value)
{
    const char *before = getenv(VARIABLE);
    CLEANUP(cleanup_free)
    char *all = mem_printf("%s%s%s", library, before ? ":" : "", before ? before : "");

    *preload = (struct preload){.preload = before ? mem_strdup(before) : NULL, .active = true};
    setenv(VARIABLE, all, 1);
    setenv(name, value, 1);
}

void preload_end(struct preload *preload, const char *name)
{
    if (!preload->active)
        return;
    if (preload->preload)
        setenv(VARIABLE, preload->preload, 1);
    else
        unsetenv(VARIABLE);
    unsetenv(name);
    free(preload->preload);
    *preload = (struct preload){0};
}
