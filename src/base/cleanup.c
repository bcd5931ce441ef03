#include "base/cleanup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Pointers of every type come in as void *, so they are read and written as bytes.

void *take_ptr(void *ptr_to_pointer)
{
    void *value;
    void *null = NULL;

    memcpy(&value, ptr_to_pointer, sizeof value);
    memcpy(ptr_to_pointer, &null, sizeof null);
    return value;
}

void cleanup_free(void *ptr_to_pointer)
{
    free(take_ptr(ptr_to_pointer));
}

void cleanup_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

void cleanup_fclose(void *ptr_to_stream)
{
    FILE *stream = take_ptr(ptr_to_stream);

    if (stream)
        fclose(stream);
}
