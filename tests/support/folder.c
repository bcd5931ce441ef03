#include "support/folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "support/test.h"

char *folder_create(void)
{
    char path[] = "/tmp/lprof-test-XXXXXX";

    cr_assert(mkdtemp(path), "no folder can be made in /tmp");
    return realpath(path, NULL);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *level)
{
    (void)status;
    (void)type;
    (void)level;
    return remove(path);
}

void folder_remove(char *folder)
{
    cr_expect(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0, "%s stays", folder);
    free(folder);
}

// Make the folders above `path`.
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
}

char *folder_add_file(const char *folder, const char *name, const char *text)
{
    char *path = mem_printf("%s/%s", folder, name);

    make_folders(path);
    CLEANUP(cleanup_fclose) FILE *file = fopen(path, "w");
    cr_assert(file, "%s cannot be written", path);
    fputs(text, file);
    return path;
}

void folder_add_folder(const char *folder, const char *name)
{
    CLEANUP(cleanup_free) char *path = mem_printf("%s/%s/", folder, name);

    make_folders(path);
}
