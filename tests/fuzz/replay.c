// Stands in for libFuzzer: hands the files of the folders in its arguments to a fuzzer, one by one.

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/mem.h"
#include "fuzz.h"

static int is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void replay_file(const char *path)
{
    struct file_map map;
    struct lprof_error *err = file_map(path, &map);

    if (err) {
        fprintf(stderr, "%s\n", err->message);
        exit(1);
    }
    // A block of its own, so that a sanitizer sees reads behind its end.
    CLEANUP(cleanup_free) uint8_t *bytes = mem_dup(map.bytes, map.size);
    LLVMFuzzerTestOneInput(bytes, map.size);
    file_unmap(&map);
}

static int replay_folder(const char *folder)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, is_file, alphasort);

    if (n < 0) {
        perror(folder);
        exit(1);
    }
    for (int i = 0; i < n; i++) {
        CLEANUP(cleanup_free) char *path = mem_printf("%s/%s", folder, entries[i]->d_name);
        replay_file(path);
        free(entries[i]);
    }
    free(entries);
    return n;
}

int main(int argc, char **argv)
{
    int n = 0;

    for (int i = 1; i < argc; i++)
        n += replay_folder(argv[i]);
    printf("%d inputs\n", n);
    return n == 0;
}
