#include "select/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"

// Longer names are compared by their beginning: it bounds the work.
#define LENGTH_MAX 128

// Shorter names are held by nearly all others.
#define PART_MIN 3

#define FAR SIZE_MAX

// A number too high to be changed into by edits, so that those come behind names that hold another.
#define EDITED ((size_t)1 << 16)

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static char lower(char c)
{
    return (char)tolower((unsigned char)c);
}

// Letters to change, add or drop, or neighbours to swap; capitals are no change.
static size_t edits(const char *a, const char *b)
{
    size_t rows[3][LENGTH_MAX + 1];
    size_t n_a = strnlen(a, LENGTH_MAX);
    size_t n_b = strnlen(b, LENGTH_MAX);

    for (size_t j = 0; j <= n_b; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = least(least(row[j - 1], above[j]) + 1, above[j - 1] + !same);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = least(row[j], rows[(i + 1) % 3][j - 2] + 1);
        }
    }
    return rows[n_a % 3][n_b];
}

static size_t distance(const char *wanted, const char *name)
{
    size_t n_wanted = strlen(wanted);
    size_t n_name = strlen(name);

    if (n_wanted >= PART_MIN && strcasestr(name, wanted))
        return least(n_name - n_wanted, EDITED - 1);
    if (n_name >= PART_MIN && strcasestr(wanted, name))
        return least(n_wanted - n_name, EDITED - 1);
    size_t changes = edits(wanted, name);
    return changes <= 1 + n_wanted / 3 && changes < n_wanted ? EDITED + changes : FAR;
}

static bool has_text(const char *const *names, const size_t *found, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[found[i]], text) == 0)
            return true;
    return false;
}

size_t nearest_find(const char *wanted, const char *const *names, size_t n, size_t ret[NEAREST_MAX])
{
    size_t distances[NEAREST_MAX];
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        size_t far = distance(wanted, names[i]);
        if (far == FAR || (found == NEAREST_MAX && far >= distances[found - 1]) ||
            has_text(names, ret, found, names[i]))
            continue;
        size_t at = found < NEAREST_MAX ? found++ : found - 1;
        for (; at > 0 && distances[at - 1] > far; at--) {
            distances[at] = distances[at - 1];
            ret[at] = ret[at - 1];
        }
        distances[at] = far;
        ret[at] = i;
    }
    return found;
}
