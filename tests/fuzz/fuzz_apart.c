// Any bytes as a program and as the file with its debug info: behind .gnu_debuglink, as the supplementary
// file of dwz, as a package of split units, and as a single split unit.
//
// An input is the size of the program (4 bytes), the program, the other file.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ask_object.h"
#include "base/cleanup.h"
#include "base/mem.h"
#include "fuzz.h"

// The names that the programs of the corpus know the other file by.
static const char *const names[] = {"program.debug", "common", "program.dwp", "unit.dwo"};

static char folder[] = "/dev/shm/lprof-fuzz.XXXXXX";

static void remove_folder(void)
{
    CLEANUP(cleanup_free) char *command = mem_printf("rm -rf %s", folder);

    if (system(command) != 0)
        perror(folder);
}

static void write_file(const char *name, const uint8_t *bytes, size_t size)
{
    CLEANUP(cleanup_free) char *path = mem_printf("%s/%s", folder, name);
    CLEANUP(cleanup_close) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size) {
        perror(path);
        abort();
    }
}

static void make_folder(void)
{
    if (!mkdtemp(folder)) {
        perror(folder);
        abort();
    }
    atexit(remove_folder);
    unsetenv("DEBUGINFOD_URLS");
    setenv("DEBUGINFOD_CACHE_PATH", folder, 1);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CLEANUP(cleanup_free) char *path = mem_printf("%s/%s", folder, names[i]);
        if (symlink("other", path) != 0)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static bool is_made;
    struct object *obj = NULL;
    uint32_t first;

    if (!is_made)
        make_folder();
    is_made = true;
    if (size < sizeof first)
        return 0;
    memcpy(&first, bytes, sizeof first);
    bytes += sizeof first;
    size -= sizeof first;
    first = first < size ? first : (uint32_t)size;
    write_file("program", bytes, first);
    write_file("other", bytes + first, size - first);
    CLEANUP(cleanup_free) char *path = mem_printf("%s/program", folder);
    struct lprof_error *err = object_open(path, NULL, &obj);
    error_destroy(err);
    if (obj)
        ask_object(obj);
    object_destroy(obj);
    return 0;
}
