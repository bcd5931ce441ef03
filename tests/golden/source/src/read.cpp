#include "read.h"

#include <cstdio>

// Reads a file as it is.
bool slurp(const char *path, std::string &text)
{
    FILE *file = fopen(path, "r");
    char block[4096];
    size_t n;

    if (!file)
        return false;
    while ((n = fread(block, 1, sizeof block, file)) > 0) {
        for (size_t i = 0; i < n; i++)
#include "lower.inc"
    }
    fclose(file);
    return true;
}
