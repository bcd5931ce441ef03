#include "support/golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "support/test.h"

static void write_file(const char *path, const char *text)
{
    struct lprof_error *error = file_replace(path, text, strlen(text), 0);

    cr_assert_null(error, "%s", error ? error->message : "");
}

static bool is_content(const char *path, const char *text)
{
    struct file_map map = {0};
    struct lprof_error *error = file_map(path, &map);
    bool equal = !error && map.size == strlen(text) && memcmp(map.bytes, text, map.size) == 0;

    error_destroy(error);
    file_unmap(&map);
    return equal;
}

// diff(1) prints to the test's own output.
static void show_difference(const char *path, const char *text)
{
    CLEANUP(cleanup_free)
    char *command = mem_printf("diff -u --label expected --label got '%s' -", path);

    fflush(NULL);
    FILE *diff = popen(command, "w");
    if (!diff)
        return;
    fputs(text, diff);
    pclose(diff);
}

void golden_expect(const char *name, const char *text)
{
    CLEANUP(cleanup_free) char *path = mem_printf("%s/golden/%s.golden", TEST_SOURCE_DIR, name);
    const char *update = getenv("LPROF_UPDATE_GOLDEN");

    if (is_content(path, text))
        return;
    if (update && strcmp(update, "1") == 0) {
        write_file(path, text);
        return;
    }
    show_difference(path, text);
    cr_expect(false, "not as in %s (LPROF_UPDATE_GOLDEN=1 rewrites it)", path);
}
