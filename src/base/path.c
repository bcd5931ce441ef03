#include "base/path.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"

const char *path_basename(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

// Length of what is left in `out[0..length)` when its last part is taken away, or `length` itself
// when there is no part that ".." could take.
static size_t parent_length(const char *out, size_t length, size_t root)
{
    size_t start = length;

    while (start > root && out[start - 1] != '/')
        start--;
    if (start == length || (length - start == 2 && memcmp(out + start, "..", 2) == 0))
        return length;
    return start > root ? start - 1 : root;
}

// Tidy `path` in place.
static void normalize(char *path)
{
    size_t root = path[0] == '/' ? 1 : 0;
    size_t length = root;
    const char *part = path + root;

    while (*part) {
        size_t n = strcspn(part, "/");
        bool up = n == 2 && memcmp(part, "..", 2) == 0;
        size_t parent = up ? parent_length(path, length, root) : length;
        if (up && (parent != length || root)) {
            length = parent;
        } else if (n && !(n == 1 && *part == '.')) {
            if (length > root)
                path[length++] = '/';
            memmove(path + length, part, n);
            length += n;
        }
        part += n;
        part += *part == '/';
    }
    if (!length)
        path[length++] = '.';
    path[length] = '\0';
}

char *path_join(const char *folder, const char *name)
{
    bool alone = name[0] == '/' || !folder || !folder[0];
    // One byte more than the text: an empty path becomes ".".
    char *path = alone ? mem_printf("%s ", name) : mem_printf("%s/%s ", folder, name);

    path[strlen(path) - 1] = '\0';
    normalize(path);
    return path;
}

size_t path_shared_suffix(const char *a, const char *b)
{
    size_t i = strlen(a);
    size_t j = strlen(b);
    size_t parts = 0;

    while (i && j && a[i - 1] == b[j - 1]) {
        i--;
        j--;
        if (a[i] == '/')
            parts++;
    }
    bool whole_a = !i || a[i - 1] == '/';
    bool whole_b = !j || b[j - 1] == '/';
    bool ended_inside = i < strlen(a) && a[i] != '/';
    return parts + (whole_a && whole_b && ended_inside);
}

bool path_is_below(const char *path, const char *folder)
{
    size_t n = strlen(folder);

    while (n > 1 && folder[n - 1] == '/')
        n--;
    if (strncmp(path, folder, n) != 0)
        return false;
    return path[n] == '\0' || path[n] == '/' || folder[n - 1] == '/';
}
